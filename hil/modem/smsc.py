"""A small service centre: it keeps messages until the modem has taken them (TS 23.040 §3.2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hil.errors import UsageError

MAX_TPDU = 255
MAX_WAITING = 10_000


class Mobile(Protocol):
    """The modem, as the network sees it."""

    @property
    def reachable(self) -> bool: ...

    def offer(self, tpdu: bytes) -> None:
        """Deliver; the outcome comes back through `Smsc.delivered` or `Smsc.refused`, perhaps at once."""
        ...


def check(tpdu: bytes) -> None:
    """Raises `UsageError` for what no network can carry."""
    if not 1 <= len(tpdu) <= MAX_TPDU:
        raise UsageError(f"a TPDU has 1 to {MAX_TPDU} octets, not {len(tpdu)}")


@dataclass(frozen=True, slots=True)
class Refused:
    tpdu: bytes
    cause: int
    """RP cause or TP-FCS, as the modem gave it."""


class Smsc:
    """One message is under way at a time, as on a real radio link; the others wait in order."""

    def __init__(self) -> None:
        self.submitted: list[bytes] = []
        """SMS-SUBMITs that the modem sent."""
        self.refused_for_good: list[Refused] = []
        self.delivered_count = 0
        self.on_submit: Callable[[bytes, int], None] | None = None
        """Told each SMS-SUBMIT with its message reference."""
        self._mobile: Mobile | None = None
        self._waiting: deque[bytes] = deque()
        self._under_way = False
        self._offering = False
        self._blocked = False
        """The modem could not take the first message: nothing is tried until it says that it can."""

    def attach(self, mobile: Mobile) -> None:
        self._mobile = mobile

    @property
    def waiting(self) -> int:
        """Messages that the modem has not taken yet, with the one under way."""
        return len(self._waiting)

    def deliver(self, tpdu: bytes) -> None:
        """Send a TPDU to the modem, damaged ones too. Raises `UsageError` for what no network can carry."""
        check(tpdu)
        if len(self._waiting) >= MAX_WAITING:
            raise UsageError(f"{MAX_WAITING} messages wait for the modem already", hint="does it take any?")
        self._waiting.append(tpdu)
        # A new message is also the occasion to try the one before it again.
        self.alert()

    # The modem's side

    def delivered(self) -> None:
        self._waiting.popleft()
        self.delivered_count += 1
        self._under_way = False
        self._offer()

    def refused(self, cause: int, *, again: bool) -> None:
        self._under_way = False
        if again:
            self._blocked = True
        else:
            self.refused_for_good.append(Refused(self._waiting.popleft(), cause))
            self._offer()

    def alert(self) -> None:
        self._blocked = False
        self._offer()

    def submit(self, tpdu: bytes) -> int:
        self.submitted.append(tpdu)
        reference = len(self.submitted) & 0xFF
        if self.on_submit is not None:
            self.on_submit(tpdu, reference)
        return reference

    def _offer(self) -> None:
        if self._offering or self._mobile is None:
            return
        # The modem may answer within `offer`; the loop then takes the next one, not the recursion.
        self._offering = True
        try:
            while self._waiting and not (self._under_way or self._blocked) and self._mobile.reachable:
                self._under_way = True
                self._mobile.offer(self._waiting[0])
        finally:
            self._offering = False
