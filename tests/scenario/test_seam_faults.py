"""Every fault on the way to every part does what it says; without it, the same scenario goes well."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.errors import ExitCode
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.check import obstacles
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from hil.trace.record import Record

WOKEN = (
    "steps:\n"
    "  - card.insert: operator-sim\n"
    "  - {fault}\n"
    "  - device.power_on\n"
    "  - expect.session: {{alert: 1201}}\n"
    "  - server.notify: 7\n"
    "  - expect.session: {{alert: 1200, id: 7}}\n"
)


def play(tmp_path: Path, fault: str, text: str = WOKEN) -> tuple[RunResult, list[Record]]:
    path = tmp_path / "s.yaml"
    path.write_text("name: x\n" + text.format(fault=fault))
    records: list[Record] = []
    result = run_scenario(load_scenario(path), load_rig(), lambda recorder: recorder.subscribe(records.append))
    return result, records


def is_fault(record: Record) -> bool:
    return record.text.endswith("as it was asked for")


def test_without_a_fault_it_goes_well(tmp_path: Path) -> None:
    result, _ = play(tmp_path, "wait: 1 s")
    assert result.passed, result.broken


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("part: card, what: drop", "has not opened a session; the last thing it ignored: card: the card in"),
        ("part: card, what: drop, way: request", "the card in virtual reader does not answer"),
        ("part: card, what: drop, beginning: 00A4, after: 2", "does not answer"),
        ("part: card, what: truncate, keep: 1, times: 99", "the device has not opened a session"),
        ("part: card, what: corrupt, times: 99", "the device has not opened a session"),
        ("part: card, what: corrupt, way: request, times: 99", "the device has not opened a session"),
        ("part: card, what: reset, after: 3", ""),
        ("part: card, what: duplicate, times: 99", ""),
        ("part: card, what: delay, by: 10 s", ""),
        ("part: server, what: drop", "no answer"),
        ("part: server, what: drop, way: request", "no answer"),
        ("part: server, what: reset, way: request", "the session ended as failed"),
        ("part: server, what: truncate, keep: 20", "the session ended as failed"),
        ("part: server, what: corrupt, way: request, times: 9", "the session ended as"),
        ("part: server, what: corrupt, times: 9", "the session ended as"),
        ("part: server, what: delay, by: 10 s", ""),
        ("part: push, what: drop", "the device has not opened a session"),
        ("part: push, what: truncate, keep: 30", "the device has not opened a session; the last thing it ignored"),
        ("part: push, what: corrupt", "the device has not opened a session; the last thing it ignored"),
        ("part: push, what: delay, by: 10 s", ""),
        ("part: push, what: delay, by: 1 day", "the device has not opened a session"),
        ("part: push, what: duplicate", ""),
        ("part: push, what: drop, after: 1", ""),
        ("part: modem, what: drop, containing: '+CMT:'", "the device has not opened a session"),
        ("part: modem, what: truncate, containing: '+CMT:', keep: 4", "the device has not opened a session"),
        ("part: modem, what: duplicate, way: request, times: 9", ""),
    ],
)
def test_a_fault_does_what_it_says(tmp_path: Path, fault: str, says: str) -> None:
    result, records = play(tmp_path, f"fault: {{{fault}}}")
    assert ("push, what: drop, after: 1" in fault) != any(map(is_fault, records)), "did it come to it?"
    if not says:
        assert result.passed, result.broken
        return
    assert result.code is ExitCode.EXPECTATION_FAILED, result.broken
    assert result.broken is not None
    assert says in result.broken.message


@pytest.mark.parametrize("part", ["card", "server", "push"])
def test_a_delay_is_in_the_scenarios_time(tmp_path: Path, part: str) -> None:
    result, records = play(tmp_path, f"fault: {{part: {part}, what: delay, by: 10 s}}")
    assert result.passed, result.broken
    assert result.scenario_seconds >= 10
    assert result.seconds < 10
    assert (records[-1].at - records[0].at).total_seconds() >= 10


def test_a_request_that_comes_twice_does_no_harm(tmp_path: Path) -> None:
    """The device gets the reply to the second one, and is none the wiser."""
    result, records = play(tmp_path, "fault: {part: server, what: duplicate}")
    assert [record.text for record in filter(is_fault, records)] == [
        "duplicate of the answer, as it was asked for"
    ]
    assert result.passed, result.broken


def test_faults_can_be_ended(tmp_path: Path) -> None:
    result, _ = play(tmp_path, "fault: {part: push, what: drop, times: 99}\n  - faults.end: push")
    assert result.passed, result.broken
    result, _ = play(tmp_path, "fault: {part: push, what: drop, times: 99}\n  - faults.end: card")
    assert not result.passed


def test_a_line_that_is_reset_is_opened_again(tmp_path: Path) -> None:
    result, records = play(tmp_path, "fault: {part: modem, what: reset}")
    assert any(map(is_fault, records))
    assert any(record.text.startswith("the modem is back") for record in records)
    assert result.passed, result.broken


def test_any_card_modem_and_server_has_a_seam_and_so_has_a_push_where_there_is_one(tmp_path: Path) -> None:
    rig = tmp_path / "rig.yaml"
    rig.write_text(
        "server: {kind: url, url: 'http://127.0.0.1:9/dm'}\ncard: {kind: pcsc}\n"
        "modem: {kind: serial, port: /dev/ttyUSB9}\ndevice: simulated\n"
    )
    path = tmp_path / "s.yaml"
    steps = "".join(f"  - fault: {{part: {part}, what: drop}}\n" for part in ("card", "modem", "push", "server"))
    path.write_text("name: x\nsteps:\n" + steps)
    found = obstacles(load_scenario(path), load_rig(str(rig)))
    assert [text.partition(" needs ")[2].partition(",")[0] for text in found] == ["push.seam"]
    assert [text.split("/")[-1].split(": ")[0] for text in found] == ["s.yaml:5:5"]
