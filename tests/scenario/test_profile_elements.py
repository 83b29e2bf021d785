"""The elements that the client profile names, seen in the messages of a run as they were carried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from hil import data
from hil.device.simulated import SimulatedDevice
from hil.profile import client_profile
from hil.rig.load import load_rig
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from simulator.syncml import xml

ELEMENTS = {
    "REP-01": "Chal", "REP-02": "Cmd", "REP-03": "CmdID", "REP-04": "CmdRef", "REP-05": "Cred", "REP-06": "Final",
    "REP-07": "LocName", "REP-08": "LocURI", "REP-09": "MsgID", "REP-10": "MsgRef", "REP-12": "SessionID",
    "REP-13": "Source", "REP-14": "SourceRef", "REP-15": "Target", "REP-16": "TargetRef", "REP-17": "Format",
    "REP-18": "MaxMsgSize", "REP-21": "NextNonce", "REP-23": "Type", "REP-24": "Data", "REP-25": "Item",
    "REP-26": "Meta", "REP-44": "SyncML", "REP-45": "SyncHdr", "REP-46": "SyncBody", "REP-47": "Status",
    "META-01": "Format", "META-02": "MaxMsgSize", "META-04": "NextNonce", "META-06": "Type",
}  # fmt: skip
METINF = "syncml:metinf"


def sent_by_the_device(monkeypatch: pytest.MonkeyPatch, scenario: str) -> Iterator[etree._Element]:
    """The messages that the device sent, read by a foreign XML parser."""
    parts: list[SimulatedDevice] = []
    start = SimulatedDevice.start

    def remember(self: SimulatedDevice) -> None:
        start(self)
        parts.append(self)

    monkeypatch.setattr(SimulatedDevice, "start", remember)
    result = run_scenario(load_scenario(data.scenarios() / f"{scenario}.yaml"), load_rig("virtual"))
    assert result.passed, (result.message, result.broken)
    (device,) = parts
    for session in device.sessions:
        for message in session.sent:
            yield etree.fromstring(xml.encode(message))


@pytest.mark.shows(
    "REP-01", "REP-02", "REP-03", "REP-04", "REP-05", "REP-06", "REP-07", "REP-08", "REP-09", "REP-10", "REP-12",
    "REP-13", "REP-14", "REP-15", "REP-16", "REP-17", "REP-18", "REP-20", "REP-21", "REP-23", "REP-24", "REP-25",
    "REP-26", "REP-44", "REP-45", "REP-46", "REP-47", "META-01", "META-02", "META-03", "META-04", "META-06",
)  # fmt: skip
def test_the_device_sends_every_element_that_the_profile_names(monkeypatch: pytest.MonkeyPatch) -> None:
    names: set[str] = set()
    metinf: set[str] = set()
    for message in sent_by_the_device(monkeypatch, "security/server-challenged"):
        for element in message.iter():
            name = etree.QName(element)
            names.add(name.localname)
            if name.namespace == METINF:
                metinf.add(name.localname)
    missing = {id_: name for id_, name in ELEMENTS.items() if name not in names}
    assert not missing
    # MetInf's own elements stand within Meta, in MetInf's namespace.
    assert metinf >= {"Format", "MaxMsgSize", "NextNonce", "Type"}
    features = client_profile().features
    assert all(features[id_].feature.split("/")[-1].split(" ")[0] == name for id_, name in ELEMENTS.items())
