"""``card.insert``, ``card.remove``: what a hand does to the card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from hil.card.contract import Insertable, Removable
from hil.card.entry import BootstrapEntry, listed
from hil.card.explicit import PinEntry
from hil.card.image import Faults, ImageName, Layout, load_image
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step

CHANGES = ("pins", "bootstrap", "layout", "faults")
"""What a step may say instead of the image."""


def _listed(value: object) -> object:
    return None if value is None else listed(value)


class CardInsert(StepModel):
    """Put the card of an image into the reader, in place of the one that is there."""

    short = "image"
    needs = frozenset({"card.insert"})
    needs_with = dict.fromkeys(CHANGES, "card.image")
    image: ImageName
    """A card image: a file beside the scenario, or a name in ``fixtures/cards``."""
    pins: tuple[PinEntry, ...] | None = None
    """Instead of the image's own PINs."""
    bootstrap: Annotated[tuple[BootstrapEntry, ...] | None, BeforeValidator(_listed)] = None
    """Instead of the image's own bootstrap messages."""
    layout: Layout | None = None
    """Instead of the image's own layout."""
    faults: Faults | None = None
    """Instead of the image's own faults."""

    def describe(self) -> str:
        """PINs and accounts have secrets in them."""
        hidden = {"pins", "bootstrap"} & self.model_fields_set
        shown = type(self).model_construct(self.model_fields_set - hidden, **dict(self))
        return ", ".join([super(CardInsert, shown).describe(), *(f"{name} of its own" for name in sorted(hidden))])

    def look_up(self, folder: Path) -> None:
        load_image(self.image, beside=folder)


@step("card.insert", CardInsert)
def insert(run: Run, wanted: CardInsert) -> None:
    changes = {name: value for name in CHANGES if (value := getattr(wanted, name)) is not None}
    run.part("card", Insertable).insert(wanted.image, changes=changes)


class CardRemove(StepModel):
    """Pull the card out."""

    needs = frozenset({"card.remove"})


@step("card.remove", CardRemove)
def remove(run: Run, wanted: CardRemove) -> None:
    run.part("card", Removable).remove()
