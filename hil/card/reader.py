"""The card seam: what every reader, real or virtual, can do.

Card drivers (reading a bootstrap, dumping a card) lie above this contract and run unchanged on all readers.
"""

from __future__ import annotations

from typing import Protocol


class Reader(Protocol):
    """One slot with, perhaps, one card in it."""

    name: str

    def connect(self) -> bytes:
        """Power the card up and return its ATR; empty where what carries the commands keeps it to itself.

        Raises `PartMissing` when there is no card, reader, pcscd or PC/SC library (and says which).
        """
        ...

    def reset(self) -> bytes:
        """Warm-reset the card: all channels closed, no PIN verified. Returns the ATR."""
        ...

    def transmit(self, apdu: bytes) -> bytes:
        """Carry one C-APDU to the card and return its R-APDU (data and two status bytes), unchanged.

        61xx, 6Cxx and 9Fxx reach the caller as they are. Raises `PartBroke` when the card or reader goes away,
        and `CannotDo` for a command that this reader can never carry.
        """
        ...

    def disconnect(self) -> None:
        """Let go of the card. Never raises; may be called twice."""
        ...
