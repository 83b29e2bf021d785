"""The virtual modem: a serial line's bytes in, bytes out, and a radio at the other side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hil.modem.at.results import ERRORS
from hil.modem.sms.address import Address
from hil.modem.virtual import access, general, messages  # noqa: F401 - they fill the table
from hil.modem.virtual.delivery import Delivery, Network
from hil.modem.virtual.profile import Profile
from hil.modem.virtual.sim import Sim
from hil.modem.virtual.state import State
from hil.modem.virtual.storage import Storage
from hil.modem.virtual.syntax import parse
from hil.modem.virtual.table import COMMANDS, Refusal

MAX_LINE = 1024
"""A longer command line is answered with ERROR."""

CR, LF, BACKSPACE, CTRL_Z, ESCAPE = 0x0D, 0x0A, 0x08, 0x1A, 0x1B

FULL_FUNCTIONALITY = 1

Payload = Callable[[str], list[str]]
"""Gets what was typed at the prompt and returns the lines before OK."""


class VirtualModem:
    def __init__(self, profile: Profile, network: Network) -> None:
        self.profile = profile
        self.network = network
        self.state = State()
        self.sim = Sim(profile.pin)
        self.storage = Storage(profile.slots)
        self.delivery = Delivery(self, network)
        self.functionality = FULL_FUNCTIONALITY
        self.operator_format = 0
        self.service_centre = str(Address.of(profile.smsc))
        self._out = bytearray()
        self._line = bytearray()
        self._payload: Payload | None = None
        self._told: list[str] = []
        """Unsolicited results that wait until the command under way has been answered."""
        self._after: list[Callable[[], None]] = []
        self._busy = False

    # The line's side

    def receive(self, data: bytes) -> bytes:
        """What a program wrote; returns what the modem says to it."""
        for byte in data:
            if self._payload is not None:
                self._at_prompt(byte)
            else:
                self._in_command(byte)
        return self.output()

    def output(self) -> bytes:
        """What the modem says by itself, since the last call."""
        out = bytes(self._out)
        self._out.clear()
        return out

    # The radio's side; every call may leave something for `output`

    @property
    def reachable(self) -> bool:
        return self.functionality == FULL_FUNCTIONALITY and self.sim.state == "READY"

    def offer(self, tpdu: bytes, now: datetime) -> None:
        """The network delivers a message."""
        self.delivery.offer(tpdu, now)

    def tick(self, now: datetime) -> None:
        """Time has passed."""
        self.delivery.tick(now)

    # For the handlers of commands

    def tell(self, text: str) -> None:
        """An unsolicited result: at once, or after the answer to the command under way."""
        if self._busy or self._payload is not None:
            self._told.append(text)
        else:
            self._say(text)

    def after_answer(self, action: Callable[[], None]) -> None:
        self._after.append(action)

    def alert(self) -> None:
        """After the answer, tell the network that messages can be taken again."""
        self.after_answer(self.network.alert)

    def prompt(self, payload: Payload) -> None:
        """Ask for a PDU; ``payload`` gets it."""
        self._out += b"\r\n> "
        self._payload = payload

    # Lines and answers

    def _in_command(self, byte: int) -> None:
        if self.state.echo:
            self._out.append(byte)
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
        if self.state.echo and byte not in (CTRL_Z, ESCAPE):
            self._out.append(byte)
        if byte not in (CTRL_Z, ESCAPE):
            if len(self._line) <= MAX_LINE:
                self._line.append(byte)
            return
        typed = "".join(self._line.decode("ascii", "replace").split())
        self._line.clear()
        payload, self._payload = self._payload, None
        # ESC gives the message up, which is no error (§4.3).
        self._answer(lambda: payload(typed) if payload and byte == CTRL_Z else [])

    def _execute(self, line: str, overlong: bool) -> None:
        if line[:2].upper() != "AT":
            # no command: a modem stays silent
            return
        calls = parse(line)

        def run() -> list[str] | None:
            if calls is None or overlong or any(call.name not in COMMANDS for call in calls):
                raise Refusal
            lines: list[str] = []
            for call in calls:
                said = COMMANDS[call.name](self, call)
                if said is None:
                    # a prompt is open: what would come after it on the line is ignored
                    return None
                lines += said
            return lines

        self._answer(run)

    def _answer(self, run: Callable[[], list[str] | None]) -> None:
        self._busy = True
        try:
            lines = run()
        except Refusal as refusal:
            self._say(self._error(refusal))
        else:
            if lines is not None:
                for line in lines:
                    self._say(line)
                self._say("OK")
        finally:
            self._busy = False
        if self._payload is None:
            self._catch_up()

    def _catch_up(self) -> None:
        told, self._told = self._told, []
        for text in told:
            self._say(text)
        after, self._after = self._after, []
        for action in after:
            action()

    def _error(self, refusal: Refusal) -> str:
        family, code = refusal.family, refusal.code
        if family is None or (family == "CME" and self.state.errors == 0):
            return "ERROR"
        # +CMEE changes only the errors of TS 27.007; those of TS 27.005 always have a number (§3.2.5).
        words = family == "CME" and self.state.errors == 2
        return f"+{family} ERROR: {ERRORS[family][code] if words else code}"

    def _say(self, text: str) -> None:
        self._out += f"\r\n{text}\r\n".encode("ascii")
