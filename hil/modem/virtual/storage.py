"""The memory for messages on the SIM (TS 27.005 §3.1: <index>, <stat>)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum


class Stat(IntEnum):
    UNREAD = 0
    READ = 1
    UNSENT = 2
    SENT = 3


ALL = 4

DELETED_BY_FLAG = {
    1: (Stat.READ,),
    2: (Stat.READ, Stat.SENT),
    3: (Stat.READ, Stat.SENT, Stat.UNSENT),
    4: tuple(Stat),
}
"""<delflag> of +CMGD (§3.5.4); flag 0 deletes the one at the index."""


@dataclass(slots=True)
class Stored:
    tpdu: bytes
    stat: Stat


class Storage:
    """Slots numbered from 1."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._messages: dict[int, Stored] = {}

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def full(self) -> bool:
        return len(self._messages) >= self.slots

    def add(self, tpdu: bytes, stat: Stat) -> int | None:
        """Store in the first free slot; returns its index, or None when there is none."""
        index = next((n for n in range(1, self.slots + 1) if n not in self._messages), None)
        if index is not None:
            self._messages[index] = Stored(tpdu, stat)
        return index

    def get(self, index: int) -> Stored | None:
        return self._messages.get(index)

    def delete(self, index: int) -> None:
        self._messages.pop(index, None)

    def delete_by_flag(self, flag: int) -> None:
        for index, message in list(self._messages.items()):
            if message.stat in DELETED_BY_FLAG[flag]:
                del self._messages[index]

    def listing(self, stat: int) -> Iterator[tuple[int, Stored]]:
        for index, message in sorted(self._messages.items()):
            if stat in (message.stat, ALL):
                yield index, message
