"""What steps and other parts ask of a card, by capability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hil.card.reader import Reader


class Readable(Protocol):
    """Every card."""

    def reader(self) -> Reader: ...


class Insertable(Protocol):
    def insert(self, image: str, *, changes: Mapping[str, object]) -> None:
        """Put the card of an image in, with fields of the image changed."""
        ...


class Removable(Protocol):
    def remove(self) -> None: ...


CAPABILITIES: dict[str, type] = {"card.insert": Insertable, "card.remove": Removable}
