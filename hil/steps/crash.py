"""``device.crash``: the device loses its power."""

from __future__ import annotations

from pydantic import Field

from hil.device.contract import Crashing
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class Crash(StepModel):
    """Take the device's power away, in the midst of whatever it does: only what its state file keeps is left.
    `device.power_on` starts it again."""

    short = "after_changes"
    needs = frozenset({"device.crash"})
    needs_with = {"after_changes": "device.state"}  # noqa: RUF012 - pydantic's fields are instances', not the class's

    after_changes: int = Field(default=0, ge=0)
    """Not now, but right after so many changes more were kept: a bootstrap, a session that opens, a command that
    changed something (with nonces that are new) are one change each. Nobody hears of the last one: its answer
    is not sent."""


@step("device.crash", Crash)
def crash(run: Run, wanted: Crash) -> None:
    run.part("device", Crashing).crash(wanted.after_changes)
