"""When a device does not try its card's PIN, though it was given one: by a step, or by the rig."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.rig.load import load_rig
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from hil.trace.record import Record

CARD = "  - card.insert: {{image: operator-sim, pins: [{{key: '01', value: '4711', left: {left}}}], {more}}}\n"
ON, OFF = "  - device.power_on\n", "  - device.power_off\n"
BOOTSTRAPPED = "  - expect.account: {server: dm.example.com, origin: card}\n"


def play(tmp_path: Path, steps: str, device: str = "simulated") -> list[Record]:
    scenario, rig = tmp_path / "s.yaml", tmp_path / "rig.yaml"
    scenario.write_text("name: x\nsteps:\n" + steps)
    rig.write_text(f"server: builtin\ncard: virtual\nmodem: virtual\npush: sms\ndevice: {device}\n")
    records: list[Record] = []
    result = run_scenario(
        load_scenario(scenario), load_rig(str(rig)), lambda recorder: recorder.subscribe(records.append)
    )
    assert result.passed, result.broken
    return records


def card(left: int = 3, faults: str = "{}") -> str:
    return CARD.format(left=left, more=f"layout: {{read: pin}}, faults: {faults}")


def tried(records: list[Record]) -> list[int]:
    """Where among the commands to the card a PIN was."""
    apdus = [record for record in records if record.kind == "apdu" and "present" not in record.fields]
    return [at for at, record in enumerate(apdus) if record.data[1] == 0x20 and len(record.data) > 8]


def said(records: list[Record]) -> str:
    return "\n".join(record.text for record in records if record.part == "device")


@pytest.mark.parametrize(("left", "times"), [(3, 1), (2, 1), (1, 0), (0, 0)])
def test_the_last_try_is_left_to_a_person(tmp_path: Path, left: int, times: int) -> None:
    records = play(
        tmp_path, card(left) + "  - device.card: {pin: '4711'}\n" + ON + (BOOTSTRAPPED if times else "")
    )
    assert len(tried(records)) == times
    assert ("a wrong one would block the card" in said(records)) is (left == 1)
    assert ("PIN 1 is blocked" in said(records)) is (left == 0)


def test_a_pin_whose_fate_nobody_knows_is_not_tried_again(tmp_path: Path) -> None:
    """The card is pulled out with the PIN in it: it may have cost a try."""
    device = "{kind: simulated, card: {pin: '4711'}}"
    (at,) = tried(play(tmp_path, card() + ON + BOOTSTRAPPED, device))
    pulled = card(faults=f"{{removed_after: {at}}}") + ON + OFF + card() + ON
    records = play(tmp_path, pulled, device)
    assert len(tried(records)) == 1
    assert "tried before in vain" in said(records)
    # One command later the card had said that it is right.
    later = card(faults=f"{{removed_after: {at + 1}}}") + ON + OFF + card() + ON + BOOTSTRAPPED
    assert len(tried(play(tmp_path, later, device))) == 2
    # Given once more, it is tried once more.
    records = play(tmp_path, pulled + OFF + "  - device.card: {pin: '4711'}\n" + ON + BOOTSTRAPPED, device)
    assert len(tried(records)) == 2


def test_another_pin_of_a_card_is_not_its_pin(tmp_path: Path) -> None:
    records = play(tmp_path, card() + "  - device.card: {pin2: '4711'}\n" + ON)
    assert tried(records) == []
    assert "the card wants PIN 1, 3 tries left" in said(records)
