"""``device.event``: something happens to the device that its model knows."""

from __future__ import annotations

from hil.device.contract import Eventful
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class Event(StepModel):
    """Let something happen to the device: a word of its model's (`on:` of a node), or of one of its objects."""

    short = "name"
    needs = frozenset({"device.event"})

    name: str


@step("device.event", Event)
def event(run: Run, wanted: Event) -> None:
    run.part("device", Eventful).happen(wanted.name)
