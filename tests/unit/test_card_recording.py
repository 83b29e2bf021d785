"""Recordings of a card's seam: what they look like, what they refuse, and how a replay differs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil import data
from hil.card.dialogue import run
from hil.card.recording import Connected, Event, Exchanged, RecordedReader, RecordingReader, load, parse, write
from hil.cli.card.options import virtual
from hil.errors import CardGone, InvalidFile, NoCard, PartBroke, UsageError
from hil.report.result import RunResult
from hil.scenario.play import play
from simulator.bootstrap.card import read_bootstrap

TEXT = """
# a SIM of 2026
= 3B9F 9680
> 00 A4 00 0C 02 3F 00   # SELECT MF
< 9000
> 00b0000001

= none
=
> 00A4000C022F00
< 6A82
"""

events = st.lists(
    st.builds(Connected, st.none() | st.binary(max_size=33))
    | st.builds(Exchanged, st.binary(min_size=1, max_size=300), st.none() | st.binary(min_size=1, max_size=300)),
    min_size=1,
)


@settings(deadline=None)
@given(events)
def test_what_is_written_is_read(recorded: list[Event]) -> None:
    assert parse(write(recorded), Path("x")) == recorded


def test_the_text() -> None:
    reader = RecordedReader(parse(TEXT, Path("x")), "sim.txt")
    assert reader.connect() == bytes.fromhex("3B9F9680")
    assert reader.transmit(bytes.fromhex("00A4000C023F00")) == b"\x90\x00"
    with pytest.raises(CardGone, match="removed here"):
        reader.transmit(bytes.fromhex("00B0000001"))
    with pytest.raises(NoCard):
        reader.connect()
    assert reader.connect() == b""
    assert reader.transmit(bytes.fromhex("00A4000C022F00")) == b"\x6a\x82"
    # Behind its end, it begins again.
    assert reader.connect() == bytes.fromhex("3B9F9680")


def test_a_command_that_is_another_says_what_was_expected() -> None:
    reader = RecordedReader(parse(TEXT, Path("x")), "sim.txt")
    reader.connect()
    with pytest.raises(PartBroke) as caught:
        reader.transmit(bytes.fromhex("00A4000C022FE2"))
    assert str(caught.value) == (
        "sim.txt differs: as its entry 2 SELECT MF 3F00 (00A4000C023F00) is expected, "
        "and SELECT EF(ICCID) 2FE2 (00A4000C022FE2) came"
    )
    assert not isinstance(caught.value, CardGone)
    assert "record it anew" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["hello", "> 00A", "< 9000", "= 3B\n< 9000", ">", "> 00A40000\n<", "! 00"])
def test_what_is_no_recording(text: str) -> None:
    with pytest.raises(InvalidFile, match=r"x:[12]:1: "):
        parse(text, Path("x"))


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("# nothing\n")
    (tmp_path / "run").mkdir()
    for name in ("empty", "run", "absent"):
        with pytest.raises(UsageError):
            load(tmp_path / name)
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    with pytest.raises(InvalidFile):
        load(tmp_path / "binary")


def played(scenario: str, rig: str, out: Path) -> RunResult:
    (result,) = play([scenario], rig, out=out, junit=None)
    return result


def test_a_run_is_a_recording(tmp_path: Path) -> None:
    """The card is pulled out in the middle, the device looks whether it is there still, and it comes back; nothing
    of that is in the second run's hands."""
    assert played("bootstrap/card-pulled-out", "virtual", tmp_path / "run").passed
    recorded = load(tmp_path / "run")
    connections = [event.atr for event in recorded if isinstance(event, Connected)]
    assert [atr is not None for atr in connections] == [True, False, True]
    assert [event for event in recorded if isinstance(event, Exchanged) and event.answer is None]
    reader = RecordedReader(recorded)
    reader.connect()
    with pytest.raises(CardGone):
        run(read_bootstrap(), reader)
    with pytest.raises(NoCard):
        reader.connect()
    reader.connect()
    assert len(run(read_bootstrap(), reader).messages) == 1


def test_a_scenario_on_a_recording(tmp_path: Path) -> None:
    """The scenario is the same; with another the recording does not fit, and says so."""
    assert played("bootstrap/bare-card", "virtual", tmp_path / "run").passed
    rig = tmp_path / "rig.yaml"
    rig.write_text(
        data.find("rigs", "virtual").read_text()
        .replace("card: virtual", f"card: {{kind: recording, file: {tmp_path / 'run'}}}")
    )  # fmt: skip
    assert played("bootstrap/bare-card", str(rig), tmp_path / "again").passed
    assert load(tmp_path / "again") == load(tmp_path / "run")
    other = played("quickstart", str(rig), tmp_path / "other")
    assert other.broken is not None
    assert "there is no account" in other.broken.message


def test_what_was_recorded_is_what_the_reader_said() -> None:
    heard: list[Event] = []
    reader = RecordingReader(virtual("operator-sim"), heard.append)
    reader.connect()
    found = run(read_bootstrap(), reader)
    reader.disconnect()
    again = RecordedReader(heard)
    again.connect()
    assert run(read_bootstrap(), again) == found
