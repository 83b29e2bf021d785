"""The SIM in the modem and its PIN (TS 27.007 §8.3)."""

from __future__ import annotations

from hil.modem.at.results import Family
from hil.modem.virtual.refusal import Refusal

ATTEMPTS = 3
PUK = "12345678"
PUK_ATTEMPTS = 10

NOT_INSERTED: dict[Family, int] = {"CME": 10, "CMS": 310}
WANTS_PIN: dict[Family, int] = {"CME": 11, "CMS": 311}
WANTS_PUK: dict[Family, int] = {"CME": 12, "CMS": 316}
BUSY: dict[Family, int] = {"CME": 14, "CMS": 314}
INCORRECT_PASSWORD = 16
NOT_ALLOWED = 3
SIM_FAILURE = 13
INCORRECT_PARAMETERS = 50


class Sim:
    def __init__(self, pin: str | None) -> None:
        self._pin = pin
        self._open = pin is None
        self._attempts = ATTEMPTS
        self._puk_attempts = PUK_ATTEMPTS
        self.inserted = True
        self.busy = False
        """It has just been switched on."""

    @property
    def state(self) -> str:
        if self._open:
            return "READY"
        return "SIM PIN" if self._attempts else "SIM PUK"

    @property
    def ready(self) -> bool:
        return self.inserted and self._open and not self.busy

    def restart(self) -> None:
        """Power goes off and comes back: the PIN is asked for again."""
        self._open = self._pin is None

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

    def unblock(self, puk: str, new_pin: str) -> int | None:
        """Try the PUK, which sets a new PIN; returns the +CME ERROR that it meets, or None."""
        if self._attempts or self._pin is None:
            return NOT_ALLOWED
        if not self._puk_attempts:
            return SIM_FAILURE
        if not (new_pin.isdecimal() and 4 <= len(new_pin) <= 8):
            return INCORRECT_PARAMETERS
        if puk != PUK:
            self._puk_attempts -= 1
            return INCORRECT_PASSWORD
        self._pin, self._open = new_pin, True
        self._attempts, self._puk_attempts = ATTEMPTS, PUK_ATTEMPTS
        return None

    def require_inserted(self, family: Family) -> None:
        if not self.inserted:
            raise Refusal(family, NOT_INSERTED[family])

    def require(self, family: Family) -> None:
        """Refuse the command, with an error of that family, while the SIM cannot be used."""
        self.require_inserted(family)
        if not self._open:
            raise Refusal(family, (WANTS_PIN if self._attempts else WANTS_PUK)[family])
        if self.busy:
            raise Refusal(family, BUSY[family])
