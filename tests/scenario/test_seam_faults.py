"""Every fault on the way to every part does what it says; without it, the same scenario goes well."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from hil.errors import ExitCode
from hil.faults import Way, What
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


def play(tmp_path: Path, fault: str, text: str = WOKEN, rig: str | None = None) -> tuple[RunResult, list[Record]]:
    path = tmp_path / "s.yaml"
    path.write_text("name: x\n" + text.format(fault=fault))
    records: list[Record] = []
    result = run_scenario(load_scenario(path), load_rig(rig), lambda recorder: recorder.subscribe(records.append))
    return result, records


def is_fault(record: Record) -> bool:
    return record.text.endswith("as it was asked for")


def test_without_a_fault_it_goes_well(tmp_path: Path) -> None:
    result, _ = play(tmp_path, "wait: 1 s")
    assert result.passed, result.broken


PARTS = ("card", "modem", "push", "server")

DEAF = "the device has not opened a session"
BROKEN = "the session ended as failed"
RESET = "the connection was dropped (Connection reset by peer)"
UNHEARD = "the modem did not answer to AT+CNMA=0 within 10 s"
BACK = "the modem is back: it is set up again"

CELLS: dict[tuple[str, What, Way], tuple[str, str, str]] = {
    ("card", What.DROP, Way.REQUEST): ("", "the card in virtual reader does not answer", ""),
    ("card", What.DROP, Way.ANSWER): ("", "the card in virtual reader does not answer", ""),
    ("card", What.DELAY, Way.REQUEST): ("by: 10 s", "", ""),
    ("card", What.DELAY, Way.ANSWER): ("by: 10 s", "", ""),
    ("card", What.TRUNCATE, Way.REQUEST): ("", "the card answers 6700 (wrong length)", ""),
    ("card", What.TRUNCATE, Way.ANSWER): ("keep: 1, times: 99", DEAF, ""),
    ("card", What.CORRUPT, Way.REQUEST): ("times: 99", DEAF, ""),
    ("card", What.CORRUPT, Way.ANSWER): ("times: 99", DEAF, ""),
    ("card", What.DUPLICATE, Way.REQUEST): ("times: 99", "", ""),
    ("card", What.DUPLICATE, Way.ANSWER): ("times: 99", "", ""),
    ("card", What.RESET, Way.REQUEST): ("after: 3", "", ""),
    ("card", What.RESET, Way.ANSWER): ("after: 3", "", ""),
    ("modem", What.DROP, Way.REQUEST): ("", "", UNHEARD),
    ("modem", What.DROP, Way.ANSWER): ("containing: '+CMT:'", DEAF, ""),
    ("modem", What.DELAY, Way.REQUEST): ("by: 10 s", "", ""),
    ("modem", What.DELAY, Way.ANSWER): ("by: 10 s", "", ""),
    ("modem", What.TRUNCATE, Way.REQUEST): ("", "", UNHEARD),
    ("modem", What.TRUNCATE, Way.ANSWER): ("containing: '+CMT:', keep: 4", DEAF, ""),
    ("modem", What.CORRUPT, Way.REQUEST): ("", "", "the modem refused AT+CNMA=0: ERROR"),
    ("modem", What.CORRUPT, Way.ANSWER): ("after: 1", DEAF, ""),
    ("modem", What.DUPLICATE, Way.REQUEST): ("", "", "+CMS ERROR: 340"),
    ("modem", What.DUPLICATE, Way.ANSWER): ("", "", "the modem announced a message and did not send its PDU"),
    ("modem", What.RESET, Way.REQUEST): ("", "", BACK),
    ("modem", What.RESET, Way.ANSWER): ("", "", BACK),
    ("push", What.DROP, Way.REQUEST): ("", DEAF, ""),
    ("push", What.DROP, Way.ANSWER): ("", DEAF, ""),
    ("push", What.DELAY, Way.REQUEST): ("by: 10 s", "", ""),
    ("push", What.DELAY, Way.ANSWER): ("by: 10 s", "", ""),
    ("push", What.TRUNCATE, Way.REQUEST): ("", "within 1 minute; the last thing it ignored: push", ""),
    ("push", What.TRUNCATE, Way.ANSWER): ("keep: 30", "within 1 minute; the last thing it ignored: push", ""),
    ("push", What.CORRUPT, Way.REQUEST): ("", "within 1 minute; the last thing it ignored: push", ""),
    ("push", What.CORRUPT, Way.ANSWER): ("", "within 1 minute; the last thing it ignored: push", ""),
    ("push", What.DUPLICATE, Way.REQUEST): ("", "", ""),
    ("push", What.DUPLICATE, Way.ANSWER): ("", "", ""),
    ("push", What.RESET, Way.REQUEST): ("", DEAF, "the push was lost: what carried it broke off"),
    ("push", What.RESET, Way.ANSWER): ("", DEAF, "the push was lost: what carried it broke off"),
    ("server", What.DROP, Way.REQUEST): ("", f"{BROKEN} (no answer from", ""),
    ("server", What.DROP, Way.ANSWER): ("", f"{BROKEN} (no answer from", ""),
    ("server", What.DELAY, Way.REQUEST): ("by: 10 s", "", ""),
    ("server", What.DELAY, Way.ANSWER): ("by: 10 s", "", ""),
    ("server", What.TRUNCATE, Way.REQUEST): ("", f"{BROKEN} (the server answered HTTP 400", ""),
    ("server", What.TRUNCATE, Way.ANSWER): ("keep: 20", "the connection ended in the middle of the answer", ""),
    ("server", What.CORRUPT, Way.REQUEST): ("times: 9", "the session ended as", ""),
    ("server", What.CORRUPT, Way.ANSWER): ("times: 9", "the session ended as", ""),
    ("server", What.DUPLICATE, Way.REQUEST): ("", "", ""),
    ("server", What.DUPLICATE, Way.ANSWER): ("", "", ""),
    ("server", What.RESET, Way.REQUEST): ("", RESET, ""),
    ("server", What.RESET, Way.ANSWER): ("", RESET, ""),
}
"""For each fault: what the step says besides; how the scenario fails, if it does; and what the trace has."""

WAITED = WOKEN + "  - wait: 1 min\n"
"""Long enough for what was not answered to be missed."""


@pytest.mark.parametrize(("part", "what", "way"), list(product(PARTS, What, Way)))
def test_every_fault_at_every_seam_does_what_it_says(tmp_path: Path, part: str, what: What, way: Way) -> None:
    more, says, noted = CELLS[part, what, way]
    fault = f"fault: {{part: {part}, what: {what}, way: {way}{', ' * bool(more)}{more}}}"
    result, records = play(tmp_path, fault, WAITED)
    asked = [record for record in records if is_fault(record)]
    assert {(record.part, record.text.replace(",", " ").split()[0]) for record in asked} == {(part, what)}
    assert any(noted in record.text for record in records[records.index(asked[0]) :])
    if not says:
        assert result.passed, result.broken
        return
    assert result.code is ExitCode.EXPECTATION_FAILED, result.broken
    assert result.broken is not None
    assert says in result.broken.message


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("part: card, what: drop, beginning: 00A4, after: 2", "does not answer"),
        ("part: push, what: delay, by: 1 day", DEAF),
        ("part: push, what: drop, after: 1", ""),
        ("part: modem, what: delay, by: 1 day", DEAF),
    ],
)
def test_a_fault_that_is_longer_or_that_waits(tmp_path: Path, fault: str, says: str) -> None:
    result, records = play(tmp_path, f"fault: {{{fault}}}")
    assert any(map(is_fault, records)) == bool(says), "did it come to it?"
    assert result.passed == (not says), result.broken
    assert says in (result.broken.message if result.broken else "")


@pytest.mark.parametrize(("part", "way"), list(product(PARTS, Way)))
def test_a_delay_is_in_the_scenarios_time(tmp_path: Path, part: str, way: Way) -> None:
    result, records = play(tmp_path, f"fault: {{part: {part}, what: delay, way: {way}, by: 10 s}}")
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


def test_what_follows_a_line_that_is_late_waits_behind_it(tmp_path: Path) -> None:
    result, records = play(tmp_path, "fault: {part: modem, what: delay, by: 10 s}")
    assert result.passed, result.broken
    told = [record for record in records if record.part == "modem" and record.way == "in"]
    late = [record.text.partition(":")[0][:6] for record in told if (record.at - records[0].at).seconds == 10]
    assert late[:2] == ["+CMT", "079144"]


def test_an_answer_that_an_action_waits_for_is_late_too(tmp_path: Path) -> None:
    """The card is read by AT commands; on the virtual rig the clock goes on, and no time passes."""
    fault = "fault: {{part: modem, what: delay, by: {}}}"
    result, _ = play(tmp_path, fault.format("10 s"), rig="sim-in-modem")
    assert result.passed, result.broken
    assert result.scenario_seconds >= 10 > result.seconds
    result, _ = play(tmp_path, fault.format("1 day"), rig="sim-in-modem")
    assert result.broken is not None
    assert "the modem did not answer to AT+CSIM within 30 s" in result.broken.message


def test_what_an_action_waits_for_comes_behind_a_line_that_is_late(tmp_path: Path) -> None:
    """A notification is late, and the card is read by AT commands before any time has passed."""
    text = WOKEN.partition("  - expect.session: {{alert: 1200")[0] + "  - device.power_cycle\n  - expect.session\n"
    fault = "fault: {part: modem, what: delay, by: 10 s, containing: '+CMT:'}"
    result, records = play(tmp_path, fault, text, "sim-in-modem")
    assert any(map(is_fault, records))
    assert result.passed, result.broken
    assert result.scenario_seconds >= 10 > result.seconds


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
