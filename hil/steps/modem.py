"""``modem.unplug``, ``modem.fault``, ``modem.network`` and what ends them: what goes wrong before the device."""

from __future__ import annotations

from hil.modem.contract import Faulty, Pluggable, Unruly
from hil.modem.settings import FaultSettings, NetworkSettings
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class Unplug(StepModel):
    """Pull the modem's cable: the serial port vanishes. The run ends with that, unless it is plugged in
    again within the rig's ``back_within``."""

    needs = frozenset({"modem.unplug"})


@step("modem.unplug", Unplug)
def unplug(run: Run, wanted: Unplug) -> None:
    run.part("modem", Pluggable).unplug()


class Plug(StepModel):
    """Plug the modem in again: it starts, and has forgotten its settings."""

    needs = frozenset({"modem.unplug"})


@step("modem.plug", Plug)
def plug(run: Run, wanted: Plug) -> None:
    run.part("modem", Pluggable).plug()


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


class Network(NetworkSettings, StepModel):
    """What becomes of messages on their way to the modem, from now on: without a word, nothing any more."""

    needs = frozenset({"modem.network"})


@step("modem.network", Network)
def network(run: Run, wanted: Network) -> None:
    run.part("modem", Unruly).change_network(wanted)
