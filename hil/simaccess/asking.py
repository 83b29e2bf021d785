"""Asking a modem about its SIM: who is asked, and what refusals mean for a card."""

from __future__ import annotations

import time
from typing import Protocol

from hil.errors import CannotDo, CardGone, NoCard, PartBroke, PartError, PartMissing
from hil.modem.at.parser import Command, Response
from hil.modem.at.results import FinalResult
from hil.modem.at.values import split_values
from hil.modem.conversation import Asks

SECONDS = 30.0
"""How long a card may take for one command."""

BUSY = (14, 515)
BUSY_ATTEMPTS, BUSY_SECONDS = 10, 0.5
NOT_INSERTED = 10
GONE = {13: "the SIM has failed", 15: "the modem calls the SIM wrong", 22: "what was opened is not there any more"}
LOCKED = {11: "its PIN", 12: "its PUK", 17: "its PIN2", 18: "its PUK2"}
NOT_FOUND, MEMORY_FULL = 22, 20


class Source(Protocol):
    """Where the modem comes from, again for each connection to its SIM."""

    def open(self) -> Asks:
        """Raises `PartMissing` and `PartBroke`."""
        ...

    def close(self) -> None:
        """Never raises; may be called twice."""
        ...


class Refused(Exception):
    """The modem, not the card, said no."""

    def __init__(self, command: str, final: FinalResult) -> None:
        super().__init__(f"{command}: {final}")
        self.command = command
        self.final = final

    @property
    def code(self) -> int | None:
        """Of +CME ERROR; None for a plain ERROR."""
        return self.final.code if self.final.family == "CME" else None

    def error(self, *, connecting: bool) -> PartError:
        """What it means for the card behind the modem."""
        if self.code == NOT_INSERTED:
            hint = "insert one"
            if connecting:
                return NoCard("there is no card in the modem", hint=hint)
            return CardGone("the card was removed from the modem while it was in use", hint="insert it again")
        if self.code in GONE:
            return CardGone(f"{GONE[self.code]}: {self}", hint="is the card seated well? Restart the modem")
        if self.code in LOCKED:
            return PartMissing(
                f"the modem asks for {LOCKED[self.code]} before it lets anybody at its SIM",
                hint='set `pin` for the modem in the rig file, or enter it: AT+CPIN="..."',
            )
        return CannotDo(
            f"the modem does not carry this to its SIM ({self})",
            hint="modems differ: try another way (by: csim, cgla or crsm), or put the SIM into a card reader",
        )


class SimPort:
    """Commands about the SIM, answered or refused."""

    def __init__(self, modem: Asks) -> None:
        self._modem = modem
        self._quotes = True

    def ask(self, text: str) -> Response:
        """The answer. Raises `Refused`, and `PartBroke` when there is none.

        A SIM that is busy is asked again. A modem that takes no quotes gets none from then on.
        """
        response = self._ask(text)
        for _ in range(BUSY_ATTEMPTS):
            if response.ok or response.final.code not in BUSY:
                break
            time.sleep(BUSY_SECONDS)
            response = self._ask(text)
        if not response.ok and self._quotes and '"' in text and response.final.code in (None, 50):
            self._quotes = False
            plain = self._ask(text)
            if plain.ok:
                return plain
            self._quotes = True
        if not response.ok:
            raise Refused(text.partition("=")[0], response.final)
        return response

    def carry(self, text: str) -> bytes:
        """A command whose answer is an R-APDU: ``+CSIM: 4,"9000"``, with or without quotes and length."""
        response = self.ask(text)
        said = response.value() or ""
        digits = split_values(said)[-1].replace(" ", "") if said else ""
        try:
            answer = bytes.fromhex(digits)
        except ValueError:
            answer = b""
        if len(answer) < 2:
            shown = (response.lines[0] if response.lines else "nothing")[:60]
            raise PartBroke(f"the modem gave no card's answer to {text.partition('=')[0]}, but {shown!r}")
        return answer

    def power_cycle(self) -> None:
        """The SIM down and up again, the one reset that a modem offers (TS 27.007 §8.2). Raises `Refused`."""
        self.ask("AT+CFUN=0")
        self.ask("AT+CFUN=1")

    def _ask(self, text: str) -> Response:
        shown = text if self._quotes else text.replace('"', "")
        response = self._modem.ask(Command(shown, timeout=SECONDS))
        if response is None:
            raise PartBroke(
                f"the modem did not answer to {shown.partition('=')[0]} within {SECONDS:g} s",
                hint="is it still on? Restart it",
            )
        return response
