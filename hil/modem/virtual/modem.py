"""The virtual modem: a serial line's bytes in, bytes out, and a radio at the other side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from hil.modem.at.results import ERRORS
from hil.modem.profile.told import say
from hil.modem.virtual import commands, vendor
from hil.modem.virtual.delivery import Network
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.faults import FOREVER, Fault, Kind, apply, repair
from hil.modem.virtual.output import Output
from hil.modem.virtual.profile import Profile
from hil.modem.virtual.refusal import Refusal, as_said
from hil.modem.virtual.syntax import parse
from hil.modem.virtual.table import Handler
from hil.modem.virtual.timers import Timers

MAX_LINE = 1024
"""A longer command line is answered with ERROR."""

MAX_LATE = 1 << 16
"""What is typed while the modem is stuck waits, up to here."""

CHATTER_EVERY = 4
"""A modem that says what nobody has asked for says it amid every fourth answer."""

CR, LF, BACKSPACE, CTRL_Z, ESCAPE = 0x0D, 0x0A, 0x08, 0x1A, 0x1B


class VirtualModem:
    """``table``: what it could carry out; which of these commands it knows, the profile says."""

    def __init__(
        self, profile: Profile, network: Network, now: datetime, table: Mapping[str, Handler] = commands.COMMANDS
    ) -> None:
        self._output = Output()
        self.equipment = Equipment(profile, network, self._output, now)
        self._commands = {**commands.known(profile.observed, table), **vendor.commands(profile.family)}
        self.equipment.known = self._commands
        self._line = bytearray()
        self._late = bytearray()
        self._faults = Timers()
        self._executed = 0

    # The line's side

    def receive(self, data: bytes, now: datetime) -> bytes:
        """What a program wrote; returns what the modem says to it."""
        self.equipment.now = now
        if self._stuck:
            self._late += data[: MAX_LATE - len(self._late)]
            return b""
        self._type(data)
        return self.output()

    def output(self) -> bytes:
        """What the modem says by itself, since the last call."""
        return b"" if self._stuck else self._output.take()

    # The radio's side; every call may leave something for `output`

    @property
    def reachable(self) -> bool:
        return self.equipment.reachable and not self._stuck

    @property
    def deadline(self) -> datetime | None:
        """When `tick` has to be called; None: time changes nothing."""
        stuck = self.equipment.trouble.stuck_until
        times = (
            self.equipment.delivery.deadline,
            self.equipment.timers.deadline,
            self._faults.deadline,
            None if stuck == FOREVER else stuck,
        )
        return min((time for time in times if time is not None), default=None)

    def offer(self, tpdu: bytes, now: datetime) -> None:
        """The network delivers a message."""
        self.equipment.now = now
        self.equipment.delivery.offer(tpdu, now)

    def tick(self, now: datetime) -> None:
        """Time has passed."""
        self.equipment.now = now
        self._faults.run(now)
        self.equipment.timers.run(now)
        self.equipment.delivery.tick(now)
        stuck = self.equipment.trouble.stuck_until
        if stuck is not None and now >= stuck:
            self._come_round()

    # What goes wrong

    def fault(self, fault: Fault, now: datetime) -> None:
        """Let something go wrong, at once."""
        self.equipment.now = now
        if fault.kind is Kind.RESET:
            self._line.clear()
        undo = apply(self.equipment, fault)
        if undo is not None and fault.during is not None:
            self._faults.at(now + fault.during, undo)

    def repair(self, now: datetime) -> None:
        """End all that is wrong."""
        self.equipment.now = now
        self._faults.forget()
        repair(self.equipment)
        self._come_round()

    @property
    def _stuck(self) -> bool:
        return self.equipment.trouble.stuck_until is not None

    def _come_round(self) -> None:
        self.equipment.trouble.stuck_until = None
        late, self._late = bytes(self._late), bytearray()
        self._type(late)
        self.equipment.network.alert()

    # Lines and answers

    def _type(self, data: bytes) -> None:
        for byte in data:
            if self._output.prompting:
                self._at_prompt(byte)
            else:
                self._in_command(byte)

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
            if byte == CR and self.equipment.state.text_mode:
                self._output.prompt_again()
            return
        typed = self._line.decode("latin-1")
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
            if calls is None or overlong:
                raise Refusal
            if any(call.name not in self._commands for call in calls):
                raise as_said(self.equipment.profile.observed.unknown)
            lines: list[str] = []
            for call in calls:
                said = self._commands[call.name](self.equipment, call)
                if said is None:
                    # a prompt is open: what would come after it on the line is ignored
                    return None
                lines += said
            return lines

        self._chat()
        self._answer(run)

    def _chat(self) -> None:
        """Say something between a command's echo and its answer, as no modem should and many do."""
        said = say(self.equipment.profile.family.chatter, ())
        self._executed += 1
        if said and self.equipment.state.chatty and self._executed % CHATTER_EVERY == 0:
            self._output.tell(said[self._executed // CHATTER_EVERY % len(said)])

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
        if family is None:
            return refusal.text
        if family == "CME" and self.equipment.state.errors == 0:
            return "ERROR"
        # +CMEE changes only the errors of TS 27.007; those of TS 27.005 always have a number (§3.2.5).
        words = family == "CME" and self.equipment.state.errors == 2
        return f"+{family} ERROR: {ERRORS[family].get(code, 'unknown') if words else code}"
