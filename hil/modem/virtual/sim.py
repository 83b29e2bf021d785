"""The PIN of the SIM in the modem (TS 27.007 §8.3)."""

from __future__ import annotations

from hil.modem.at.results import Family
from hil.modem.virtual.refusal import Refusal

ATTEMPTS = 3

WANTS_PIN: dict[Family, int] = {"CME": 11, "CMS": 311}
WANTS_PUK: dict[Family, int] = {"CME": 12, "CMS": 316}
INCORRECT_PASSWORD = 16
NOT_ALLOWED = 3


class Sim:
    def __init__(self, pin: str | None) -> None:
        self._pin = pin
        self._open = pin is None
        self._attempts = ATTEMPTS

    @property
    def state(self) -> str:
        if self._open:
            return "READY"
        return "SIM PIN" if self._attempts else "SIM PUK"

    def enter(self, pin: str) -> int | None:
        """Try a PIN; returns the +CME ERROR that it meets, or None."""
        if self._open:
            return NOT_ALLOWED
        if not self._attempts:
            return WANTS_PUK["CME"]
        if pin == self._pin:
            self._open, self._attempts = True, ATTEMPTS
            return None
        self._attempts -= 1
        return INCORRECT_PASSWORD if self._attempts else WANTS_PUK["CME"]

    def require(self, family: Family) -> None:
        """Refuse the command, with an error of that family, while the SIM is locked."""
        if not self._open:
            raise Refusal(family, (WANTS_PIN if self._attempts else WANTS_PUK)[family])
