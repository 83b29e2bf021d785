"""The AT dialogue on one line: writes, splits, sorts, counts and records. It has no thread and never waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hil.modem.at.lines import LineSplitter
from hil.modem.at.parser import Command, Event, Parser
from hil.modem.line import Line
from hil.trace.recorder import Recorder

CTRL_Z = "\x1a"
ESCAPE = "\x1b"


class AtLink:
    def __init__(self, line: Line, recorder: Recorder, part: str) -> None:
        self.line = line
        self.sent = 0
        """Bytes written to this line, counted before they are."""
        self.received = 0
        """Bytes read from it, counted after everything that they brought about has been done."""
        self._recorder = recorder
        self._part = part
        self._splitter = LineSplitter()
        self._parser = Parser()

    def begin(self, command: Command) -> None:
        """Send a command. Raises `PartBroke` when the line has gone."""
        self._parser.begin(command)
        if command.escape:
            self.escape()
        self._write(command.text + "\r", command.text)

    def give(self, command: Command) -> None:
        """Send the payload of ``command``, now that the modem has prompted for it."""
        payload = command.payload or ""
        self._write(payload + CTRL_Z, payload)

    def escape(self) -> None:
        """End a prompt that may be open."""
        self._write(ESCAPE, "ESC")

    def expect(self, more: Iterable[str]) -> None:
        """Take lines that begin like these for something that the modem says by itself."""
        self._parser.expect(more)

    def restart(self, line: Line) -> None:
        """Go on with another line to the same modem; what was begun on the one before is forgotten."""
        self.line = line
        self.sent = self.received = 0
        self._splitter = LineSplitter()
        self._parser.restart()

    def abandon(self) -> None:
        self._parser.abandon()

    def take(self, data: bytes) -> Iterator[Event]:
        """What was read, as events, one line after the other.

        The caller deals with each event before the next line is recorded, and counts ``received`` at the end:
        so a trace does not depend on how reading happened to cut the bytes.
        """
        for line in self._splitter.feed(data):
            self._recorder.record(self._part, "at", "in", ">" if line.prompt else line.text, line.raw)
            yield from self._parser.take(line)

    def _write(self, text: str, shown: str) -> None:
        data = text.encode("ascii")
        self._recorder.record(self._part, "at", "out", shown, data)
        self.sent += len(data)
        self.line.write(data)
