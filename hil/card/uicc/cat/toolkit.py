"""The toolkit of a card: proactive commands that wait, are fetched and are answered (TS 102 223 §6.3, §6.4).

What there is to ask is an applet's business; the toolkit hands over one command at a time. A terminal that does
not keep to the order gets a status word, and costs the applet no more than a command that failed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from hil.card.cat.messages import EventDownload, ProactiveCommand, TerminalResponse
from hil.card.uicc.statusword import StatusWord
from simulator.codes.cat import Result
from simulator.errors import CodecError

MAX_WAITING = 64
"""Commands. An applet of ours has one on its way for each channel."""

LAST_NUMBER = 0xFE
"""Command numbers are 01 to FE (§8.6)."""


class Applet(Protocol):
    """What is asked next, after each thing that the terminal says."""

    def reset(self) -> None:
        """The card was powered: whatever the terminal gave is gone."""
        ...

    def begin(self, profile: bytes) -> Sequence[ProactiveCommand]:
        """The terminal has said what it can."""
        ...

    def answered(self, command: ProactiveCommand, response: TerminalResponse) -> Sequence[ProactiveCommand]: ...

    def happened(self, event: EventDownload) -> Sequence[ProactiveCommand]: ...


class Toolkit:
    def __init__(self, applet: Applet, *, busy: int = 0) -> None:
        """``busy``: how often each envelope is turned away with 9300 before it is taken."""
        self._applet = applet
        self._how_busy = busy
        self.reset()

    def reset(self) -> None:
        self._waiting: deque[tuple[ProactiveCommand, bytes]] = deque()
        """With what FETCH gives."""
        self._fetched: tuple[ProactiveCommand, bytes] | None = None
        self._number = 0
        self._busy = self._how_busy
        self._applet.reset()

    @property
    def status(self) -> int:
        """The status word of a command that went well: 91xx when a proactive command waits."""
        if self._fetched is not None or not self._waiting:
            return 0x9000
        return 0x9100 | len(self._waiting[0][1]) & 0xFF

    def profile(self, profile: bytes) -> None:
        self._ask(self._applet.begin(profile))

    def fetch(self, count: int) -> bytes:
        """The command that waits, of ``count`` octets. Raises `StatusWord`."""
        if self._fetched is None and not self._waiting:
            raise StatusWord(0x6F00)
        self._fetched = self._fetched or self._waiting.popleft()
        encoded = self._fetched[1]
        if count not in (256, len(encoded)):
            raise StatusWord(0x6C00 | len(encoded) & 0xFF)
        return encoded

    def respond(self, data: bytes) -> None:
        """Raises `StatusWord` for what is no response to the command that was fetched, which then has failed."""
        if self._fetched is None:
            raise StatusWord(0x6985)
        (command, _), self._fetched = self._fetched, None
        try:
            response = TerminalResponse.decode(data)
        except CodecError:
            response = None
        if response is None or (response.number, response.type) != (command.number, command.type):
            failed = TerminalResponse(command.number, command.type, command.qualifier, Result.DATA_NOT_UNDERSTOOD)
            self._ask(self._applet.answered(command, failed))
            raise StatusWord(0x6A80)
        self._ask(self._applet.answered(command, response))

    def envelope(self, data: bytes) -> None:
        """Raises `StatusWord`."""
        if self._busy:
            self._busy -= 1
            raise StatusWord(0x9300)
        self._busy = self._how_busy
        try:
            event = EventDownload.decode(data)
        except CodecError:
            # Another sort of envelope (menu selection, timer): nobody here waits for one.
            raise StatusWord(0x6A80) from None
        self._ask(self._applet.happened(event))

    def _ask(self, commands: Sequence[ProactiveCommand]) -> None:
        for command in commands:
            if len(self._waiting) == MAX_WAITING:
                return
            self._number = self._number % LAST_NUMBER + 1
            numbered = command.numbered(self._number)
            self._waiting.append((numbered, numbered.encode()))
