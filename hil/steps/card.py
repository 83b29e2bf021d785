"""``card.insert``, ``card.remove``: what a hand does to the card."""

from __future__ import annotations

from typing import Protocol

from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class Slot(Protocol):
    def insert(self, image: str) -> None: ...

    def remove(self) -> None: ...


class CardInsert(StepModel):
    short = "image"
    needs = frozenset({"card.insert"})
    image: str
    """A card image: a file beside the scenario, or a name in ``fixtures/cards``."""


@step("card.insert", CardInsert)
def insert(run: Run, wanted: CardInsert) -> None:
    run.part("card", Slot).insert(wanted.image)


class CardRemove(StepModel):
    needs = frozenset({"card.remove"})


@step("card.remove", CardRemove)
def remove(run: Run, wanted: CardRemove) -> None:
    run.part("card", Slot).remove()
