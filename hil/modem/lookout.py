"""Looking now and then whether a modem still knows its settings: some restart without a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from hil.modem.conversation import Dialogue
from hil.modem.setup import forgotten
from hil.scheduler import Scheduler

ENOUGH_LOOKS = 3
"""A modem that never shows what it was told is not set up again for it more often, one after the other."""


class Driven(Protocol):
    """The driver, as it is looked after."""

    @property
    def over(self) -> bool:
        """Nothing is to be asked any more."""
        ...

    @property
    def at_rest(self) -> bool:
        """The modem is there, and nothing is being asked."""
        ...

    @property
    def indications(self) -> str:
        """What +CNMI was told."""
        ...

    def play(self, dialogue: Dialogue[bool], then: Callable[[bool | None], None]) -> None: ...

    def restarted(self, why: str) -> None: ...


class Lookout:
    def __init__(self, driven: Driven, scheduler: Scheduler, every: timedelta) -> None:
        """``every`` so often; 0: never."""
        self._driven = driven
        self._scheduler = scheduler
        self._every = every
        self._in_vain = 0

    def begin(self) -> None:
        if self._every:
            self._scheduler.call_later(self._every, self._look)

    def _look(self) -> None:
        if self._driven.over:
            return
        if self._driven.at_rest:
            self._driven.play(forgotten(self._driven.indications), self._looked)
        self.begin()

    def _looked(self, forgotten: bool | None) -> None:
        if forgotten and self._in_vain < ENOUGH_LOOKS:
            self._in_vain += 1
            self._driven.restarted("the modem has forgotten its settings")
        elif forgotten is False:
            self._in_vain = 0
