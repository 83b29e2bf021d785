"""What becomes of a message between the service centre and the modem: delayed, lost, doubled, overtaken."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from hil.errors import UsageError

OVERTAKEN = timedelta(seconds=5)
"""A message that is to be overtaken waits for the next one, but no longer than this."""

MAX_UNDER_WAY = 10_000


@dataclass(frozen=True, slots=True)
class Conditions:
    """Chances are 0 to 1, for each message by itself; the same seed gives the same fate."""

    delay: timedelta = timedelta(0)
    jitter: timedelta = timedelta(0)
    """Up to so much is added to the delay."""
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    seed: int = 1


class Transit:
    """It reads no clock: whoever does calls `tick` in time."""

    def __init__(self, conditions: Conditions, arrive: Callable[[bytes], None]) -> None:
        self._arrive = arrive
        self.change(conditions)
        self._under_way: list[tuple[datetime, int, bytes]] = []
        self._order = itertools.count()
        self._held: tuple[int, bytes] | None = None
        """The message that waits to be overtaken, by its number among those under way."""
        self.lost = 0

    def change(self, conditions: Conditions) -> None:
        """For messages that set out from now on."""
        self._conditions = conditions
        self._random = Random(conditions.seed)

    @property
    def deadline(self) -> datetime | None:
        return self._under_way[0][0] if self._under_way else None

    @property
    def waiting(self) -> int:
        return len(self._under_way)

    def send(self, tpdu: bytes, now: datetime, later: timedelta = timedelta(0)) -> None:
        """A message sets out, now or later. Raises `UsageError` when too many are under way."""
        if len(self._under_way) >= MAX_UNDER_WAY:
            raise UsageError(f"{MAX_UNDER_WAY} messages are on their way to the modem already")
        set_, random = self._conditions, self._random
        # every message draws the same numbers, so that one setting does not change what another does
        lost, doubled, overtaken, jitter = (random.random() for _ in range(4))
        if lost < set_.loss:
            self.lost += 1
            return
        due = now + later + set_.delay + set_.jitter * jitter
        held, self._held = self._held, None
        if held is None and overtaken < set_.reorder:
            number = self._put(due + OVERTAKEN, tpdu)
            self._held = number, tpdu
        else:
            self._put(due, tpdu)
            if held is not None:
                self._release(held, due)
        if doubled < set_.duplicate:
            self._put(due, tpdu)
        self.tick(now)

    def tick(self, now: datetime) -> None:
        while self._under_way and self._under_way[0][0] <= now:
            _, number, tpdu = heapq.heappop(self._under_way)
            if self._held is not None and self._held[0] == number:
                self._held = None
            self._arrive(tpdu)

    def _put(self, due: datetime, tpdu: bytes) -> int:
        number = next(self._order)
        heapq.heappush(self._under_way, (due, number, tpdu))
        return number

    def _release(self, held: tuple[int, bytes], due: datetime) -> None:
        """The message that was held has been overtaken: it comes right after the one that did it."""
        number, tpdu = held
        self._under_way = [entry for entry in self._under_way if entry[1] != number]
        heapq.heapify(self._under_way)
        self._put(due, tpdu)
