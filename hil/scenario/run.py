"""What a step works with while a scenario runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from hil.bench import Bench
from hil.errors import ExpectationFailed
from hil.fields import show_duration

P = TypeVar("P")


@dataclass(slots=True)
class Run:
    bench: Bench
    patience: timedelta
    """How long an expectation waits, in the scenario's time, when it does not say."""
    marks: dict[str, int] = field(default_factory=dict)
    """How far each expectation has read in its log, by the log's name: the next one looks behind it."""

    at_end: dict[str, Callable[[], str]] = field(default_factory=dict)
    """What there is to note of a run that has passed, each under a name; an empty text is nothing. A step leaves
    here what it cannot tell yet: that something is expected and never looked at, say."""

    def part(self, role: str, contract: type[P]) -> P:
        return self.bench.part(role, contract)

    def expect(self, condition: Callable[[], bool], failure: Callable[[], str], within: timedelta | None) -> None:
        """Let time pass until ``condition`` holds; else raise `ExpectationFailed` with ``failure()``."""
        __tracebackhide__ = True  # with pytest, a test that waits is where it failed
        deadline = self.bench.now() + (self.patience if within is None else within)
        if not self.bench.scheduler.run_until(condition, deadline, failure):
            raise ExpectationFailed(failure())

    def pass_time(self, length: timedelta) -> None:
        self.bench.scheduler.run_until(lambda: False, self.bench.now() + length)

    def check_not_before(self, length: timedelta | None, began: datetime) -> None:
        """Raise `ExpectationFailed` when less time than that has passed."""
        passed = self.bench.now() - began
        if length is not None and passed < length:
            shown = f"not before {show_duration(length)} was expected"
            raise ExpectationFailed(f"it held after {show_duration(passed)}, and {shown}")
