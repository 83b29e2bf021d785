"""The PIN of the SIM in a modem: entered once, and never again unless it has proved right (TS 27.007 §8.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hil.errors import PartError, PartMissing
from hil.modem.at.parser import Command
from hil.modem.at.results import SIM_BUSY, SIM_MISSING
from hil.modem.conversation import Dialogue, Pause

SIM_SECONDS = 15.0
"""How long a SIM may be busy after power-on."""

POLL_SECONDS = 0.5

READY, WANTED = "READY", "SIM PIN"

LOCKS: Mapping[str, str] = {
    WANTED: "set `pin` for the modem in the rig file (--pin for a command)",
    "SIM PUK": "three wrong PINs have blocked it: unblock it with its PUK, in a telephone",
    "PH-SIM PIN": "the modem is locked to another SIM: use that one, or the code of the modem's maker",
    "PH-NET PIN": "the modem is locked to another network: use a SIM of that one",
    "SIM PIN2": "only its second PIN is asked for: no SMS needs that; switch the modem off and on",
}
"""What to do about a SIM that AT+CPIN? does not call READY."""

ATTEMPTS: Mapping[str, re.Pattern[str]] = {
    'AT+CPINR="SIM PIN"': re.compile(r'\+CPINR:\s*"?SIM PIN"?\s*,\s*(\d{1,2})'),  # TS 27.007 §8.65
    'AT+QPINC="SC"': re.compile(r'\+QPINC:\s*"SC"\s*,\s*(\d{1,2})'),  # Quectel
    "AT+SPIC": re.compile(r"\+SPIC:\s*(\d{1,2})"),  # SIMCom
    "AT^SPIC": re.compile(r"\^SPIC:\s*(\d{1,2})"),  # Cinterion, Siemens
    "AT^CPIN?": re.compile(r"\^CPIN:\s*SIM PIN\s*,\s*(\d{1,2})"),  # Huawei
    "AT#PCT": re.compile(r"#PCT:\s*(\d{1,2})"),  # Telit
    "AT+UPINCNT": re.compile(r"\+UPINCNT:\s*(\d{1,2})"),  # u-blox
    "AT+CPINC?": re.compile(r"\+CPINC:\s*(\d{1,2})"),  # Wavecom
}
"""How modems are asked how many attempts at the PIN are left, and where it stands in the answer."""


class Pin:
    def __init__(self, value: str | None) -> None:
        self.value = value
        self._proved: bool | None = None
        """Whether it is right; None until it has been tried."""

    @property
    def usable(self) -> bool:
        """Whether it may be tried: it has not been, or it was right before the modem restarted."""
        return self.value is not None and self._proved is not False

    def unlock(self, *, restarted: bool = False) -> Dialogue[None]:
        """Until the SIM is ready. Raises `PartMissing` when it cannot be, `PartError` when the PIN is wrong.

        ``restarted``: a modem that has just started says for a while that it has no SIM, and had one before.
        """
        entered = False
        waited = 0.0
        while True:
            answer = yield Command("AT+CPIN?")
            state = (answer.value() or "").strip('"') if answer else ""
            if state == READY:
                return
            if state == WANTED and self.usable and not entered:
                yield from self._enter()
                entered = True
                continue
            busy = answer is not None and answer.final.number in (
                SIM_BUSY + SIM_MISSING if restarted else SIM_BUSY
            )
            if waited < SIM_SECONDS and (busy or (state == WANTED and entered)):
                yield Pause(POLL_SECONDS)
                waited += POLL_SECONDS
                continue
            if state == WANTED:
                raise PartMissing("the modem's SIM asks for its PIN", hint=LOCKS[WANTED])
            seen = state or (str(answer.final) if answer else "no answer")
            raise PartMissing(
                f"the modem's SIM is not ready: {seen}",
                hint=LOCKS.get(state, "is a SIM in the modem, and unlocked?"),
            )

    def _enter(self) -> Dialogue[None]:
        left = yield from attempts_left()
        if left is not None and left <= 1 and self._proved is None:
            raise PartError(
                f"the modem's SIM allows only {left} more attempt at its PIN: it was not tried",
                hint="enter the right PIN in a telephone: that gives all attempts back",
            )
        # Whatever becomes of it, once is enough: a wrong PIN three times blocks the SIM.
        self._proved = self._proved or False
        entered = yield Command(f'AT+CPIN="{self.value}"')
        if entered is None or not entered.ok:
            why = str(entered.final) if entered else "no answer"
            left = yield from attempts_left()
            more = "" if left is None else f"; {left} attempt{'' if left == 1 else 's'} left"
            self._proved = False
            raise PartError(
                f"the modem refused the PIN of its SIM: {why}{more}",
                hint="check `pin` in the rig file; it is not tried again",
            )
        self._proved = True


def attempts_left() -> Dialogue[int | None]:
    """How many attempts at the PIN are left; None when the modem does not tell."""
    for text, pattern in ATTEMPTS.items():
        answer = yield Command(text)
        found = pattern.search("\n".join(answer.lines)) if answer and answer.ok else None
        if found:
            return int(found[1])
    return None
