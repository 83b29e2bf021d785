"""The timeline as it happens, for a person: scenario time, part, direction, one line of text.

Written with colours when the stream is a terminal and plainly otherwise; the columns are the same. Unless asked
for everything, traffic below the messages is counted instead of shown (APDUs, AT lines), or shown only when it
went wrong (HTTP, whose DM messages are shown anyway).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TextIO

from hil.trace.mask import Masker
from hil.trace.record import Kind, Record
from hil.trace.row import Row, Writer, columns, one_line, showable

SUMMARISED: dict[Kind, str] = {"apdu": "APDU", "at": "AT line"}
"""What is counted instead of shown, and the word for one of it."""

SIGNS = {"out": "→", "in": "←", "": " "}
BURST_SIGN = "⇄"
STEP_SIGN = "▸"


@dataclass(slots=True)
class _Burst:
    began: datetime
    ways: dict[str, int] = field(default_factory=lambda: {"out": 0, "in": 0, "": 0})

    def count(self, kind: Kind) -> int:
        """Commands, not commands and answers, where each has its answer."""
        return sum(self.ways.values()) if kind == "at" else max(self.ways.values())


class ConsoleTimeline:
    """Subscribe it to a recorder; close it when the run is over."""

    def __init__(self, masker: Masker, stream: TextIO, *, verbose: bool = False) -> None:
        self._masker = masker
        self._verbose = verbose
        self._write = _writer(stream)
        self._began: datetime | None = None
        self._bursts: dict[tuple[str, Kind], _Burst] = {}

    def __call__(self, record: Record) -> None:
        self._began = self._began or record.at
        if record.kind == "http" and not self._verbose and _carried(record):
            return
        if record.kind in SUMMARISED and not self._verbose:
            what = record.part, record.kind
            burst = self._bursts.get(what)
            if burst is None:
                burst = self._bursts[what] = _Burst(record.at)
            burst.ways[record.way] += 1
            return
        self._end_bursts()
        sign = STEP_SIGN if record.kind == "step" else SIGNS[record.way]
        text = one_line(self._masker.text(record.text))
        self._write(Row(self._time(record.at), record.part, sign, text, record.kind))

    def close(self) -> None:
        """Show what is still being counted."""
        self._end_bursts()

    def _end_bursts(self) -> None:
        for (part, kind), burst in self._bursts.items():
            count = burst.count(kind)
            text = f"{count} {SUMMARISED[kind]}{'s' if count != 1 else ''}"
            self._write(Row(self._time(burst.began), part, BURST_SIGN, text, kind))
        self._bursts.clear()

    def _time(self, at: datetime) -> str:
        return elapsed(at - (self._began or at))


def _carried(record: Record) -> bool:
    """Whether HTTP did what it is for: a request on its way, or an answer with a message in it."""
    return record.way == "out" or (record.fields.get("status") == 200 and bool(record.data))


def elapsed(length: timedelta) -> str:
    """How far into the scenario: ``0:00:02.250``, or ``2d 0:00:02.250``."""
    seconds, milliseconds = divmod(length // timedelta(milliseconds=1), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{f'{days}d ' if days else ''}{hours}:{minutes:02}:{seconds:02}.{milliseconds:03}"


def _writer(stream: TextIO) -> Writer:
    if stream.isatty():
        from hil.trace.colour import rich_writer

        return rich_writer(stream)

    def plain(row: Row) -> None:
        time, part, sign = columns(row)
        text = f"{time}  {part}  {sign} {row.text}"
        stream.write(showable(text.rstrip(), stream.encoding) + "\n")
        stream.flush()

    return plain
