"""``modem.unplug``: what a hand does to the modem's cable."""

from __future__ import annotations

from hil.modem.contract import Pluggable
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class Unplug(StepModel):
    """Pull the modem's cable: the serial port vanishes."""

    needs = frozenset({"modem.unplug"})


@step("modem.unplug", Unplug)
def unplug(run: Run, wanted: Unplug) -> None:
    run.part("modem", Pluggable).unplug()
