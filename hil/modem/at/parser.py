"""Sorting a modem's lines: echo, the answer to the command, and what comes by itself (unsolicited results).

Unsolicited results may stand between any two lines, also inside an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hil.modem.at.lines import AtLine
from hil.modem.at.results import CALLS, FinalResult, final_result
from hil.modem.at.timeouts import timeout
from hil.modem.at.unsolicited import UNSOLICITED, finder

MAX_ANSWER_LINES = 2000
"""More than any listing of messages has; the rest is dropped."""

_NAME = re.compile(r"AT([+^#$*%&][A-Z0-9]*)", re.IGNORECASE)
_PREFIXED = re.compile(r"[+^#$*%][A-Z0-9]+:", re.IGNORECASE)
_PDU = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_LINES = {prefix.upper(): lines for prefix, lines in UNSOLICITED.items()}


@dataclass(frozen=True, slots=True)
class Command:
    """One command line, without its CR."""

    text: str
    payload: str | None = None
    """A PDU for the prompt."""
    timeout: float | None = None
    """Seconds until the modem counts as silent; None: what the table of time-outs says."""
    escape: bool = False
    """End a prompt first, which an earlier program may have left open (TS 27.005 §4.3)."""
    expect: str = ""
    """How a line has to begin before a final result counts; drops the late answer to an earlier command."""

    @property
    def name(self) -> str:
        """``+CMGR`` of ``AT+CMGR=3``; empty for basic commands."""
        found = _NAME.match(self.text)
        return found[1].upper() if found else ""

    @property
    def seconds(self) -> float:
        """How long to wait for the answer."""
        return timeout(self.name) if self.timeout is None else self.timeout


@dataclass(frozen=True, slots=True)
class Response:
    command: Command
    lines: tuple[str, ...]
    final: FinalResult

    @property
    def ok(self) -> bool:
        return self.final.ok

    def value(self) -> str | None:
        """What follows ``+NAME:`` in the first line that has it."""
        prefix = f"{self.command.name}:"
        for line in self.lines:
            if line.upper().startswith(prefix):
                return line[len(prefix) :].strip()
        return None

    def text(self) -> str:
        """The answer to a question whose answer has no prefix by the standard, and with some modems has one all
        the same (AT+CGMI); empty when there is none."""
        bare = (line for line in self.lines if not _PREFIXED.match(line))
        said = (self.value() or next(bare, "")) if self.ok else ""
        return said.strip('"') if said.count('"') == 2 and said[0] == said[-1] == '"' else said


@dataclass(frozen=True, slots=True)
class Answered:
    response: Response


@dataclass(frozen=True, slots=True)
class Prompted:
    """The modem waits for the payload of this command."""

    command: Command


@dataclass(frozen=True, slots=True)
class Unsolicited:
    text: str
    pdu: str | None = None
    """Hex digits of the second line; None where there is none, or none came."""


Event = Answered | Prompted | Unsolicited


class Parser:
    def __init__(self) -> None:
        self._pending: Command | None = None
        self._own = ""
        """How lines of the answer to the pending command begin, when it has a name."""
        self._lines: list[str] = []
        self._header: str | None = None
        """The first of two lines, until the second comes."""
        self._finder = finder()

    def expect(self, more: Iterable[str]) -> None:
        """Take lines that begin like these for unsolicited results too."""
        self._finder = finder(more)

    def begin(self, command: Command) -> None:
        """``command`` is being sent: what comes now is its answer. One that was still open is given up."""
        self._pending = command
        name = command.name
        self._own = f"{name}:" if name else ""
        self._lines = []

    def abandon(self) -> None:
        """Expect no answer any more."""
        self._pending = None
        self._own = ""

    def restart(self) -> None:
        """The line has begun anew: nothing of what was open will come."""
        self.abandon()
        self._header = None

    def take(self, line: AtLine) -> list[Event]:
        if line.prompt:
            pending = self._pending
            return [Prompted(pending)] if pending and pending.payload is not None else []
        text = line.text
        if self._header is not None and _PDU.fullmatch(text):
            header, self._header = self._header, None
            return [Unsolicited(header, text)]
        if self._is_echo(text):
            return []
        lines = self._unsolicited_lines(text)
        if lines == 2:
            return [*self._lost_pdu(), *self._await_pdu(text)]
        if lines == 1:
            return [Unsolicited(text)]
        if self._pending is None:
            return [*self._lost_pdu(), Unsolicited(text)]
        final = final_result(text)
        if final is not None:
            return self._finish(self._pending, final)
        # Only another result can stand between the two lines: this one says that the PDU will not come. A PDU of
        # the answer must not be taken for it.
        lost = self._lost_pdu()
        if len(self._lines) < MAX_ANSWER_LINES:
            self._lines.append(text)
        return lost

    def _is_echo(self, text: str) -> bool:
        return self._pending is not None and text in (self._pending.text, self._pending.payload)

    def _await_pdu(self, header: str) -> list[Event]:
        self._header = header
        return []

    def _lost_pdu(self) -> list[Event]:
        lost, self._header = self._header, None
        return [] if lost is None else [Unsolicited(lost)]

    def _unsolicited_lines(self, text: str) -> int:
        """0 for a line that belongs to the pending command, or that is none of the table."""
        if self._pending is not None:
            if self._own and text.upper().startswith(self._own):
                return 0
            if text in CALLS and self._pending.name:
                # the end of some call, of which this command knows nothing
                return 1
        found = self._finder.match(text)
        return _LINES.get(found[0].upper(), 1) if found else 0

    def _finish(self, pending: Command, final: FinalResult) -> list[Event]:
        lines, self._lines = tuple(self._lines), []
        if pending.expect and not any(line.startswith(pending.expect) for line in lines):
            return []
        self.abandon()
        return [Answered(Response(pending, lines, final))]
