"""``modem.unplug``, ``modem.fault``, ``modem.repair``: what a hand does to the cable, and what goes wrong."""

from __future__ import annotations

from hil.modem.contract import Faulty, Pluggable
from hil.modem.settings import FaultSettings
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class Unplug(StepModel):
    """Pull the modem's cable: the serial port vanishes."""

    needs = frozenset({"modem.unplug"})


@step("modem.unplug", Unplug)
def unplug(run: Run, wanted: Unplug) -> None:
    run.part("modem", Pluggable).unplug()


class ModemFault(FaultSettings, StepModel):
    """Something goes wrong with the modem, from now on."""

    short = "kind"
    needs = frozenset({"modem.fault"})


@step("modem.fault", ModemFault)
def fault(run: Run, wanted: ModemFault) -> None:
    run.part("modem", Faulty).fault(wanted.fault())


class Repair(StepModel):
    """All that is wrong with the modem ends."""

    needs = frozenset({"modem.fault"})


@step("modem.repair", Repair)
def repair(run: Run, wanted: Repair) -> None:
    run.part("modem", Faulty).repair()
