"""The timeline on the console: aligned, masked, plain when nobody but a pipe reads it."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.trace.console import ConsoleTimeline, elapsed
from hil.trace.mask import Masker
from hil.trace.recorder import Recorder
from hil.trace.row import one_line, showable

START = datetime(2026, 1, 1, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def play(stream: io.StringIO, *, verbose: bool = False) -> list[str]:
    times: Iterator[datetime] = iter(START + timedelta(seconds=n * 0.25) for n in range(100))
    recorder = Recorder(lambda: next(times))
    recorder.masker.add("hunter22")
    timeline = ConsoleTimeline(recorder.masker, stream, verbose=verbose)
    recorder.subscribe(timeline)
    recorder.record("bench", "step", "", "insert card")
    for _ in range(3):
        recorder.record("card", "apdu", "out", "SELECT", b"\x00\xa4")
        recorder.record("card", "apdu", "in", "9000 hunter22", b"\x90\x00")
    recorder.record("modem", "at", "out", "AT+CMGF=0\r")
    recorder.record("device", "device", "", "account of com.example \x1b[31mred\x1b[0m hunter22")
    recorder.record("device", "dm", "out", "package 1: Alert 1201")
    recorder.record("server", "http", "out", "POST /dm")
    timeline.close()
    return stream.getvalue().splitlines()


def test_bursts_of_traffic_are_counted() -> None:
    assert play(io.StringIO()) == [
        "   0:00:00.000  bench    ▸ insert card",
        "   0:00:00.250  card     ⇄ 3 APDUs",
        "   0:00:01.750  modem    ⇄ 1 AT line",
        r"   0:00:02.000  device     account of com.example \x1b[31mred\x1b[0m •••",
        "   0:00:02.250  device   → package 1: Alert 1201",
    ]


def test_verbose_shows_every_record() -> None:
    lines = play(io.StringIO(), verbose=True)
    assert len(lines) == 11
    assert lines[2] == "   0:00:00.500  card     ← 9000 •••"
    assert lines[7] == r"   0:00:01.750  modem    → AT+CMGF=0\r"


def test_a_terminal_gets_the_same_columns_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = play(Terminal())
    assert any("\x1b[" in line for line in coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert [line.rstrip() for line in play(Terminal())] == play(io.StringIO())


@settings(max_examples=150)
@given(st.text(max_size=40))
def test_nothing_that_a_terminal_obeys_reaches_a_pipe(text: str) -> None:
    stream = io.StringIO()
    recorder = Recorder(lambda: START)
    recorder.subscribe(ConsoleTimeline(recorder.masker, stream))
    recorder.record("device", "note", "", text)
    written = stream.getvalue()
    assert written.endswith("\n")
    assert written[:-1].isprintable()


def test_a_stream_without_the_signs_gets_ascii() -> None:
    raw = io.BytesIO()
    timeline = ConsoleTimeline(Masker(), io.TextIOWrapper(raw, encoding="ascii"))
    recorder = Recorder(lambda: START)
    recorder.subscribe(timeline)
    recorder.record("device", "dm", "in", "é ok")
    assert raw.getvalue() == b"   0:00:00.000  device   <- ? ok\n"
    assert showable("→", None) == "→"


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(), "0:00:00.000"),
        (timedelta(days=2, seconds=2, microseconds=250999), "2d 0:00:02.250"),
        (timedelta(hours=23, minutes=59, seconds=59, microseconds=999999), "23:59:59.999"),
    ],
)
def test_scenario_time(length: timedelta, shown: str) -> None:
    assert elapsed(length) == shown


def test_one_line_keeps_letters_and_shows_controls() -> None:
    assert one_line("é ≠ \t\x00\u202e") == "é ≠ \\t\\x00\\u202e"


def test_a_pipe_does_not_cost_rich() -> None:
    code = (
        "import io, sys; from hil.trace.console import ConsoleTimeline; from hil.trace.mask import Masker;"
        "ConsoleTimeline(Masker(), io.StringIO()); print('rich' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert run.stdout == "False\n"


def test_http_is_shown_when_it_carried_no_message() -> None:
    stream = io.StringIO()
    recorder = Recorder(lambda: START)
    timeline = ConsoleTimeline(recorder.masker, stream)
    recorder.subscribe(timeline)
    recorder.record("server", "http", "out", "POST /dm", b"x")
    recorder.record("server", "http", "in", "HTTP 200, 9 bytes", b"<SyncML/>", status=200)
    recorder.record("server", "http", "in", "HTTP 200, 0 bytes", status=200)
    recorder.record("server", "http", "in", "HTTP 500, 1 bytes", b"x", status=500)
    recorder.record("server", "http", "in", "no answer: the connection was dropped")
    shown = [line.partition("← ")[2] for line in stream.getvalue().splitlines()]
    assert shown == ["HTTP 200, 0 bytes", "HTTP 500, 1 bytes", "no answer: the connection was dropped"]
