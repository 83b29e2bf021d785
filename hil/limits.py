"""How long things may take: limits within limits, of which the nearest counts.

A limit is a length of the scenario's time: the ``timeout`` of a run, of a phase, of a step. The scheduler lets no
time pass beyond it. Whatever waits outside of the scheduler (for a server's answer, for a card, for a modem) asks
here how long it may, and when that was in vain, whether a limit is why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from hil.clock import Clock, WallClock
from hil.errors import ExpectationFailed
from hil.fields import show_duration

A_MOMENT = 0.001
"""Real seconds that a wait goes beyond its limit, which has then been passed for certain."""

GRACE = timedelta(seconds=2)
"""What giving back may take, whatever the limits."""


@dataclass(frozen=True, slots=True)
class Limit:
    what: str
    """``the phase 'Bootstrap'``."""
    length: timedelta
    until: datetime


class TimedOut(ExpectationFailed):
    """A limit was reached."""

    def __init__(self, limit: Limit, seen: str = "") -> None:
        message = f"time-out: {limit.what} may take {show_duration(limit.length)}, and that time is over"
        super().__init__(f"{message}: {seen}" if seen else message)


class Limits:
    """Those that count now. To be asked in any thread, set in the scheduler's alone."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or WallClock()
        self._all: tuple[Limit, ...] = ()

    @contextmanager
    def limited(self, what: str, length: timedelta | None) -> Iterator[None]:
        """Within ``length`` of the scenario's time, if it is any."""
        before = self._all
        if length is not None:
            self._all = (*before, Limit(what, length, self._clock.now() + length))
        try:
            yield
        finally:
            self._all = before

    @contextmanager
    def unlimited(self) -> Iterator[None]:
        """As if there were no limits: for what is to be done in any case."""
        before, self._all = self._all, ()
        try:
            yield
        finally:
            self._all = before

    @contextmanager
    def ending(self) -> Iterator[None]:
        """For what gives back what was taken, which no limit forbids: behind one and just before it, there is
        a time of its own for that."""
        if self.before(self._clock.now() + GRACE) is None:
            yield
            return
        with self.unlimited(), self.limited("what is given back", GRACE):
            yield

    @property
    def nearest(self) -> Limit | None:
        return min(self._all, key=lambda limit: limit.until, default=None)

    def before(self, when: datetime) -> Limit | None:
        """The limit that is reached before ``when``."""
        nearest = self.nearest
        return nearest if nearest is not None and nearest.until < when else None

    def seconds(self, own: float) -> float:
        """How long one may wait in real time who would wait for ``own`` seconds.

        A clock that stands still meanwhile comes to no limit.
        """
        nearest = self.nearest
        if nearest is None or not self._clock.runs:
            return own
        return min(own, self._clock.real_seconds_until(nearest.until) + A_MOMENT)

    @property
    def reached(self) -> bool:
        """Whether trying once more would be of no use."""
        return any(self._clock.now() >= limit.until for limit in self._all)

    @property
    def passed(self) -> Limit | None:
        """The one that has been passed; of several the first."""
        return self.before(self._clock.now())

    def check(self, seen: str = "") -> None:
        """Raise `TimedOut` when a limit has been passed. ``seen``: what was waited for."""
        passed = self.passed
        if passed is not None:
            raise TimedOut(passed, seen)
