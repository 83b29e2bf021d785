"""What the modem does later, by itself. It reads no clock: whoever does calls in time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime


class Timers:
    def __init__(self) -> None:
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()

    @property
    def deadline(self) -> datetime | None:
        """When the next action is due."""
        return self._due[0][0] if self._due else None

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._order), action))

    def run(self, now: datetime) -> None:
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2]()

    def forget(self) -> None:
        self._due.clear()
