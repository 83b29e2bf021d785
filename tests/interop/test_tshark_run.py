"""Wireshark dissects what a real run left: the run.pcapng of the quickstart, played by the command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.interop.test_tshark_pcapng import dissect, protocols
from tests.peers import require

pytestmark = pytest.mark.tshark

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    require("tshark")
    out = tmp_path_factory.mktemp("runs") / "run"
    ran = subprocess.run(
        [sys.executable, "-m", "hil", "run", "quickstart", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return dissect(out / "run.pcapng")


def test_every_layer_of_the_path_is_dissected(packets: list[dict[str, Any]]) -> None:
    seen = Counter(protocols(packets))  # which fails for a malformed packet
    assert seen["gsm_sim"] > 20
    # The notification: as the network's two SMS, put together with the second, and as the push that came out
    assert seen["gsm_sms"] == 1
    assert seen["gsm_sms wsp media"] == 1
    assert seen["wsp media"] >= 1
    # Two sessions of at least two messages from each side
    assert seen["http wbxml"] >= 8
    # Nothing that Wireshark does not know
    assert set(seen) <= {"gsm_sim", "gsm_sms", "gsm_sms wsp media", "wsp media", "http wbxml", "http"}


def test_no_dissector_complains(packets: list[dict[str, Any]]) -> None:
    assert "_ws.malformed" not in json.dumps(packets)
    assert any(experts(packet) for packet in packets)  # each packet's comment is one
    complaints = [
        expert["_ws.expert.message"]
        for packet in packets
        for expert in experts(packet)
        if int(expert["_ws.expert.severity"]) >= ERROR
    ]
    assert complaints == []


ERROR = 0x00800000
"""Wireshark's severity of what breaks a protocol's rules; warnings and notes are below."""


def experts(value: Any) -> list[dict[str, Any]]:
    """The expert infos at any depth of a packet."""
    if isinstance(value, list):
        return [found for part in value for found in experts(part)]
    if not isinstance(value, dict):
        return []
    here = [value] if "_ws.expert.severity" in value else []
    return here + [found for part in value.values() for found in experts(part)]


def test_the_syncml_in_wbxml_is_read_to_its_elements(packets: list[dict[str, Any]]) -> None:
    found = [packet["wbxml"]["Data representation"] for packet in packets if "wbxml" in packet]
    elements = [tags(message) for message in found]
    assert len(elements) >= 8
    assert all({"SyncML", "SyncHdr", "SyncBody"} <= set(message) for message in elements)
    every = {element for message in elements for element in message}
    assert {"Alert", "Status", "Results", "Add", "Replace", "Get", "Cred", "Chal", "NextNonce", "Final"} <= every
    assert "./DMAcc/dm.example.com/Ext/Greeting" in json.dumps(found)
    carriers = [json.dumps(packet["http"]) for packet in packets if "wbxml" in packet]
    assert all("application/vnd.syncml.dm+wbxml" in carrier for carrier in carriers)


def tags(dissected: Any) -> list[str]:
    """The elements that Wireshark found in a message, by name."""
    if not isinstance(dissected, dict):
        return []
    here = dissected.get("wbxml.known_tag", [])
    below = [name for part in dissected.values() for name in tags(part)]
    return (here if isinstance(here, list) else [here]) + below
