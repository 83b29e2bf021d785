"""Sorting a modem's lines: echo, the answer to the command, and what comes by itself (unsolicited results).

Unsolicited results may stand between any two lines, also inside an answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hil.modem.at.lines import AtLine
from hil.modem.at.results import FinalResult, final_result
from hil.modem.at.timeouts import timeout

UNSOLICITED: Mapping[str, int] = {
    "+CMT:": 2,
    "+CDS:": 2,
    "+CBM:": 2,
    "+CMTI:": 1,
    "+CDSI:": 1,
    "+CBMI:": 1,
    "+CREG:": 1,
    "+CGREG:": 1,
    "+CEREG:": 1,
    "+CPIN:": 1,
    "+CFUN:": 1,
    "+CUSD:": 1,
    "+CRING:": 1,
    "+CLIP:": 1,
    "+QIND:": 1,
    "RING": 1,
    "RDY": 1,
    "SMS DONE": 1,
    "SMS Ready": 1,
    "Call Ready": 1,
    # vendors' own, such as ^BOOT and ^RSSI
    "^": 1,
}
"""How an unsolicited result begins, and its lines: with two, the second is a PDU (TS 27.005 §3.4.1)."""

MAX_ANSWER_LINES = 2000
"""More than any listing of messages has; the rest is dropped."""

_NAME = re.compile(r"AT([+^#$*%&][A-Z0-9]*)", re.IGNORECASE)
_HEX = re.compile(r"[0-9A-Fa-f]+")


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
        self._lines: list[str] = []
        self._header: str | None = None
        """The first of two lines, until the second comes."""

    def begin(self, command: Command) -> None:
        """``command`` is being sent: what comes now is its answer. One that was still open is given up."""
        self._pending = command
        self._lines = []

    def abandon(self) -> None:
        """Expect no answer any more."""
        self._pending = None

    def take(self, line: AtLine) -> list[Event]:
        if line.prompt:
            pending = self._pending
            return [Prompted(pending)] if pending and pending.payload is not None else []
        text = line.text
        if self._header is not None and _HEX.fullmatch(text):
            header, self._header = self._header, None
            return [Unsolicited(header, text)]
        if self._is_echo(text):
            return []
        lines = self._unsolicited_lines(text)
        if lines == 2:
            lost, self._header = self._header, text
            return [] if lost is None else [Unsolicited(lost)]
        if lines == 1 or self._pending is None:
            return [Unsolicited(text)]
        return self._answer(self._pending, text)

    def _is_echo(self, text: str) -> bool:
        return self._pending is not None and text in (self._pending.text, self._pending.payload)

    def _unsolicited_lines(self, text: str) -> int:
        """0 for a line that belongs to the pending command, or that is none of the table."""
        if self._pending and self._pending.name and text.upper().startswith(f"{self._pending.name}:"):
            return 0
        return next((lines for prefix, lines in UNSOLICITED.items() if text.startswith(prefix)), 0)

    def _answer(self, pending: Command, text: str) -> list[Event]:
        final = final_result(text)
        if final is None:
            if len(self._lines) < MAX_ANSWER_LINES:
                self._lines.append(text)
            return []
        lines, self._lines = tuple(self._lines), []
        if pending.expect and not any(line.startswith(pending.expect) for line in lines):
            return []
        self._pending = None
        return [Answered(Response(pending, lines, final))]
