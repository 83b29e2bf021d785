"""Time in a run: one clock, and two ways for it to pass.

`JumpingClock` stands still until the scheduler moves it: a scenario's two days take no time, and a run shows
the same time stamps every time. `WallClock` is the real thing, for rigs with a part that cannot jump.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""Where a jumping clock starts when the scenario does not say."""


class Clock(Protocol):
    runs: bool
    """Whether it goes on by itself: its time is real."""

    def now(self) -> datetime: ...

    def real_seconds_until(self, when: datetime) -> float:
        """How long a thread has to wait, in real seconds, for the clock to show ``when`` by itself."""
        ...

    def reach(self, when: datetime) -> None:
        """All parts are quiet and nothing is due before ``when``: show it."""
        ...


class JumpingClock:
    runs = False

    def __init__(self, start: datetime = EPOCH) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def real_seconds_until(self, when: datetime) -> float:
        return 0.0

    def reach(self, when: datetime) -> None:
        self._now = max(self._now, when)


class WallClock:
    """Monotonic: the wall's time is read once, at the start."""

    runs = True

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._zero = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._zero)

    def real_seconds_until(self, when: datetime) -> float:
        return max(0.0, (when - self.now()).total_seconds())

    def reach(self, when: datetime) -> None:
        """Real time has passed already."""
