"""``device.card``: how the device treats the card in it (DM Bootstrap §5.5.6)."""

from __future__ import annotations

from hil.device.card import CardHabits
from hil.device.contract import WithCard
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class DeviceCard(StepModel, CardHabits):
    """How the device treats the card in it, from the next power-on: SIM lock, PIN. What is not said is as if
    nothing had ever been said."""

    needs = frozenset({"device.card"})


@step("device.card", DeviceCard)
def device_card(run: Run, wanted: DeviceCard) -> None:
    run.part("device", WithCard).card_habits(wanted)
