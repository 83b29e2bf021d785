"""``wait: 2 days``: let the scenario's time pass."""

from __future__ import annotations

from datetime import timedelta

from hil.fields import Duration, show_duration
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class Wait(StepModel):
    """Let the scenario's time pass; what falls due meanwhile happens."""

    short = "duration"
    duration: Duration

    def waits(self) -> timedelta:
        return self.duration

    def describe(self) -> str:
        return show_duration(self.duration)


@step("wait", Wait)
def wait(run: Run, wanted: Wait) -> None:
    run.pass_time(wanted.duration)
