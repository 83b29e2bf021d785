"""A reader whose slot takes virtual cards: the hand that puts them in and pulls them out."""

from __future__ import annotations

from typing import Protocol

from hil.card.reader import Reader
from hil.card.uicc.card import Uicc


class Slot(Reader, Protocol):
    def check(self) -> None:
        """Whether the slot is there, with a card or without. Raises `PartMissing`."""
        ...

    def insert(self, card: Uicc) -> None:
        """Put a card in; returns when readers see it. Raises `PartMissing` or `PartBroke`."""
        ...

    def remove(self) -> None:
        """Pull the card out; returns when readers see none. Nothing happens when there is none."""
        ...

    def let_go(self) -> None:
        """Pull the card out, without looking. Never raises; may be called twice."""
        ...
