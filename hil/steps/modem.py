"""``modem.unplug``: what a hand does to the modem's cable."""

from __future__ import annotations

from typing import Protocol

from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class Plug(Protocol):
    def unplug(self) -> None: ...


class Unplug(StepModel):
    """Pull the modem's cable: the serial port vanishes."""

    needs = frozenset({"modem.unplug"})


@step("modem.unplug", Unplug)
def unplug(run: Run, wanted: Unplug) -> None:
    run.part("modem", Plug).unplug()
