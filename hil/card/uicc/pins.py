"""The PINs and keys of a virtual card, and what has been shown of them (TS 102 221 §9.5, §11.1.9-13)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from hil.card.uicc.rules import PIN1, Condition

OCTETS = 8
"""Of a PIN and of an unblock code in a command (TS 102 221 §9.5.1): digits, filled up with FF."""


def octets_of(digits: str) -> bytes:
    return digits.encode().ljust(OCTETS, b"\xff")


@dataclass(slots=True)
class Counter:
    """A secret and how many tries are left for it. ``code`` None: nobody knows it, so that nothing fits."""

    code: bytes | None = None
    tries: int = 3
    left: int = 3

    @property
    def blocked(self) -> bool:
        return self.left == 0

    def check(self, octets: bytes) -> bool:
        """Whether these are the octets; a wrong guess costs a try."""
        if self.blocked:
            return False
        right = self.code is not None and hmac.compare_digest(octets, self.code)
        self.left = self.tries if right else self.left - 1
        return right


@dataclass(slots=True)
class Pin(Counter):
    """A PIN that is not enabled opens what needs it to all."""

    enabled: bool = True
    unblock: Counter = field(default_factory=lambda: Counter(tries=10, left=10))
    verified: bool = False

    def verify(self, octets: bytes) -> bool:
        self.verified = self.check(octets)
        return self.verified


class Pins:
    """A card's PINs by key reference. The application PIN is always among them, if only as a disabled one."""

    def __init__(self, pins: dict[int, Pin] | None = None) -> None:
        self._pins = dict(pins or {})
        self._pins.setdefault(PIN1, Pin(enabled=False))

    def __getitem__(self, key: int) -> Pin:
        return self._pins[key]

    def get(self, key: int) -> Pin | None:
        return self._pins.get(key)

    def items(self) -> Iterable[tuple[int, Pin]]:
        return self._pins.items()

    def reset(self) -> None:
        for pin in self._pins.values():
            pin.verified = False

    def satisfy(self, condition: Condition) -> bool:
        return any(all(map(self._open, way)) for way in condition.ways)

    def _open(self, key: int) -> bool:
        pin = self._pins.get(key)
        return pin is not None and (pin.verified or not pin.enabled)
