"""What a step works with while a scenario runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from hil.bench import Bench
from hil.errors import ExpectationFailed
from hil.fields import show_duration

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take, in the scenario's time."""

    what: str
    """``the phase 'Bootstrap'``."""
    length: timedelta
    until: datetime


class TimedOut(ExpectationFailed):
    """A limit was reached."""

    def __init__(self, limit: Limit, seen: str = "") -> None:
        message = f"{limit.what} may take {show_duration(limit.length)}, and they are over"
        super().__init__(f"{message}: {seen}" if seen else message)


@dataclass(slots=True)
class Run:
    bench: Bench
    patience: timedelta
    """How long an expectation waits, in the scenario's time, when it does not say."""
    marks: dict[str, int] = field(default_factory=dict)
    """How far each expectation has read in its log, by the log's name: the next one looks behind it."""
    limits: list[Limit] = field(default_factory=list)
    """Those that count now, from the outermost."""

    def part(self, role: str, contract: type[P]) -> P:
        return self.bench.part(role, contract)

    def expect(self, condition: Callable[[], bool], failure: Callable[[], str], within: timedelta | None) -> None:
        """Let time pass until ``condition`` holds; else raise `ExpectationFailed` with ``failure()``."""
        deadline = self.bench.now() + (self.patience if within is None else within)
        limit = self._first_limit(deadline)
        if self.bench.scheduler.run_until(condition, limit.until if limit else deadline):
            return
        raise TimedOut(limit, failure()) if limit else ExpectationFailed(failure())

    def pass_time(self, length: timedelta) -> None:
        deadline = self.bench.now() + length
        limit = self._first_limit(deadline)
        self.bench.scheduler.run_until(lambda: False, limit.until if limit else deadline)
        if limit:
            raise TimedOut(limit)

    @contextmanager
    def limited(self, what: str, length: timedelta | None) -> Iterator[None]:
        """Within ``length`` of the scenario's time, if it is any."""
        if length is None:
            yield
            return
        limits = self.limits
        self.limits = [*limits, Limit(what, length, self.bench.now() + length)]
        try:
            yield
        finally:
            self.limits = limits

    @contextmanager
    def unlimited(self) -> Iterator[None]:
        """As if there were no limits: for what is to be done in any case."""
        limits, self.limits = self.limits, []
        try:
            yield
        finally:
            self.limits = limits

    def check_limits(self) -> None:
        """Raise `TimedOut` when a limit has been passed meanwhile: time also passes within a step."""
        for limit in self.limits:
            if self.bench.now() > limit.until:
                raise TimedOut(limit)

    def check_not_before(self, length: timedelta | None, began: datetime) -> None:
        """Raise `ExpectationFailed` when less time than that has passed."""
        passed = self.bench.now() - began
        if length is not None and passed < length:
            shown = f"not before {show_duration(length)} was expected"
            raise ExpectationFailed(f"it held after {show_duration(passed)}, and {shown}")

    def out_of_time(self) -> bool:
        """Whether a limit has been reached: trying once more would be of no use."""
        return any(self.bench.now() >= limit.until for limit in self.limits)

    def _first_limit(self, deadline: datetime) -> Limit | None:
        """The limit that is reached first, if it is before ``deadline``."""
        earlier = [limit for limit in self.limits if limit.until < deadline]
        return min(earlier, key=lambda limit: limit.until, default=None)
