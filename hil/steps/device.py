"""``device.power_on``, ``.power_off``, ``.power_cycle``, ``.connect``, ``.abort``: a user at the device."""

from __future__ import annotations

from pydantic import Field

from hil.device.contract import Aborting, Connecting, Cycled, Powered
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class PowerOn(StepModel):
    """Switch the device on: it reads its card, applies the bootstrap and opens a session with a new server."""

    needs = frozenset({"device.power"})


@step("device.power_on", PowerOn)
def power_on(run: Run, wanted: PowerOn) -> None:
    run.part("device", Powered).power_on()


class PowerOff(StepModel):
    """Switch the device off, in the middle of whatever it does."""

    needs = frozenset({"device.power"})


@step("device.power_off", PowerOff)
def power_off(run: Run, wanted: PowerOff) -> None:
    run.part("device", Powered).power_off()


class PowerCycle(StepModel):
    """Switch the device off, in the middle of whatever it does, and on again."""

    needs = frozenset({"device.power_cycle"})


@step("device.power_cycle", PowerCycle)
def power_cycle(run: Run, wanted: PowerCycle) -> None:
    run.part("device", Cycled).power_cycle()


class Connect(StepModel):
    """Open a session of the device's own accord (Alert 1201)."""

    short = "server"
    needs = frozenset({"device.connect"})
    server: str | None = None
    """The ServerID of the account; not needed when there is just one."""


@step("device.connect", Connect)
def connect(run: Run, wanted: Connect) -> None:
    run.part("device", Connecting).connect(wanted.server)


class Abort(StepModel):
    """In the next session the user cancels: instead of an answer the device sends Alert 1223."""

    short = "at"
    needs = frozenset({"device.abort"})

    at: int = Field(default=1, ge=1)
    """To which message of the server."""


@step("device.abort", Abort)
def abort(run: Run, wanted: Abort) -> None:
    run.part("device", Aborting).abort(wanted.at)
