"""Acknowledging messages that came directly, in the way that this modem takes (TS 27.005 §3.4.4).

A modem that is owed an acknowledgement and gets none ends direct delivery; one that wants none answers with an
error. What a modem takes is found out with the first messages, unless its family is known.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from hil.modem.at.parser import Command, Response
from hil.modem.at.results import NOT_EXPECTED
from hil.modem.commandqueue import Then
from hil.modem.setup import ACKNOWLEDGEMENTS, Ready

ENOUGH = 2
"""Refusals, and never a success, after which no more is sent."""


class Send(Protocol):
    def __call__(self, command: Command, then: Then | None = None, *, urgent: bool = False) -> None: ...


class Acknowledger:
    def __init__(self, send: Send, note: Callable[[str], object]) -> None:
        self._send = send
        self._note = note
        self._ready = Ready()
        self._form = ACKNOWLEDGEMENTS[0]
        self._taken = False
        """This modem has taken an acknowledgement."""
        self._refused = 0

    def use(self, ready: Ready) -> None:
        """The modem has been set up, perhaps again."""
        self._ready = ready

    def message_came(self) -> None:
        if self._ready.acknowledge:
            self._acknowledge(self._form)

    def _acknowledge(self, form: str) -> None:
        self._send(Command(form), partial(self._answered, form), urgent=True)

    def _answered(self, form: str, response: Response | None) -> None:
        if response is None:
            return
        if response.ok:
            self._form, self._taken = form, True
            return
        self._note(f"the modem refused {form}: {response.final}")
        after = ACKNOWLEDGEMENTS[ACKNOWLEDGEMENTS.index(form) + 1 :]
        if after and not self._taken and response.final.number != NOT_EXPECTED:
            self._acknowledge(after[0])
            return
        self._refused += 1
        if self._refused >= ENOUGH and not self._taken:
            self._ready.acknowledge = False
            self._note("the modem wants no acknowledgement of messages: none is sent any more")
        # It may have waited too long, and have ended direct delivery.
        self._send(Command(f"AT+CNMI={self._ready.indications}"))
