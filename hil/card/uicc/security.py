"""The PIN of a virtual card (TS 102 221 §9.5, §11.1.9)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from hil.card.uicc.files import Condition

PIN1 = 0x01
"""Key reference of the application PIN (TS 102 221 §9.5.1)."""

PIN_OCTETS = 8


@dataclass(slots=True)
class Pin:
    """``code`` None: the PIN is disabled, and what needs it is open to all."""

    code: str | None = None
    tries: int = 3
    left: int = 3
    verified: bool = False

    @property
    def enabled(self) -> bool:
        return self.code is not None

    @property
    def blocked(self) -> bool:
        return self.left == 0

    def verify(self, octets: bytes) -> bool:
        """Whether these are the PIN's octets (ASCII, filled up with FF); a wrong guess costs a try."""
        if self.blocked or self.code is None:
            return False
        expected = self.code.encode().ljust(PIN_OCTETS, b"\xff")
        self.verified = hmac.compare_digest(octets, expected)
        self.left = self.tries if self.verified else self.left - 1
        return self.verified

    def reset(self) -> None:
        self.verified = False

    def satisfied(self, condition: Condition) -> bool:
        match condition:
            case Condition.ALWAYS:
                return True
            case Condition.PIN:
                return self.verified or not self.enabled
            case _:
                # Nobody has the issuer's keys here.
                return False
