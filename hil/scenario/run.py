"""What a step works with while a scenario runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from hil.bench import Bench
from hil.errors import ExpectationFailed

P = TypeVar("P")


@dataclass(slots=True)
class Run:
    bench: Bench
    patience: timedelta
    """How long an expectation waits, in the scenario's time, when it does not say."""
    marks: dict[str, int] = field(default_factory=dict)
    """How far each expectation has read in its log, by the log's name: the next one looks behind it."""

    def part(self, role: str, contract: type[P]) -> P:
        return self.bench.part(role, contract)

    def expect(self, condition: Callable[[], bool], failure: Callable[[], str], within: timedelta | None) -> None:
        """Let time pass until ``condition`` holds; else raise `ExpectationFailed` with ``failure()``."""
        clock = self.bench.scheduler.clock
        deadline = clock.now() + (self.patience if within is None else within)
        if not self.bench.scheduler.run_until(condition, deadline):
            raise ExpectationFailed(failure())

    def pass_time(self, length: timedelta) -> None:
        scheduler = self.bench.scheduler
        scheduler.run_until(lambda: False, scheduler.clock.now() + length)
