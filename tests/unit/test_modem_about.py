"""What ``dmrig modem info`` shows of modems of every make, and of SIMs and networks that are not well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from hil import data
from hil.modem.about import About, about
from hil.modem.conversation import Conversation
from hil.modem.line import Line
from hil.modem.link import AtLink
from hil.modem.profile.files import FOLDER, load_profile
from hil.modem.virtual.faults import Kind
from hil.modem.virtual.profile import Profile
from hil.trace.recorder import Recorder
from tests.modem_desk import Desk, message

VENDORS = sorted(data.names(FOLDER))


class DeskLine:
    """The modem on a desk as a line, in this thread: it has answered when a write returns."""

    def __init__(self, desk: Desk) -> None:
        self.name = "desk"
        self._desk = desk
        self._said = b""

    def read(self, timeout: float) -> bytes:
        said, self._said = self._said + self._desk.modem.output(), b""
        return said

    def write(self, data: bytes) -> None:
        self._said += self._desk.receive(data)

    def close(self) -> None:
        """Nothing is held."""


def told(desk: Desk) -> About:
    link = AtLink(cast("Line", DeskLine(desk)), Recorder(lambda: datetime.now(UTC)), "modem")
    return Conversation(link).run(about("desk"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_modem_of_each_make(vendor: str) -> None:
    desk = Desk.of(vendor)
    desk.type("ATE1")
    desk.smsc.deliver(message())
    profile, observed = desk.modem.equipment.profile, desk.modem.equipment.profile.observed
    before = replace(desk.modem.equipment.state)
    found = told(desk)
    assert found.identity["model"] == observed.model.strip('"')
    assert found.identity["imei"] == profile.imei
    assert found.family == observed.family
    assert (found.sim, found.imsi) == ("READY", profile.imsi)
    assert found.iccid == (profile.iccid if observed.card_command else "")
    domains = {"+CREG": observed.registration, "+CGREG": observed.packet_registration}
    domains["+CEREG"] = observed.eps_registration
    assert [each.domain for each in found.registration] == [name for name, known in domains.items() if known]
    assert {str(each) for each in found.registration} == {"registered at home"}
    assert (found.operator, found.signal, found.smsc) == ("dmrig test network", -65, profile.smsc)
    assert {name: places for name, (_, places) in found.storage.items()} == {
        name: observed.places[name] for name in observed.memories_set
    }
    assert found.indications == observed.indications
    access = {"+CSIM": "card by APDU (+CSIM)", "+CCHO": "card by channels (+CCHO, +CGLA)"}
    access["+CRSM"] = "card by files (+CRSM)"
    assert [name for name in access.values() if name in found.features] == [
        name for command, name in access.items() if command in observed.card_access
    ]
    assert "PDU mode" in found.features
    # nothing else has changed: no setting, no message read
    assert replace(desk.modem.equipment.state, errors=before.errors) == before


def _block(desk: Desk) -> None:
    for _ in range(3):
        desk.type('AT+CPIN="0000"')


@pytest.mark.parametrize(
    ("pin", "prepare", "sim"),
    [
        ("4711", lambda desk: None, "SIM PIN"),
        ("4711", _block, "SIM PUK"),
        (None, lambda desk: desk.fault(Kind.NO_SIM), "SIM not inserted"),
    ],
)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_sim_that_cannot_be_used(
    vendor: str, pin: str | None, prepare: Callable[[Desk], object], sim: str
) -> None:
    desk = Desk(Profile(load_profile(vendor), pin=pin), ready=False)
    prepare(desk)
    found = told(desk)
    assert (found.sim, found.imsi) == (sim, "")
    if pin:
        # it is as before: nobody has tried a PIN
        assert f"+CPIN: {sim}" in desk.type("AT+CPIN?")


def test_no_network() -> None:
    desk = Desk(ready=False)
    desk.fault(Kind.NO_NETWORK)
    assert {str(each) for each in told(desk).registration} == {"searching"}
