"""The virtual modem: a serial line's bytes in, bytes out, and a radio at the other side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from hil.modem.at.results import ERRORS
from hil.modem.virtual.commands import COMMANDS
from hil.modem.virtual.delivery import Network
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.output import Output
from hil.modem.virtual.profile import Profile
from hil.modem.virtual.refusal import Refusal
from hil.modem.virtual.syntax import parse
from hil.modem.virtual.table import Handler

MAX_LINE = 1024
"""A longer command line is answered with ERROR."""

CR, LF, BACKSPACE, CTRL_Z, ESCAPE = 0x0D, 0x0A, 0x08, 0x1A, 0x1B


class VirtualModem:
    """``commands``: what it carries out; other commands it does not know."""

    def __init__(self, profile: Profile, network: Network, commands: Mapping[str, Handler] = COMMANDS) -> None:
        self._commands = commands
        self._output = Output()
        self.equipment = Equipment(profile, network, self._output)
        self._line = bytearray()

    # The line's side

    def receive(self, data: bytes) -> bytes:
        """What a program wrote; returns what the modem says to it."""
        for byte in data:
            if self._output.prompting:
                self._at_prompt(byte)
            else:
                self._in_command(byte)
        return self.output()

    def output(self) -> bytes:
        """What the modem says by itself, since the last call."""
        return self._output.take()

    # The radio's side; every call may leave something for `output`

    @property
    def reachable(self) -> bool:
        return self.equipment.reachable

    @property
    def deadline(self) -> datetime | None:
        """When `tick` has to be called; None: time changes nothing."""
        return self.equipment.delivery.deadline

    def offer(self, tpdu: bytes, now: datetime) -> None:
        """The network delivers a message."""
        self.equipment.delivery.offer(tpdu, now)

    def tick(self, now: datetime) -> None:
        """Time has passed."""
        self.equipment.delivery.tick(now)

    # Lines and answers

    def _in_command(self, byte: int) -> None:
        if self.equipment.state.echo:
            self._output.echo(byte)
        if byte == CR:
            line = self._line.decode("ascii", "replace").strip(" \x00\x1b\n")
            overlong = len(self._line) > MAX_LINE
            self._line.clear()
            self._execute(line, overlong)
        elif byte == BACKSPACE:
            del self._line[-1:]
        elif byte not in (LF, ESCAPE) and len(self._line) <= MAX_LINE:
            self._line.append(byte)

    def _at_prompt(self, byte: int) -> None:
        if self.equipment.state.echo and byte not in (CTRL_Z, ESCAPE):
            self._output.echo(byte)
        if byte not in (CTRL_Z, ESCAPE):
            if len(self._line) <= MAX_LINE:
                self._line.append(byte)
            return
        typed = "".join(self._line.decode("ascii", "replace").split())
        self._line.clear()
        payload = self._output.take_payload()
        # ESC gives the message up, which is no error (§4.3).
        self._answer(lambda: payload(typed) if payload and byte == CTRL_Z else [])

    def _execute(self, line: str, overlong: bool) -> None:
        if line[:2].upper() != "AT":
            # no command: a modem stays silent
            return
        calls = parse(line)

        def run() -> list[str] | None:
            if calls is None or overlong or any(call.name not in self._commands for call in calls):
                raise Refusal
            lines: list[str] = []
            for call in calls:
                said = self._commands[call.name](self.equipment, call)
                if said is None:
                    # a prompt is open: what would come after it on the line is ignored
                    return None
                lines += said
            return lines

        self._answer(run)

    def _answer(self, run: Callable[[], list[str] | None]) -> None:
        with self._output.answering():
            try:
                lines = run()
            except Refusal as refusal:
                self._output.say(self._error(refusal))
                return
            if lines is not None:
                for line in (*lines, "OK"):
                    self._output.say(line)

    def _error(self, refusal: Refusal) -> str:
        family, code = refusal.family, refusal.code
        if family is None or (family == "CME" and self.equipment.state.errors == 0):
            return "ERROR"
        # +CMEE changes only the errors of TS 27.007; those of TS 27.005 always have a number (§3.2.5).
        words = family == "CME" and self.equipment.state.errors == 2
        return f"+{family} ERROR: {ERRORS[family][code] if words else code}"
