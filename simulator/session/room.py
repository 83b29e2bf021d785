"""How much a client collects for a server before it has sent any of it.

A short Get may ask for much, and for the same again and again; a server that names no MaxMsgSize, or a small one,
bounds nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.session.plain import length
from simulator.syncml.message import Item

AROUND = 64
"""Octets that count for an Item besides its address and its Data: about what its elements take in XML."""

PATIENCE = 8
"""After so many Items of one message that found no room, those that follow are not looked up: that takes time."""


@dataclass(slots=True)
class Room:
    """The octets of results that may wait to be sent."""

    limit: int | None = None
    """None: any number."""
    taken: int = 0
    refused: int = 0
    """How often something was looked up in vain while one message was executed."""

    @property
    def closed(self) -> bool:
        """Nothing is even looked up any more."""
        return self.limit is not None and (self.taken >= self.limit or self.refused >= PATIENCE)

    def take(self, results: list[Item]) -> bool:
        """Whether they find room; then it is theirs."""
        octets = sum(map(weight, results))
        if self.limit is not None and self.taken + octets > self.limit:
            self.refused += 1
            return False
        self.taken += octets
        return True


def weight(item: Item) -> int:
    """The octets that an Item of Results counts for."""
    return AROUND + length(item.data) + (len(item.source.loc_uri) if item.source is not None else 0)
