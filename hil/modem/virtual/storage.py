"""The memories for messages (TS 27.005 §3.1: <index>, <stat>, <mem1> to <mem3>)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from hil.modem.profile.observed import values
from hil.modem.profile.told import say
from hil.modem.virtual.profile import Profile


class Stat(IntEnum):
    UNREAD = 0
    READ = 1
    UNSENT = 2
    SENT = 3


ALL = 4

NAMES = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL")
"""<stat> in text mode."""

DELETED_BY_FLAG = {
    1: (Stat.READ,),
    2: (Stat.READ, Stat.SENT),
    3: (Stat.READ, Stat.SENT, Stat.UNSENT),
    4: tuple(Stat),
}
"""<delflag> of +CMGD (§3.5.4); flag 0 deletes the one at the index."""

SIM = "SM"
REPORTS = "SR"

SAME: Mapping[str, tuple[str, ...]] = {"SM_P": ("SM",), "ME_P": ("ME",), "MT": ("ME", "SM")}
"""Names for other memories, in the order of preference. Real modems show both of ME and SM as MT."""


@dataclass(slots=True)
class Stored:
    tpdu: bytes
    stat: Stat


class Storage:
    """One memory: places numbered from ``first`` on."""

    def __init__(self, slots: int, first: int = 1) -> None:
        self.slots = slots
        self.first = first
        self.jammed = False
        """It takes nothing, whatever is in it."""
        self._messages: dict[int, Stored] = {}

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def used(self) -> int:
        """The places that count as taken."""
        return self.slots if self.jammed else len(self)

    @property
    def last(self) -> int:
        return self.first + self.slots - 1

    def add(self, tpdu: bytes, stat: Stat) -> int | None:
        """Store in the first free place; returns its index, or None when there is none."""
        places = range(self.first, self.last + 1)
        index = None if self.jammed else next((n for n in places if n not in self._messages), None)
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


class Memories:
    """All memories of a modem, and the three that +CPMS has chosen."""

    def __init__(self, profile: Profile) -> None:
        observed = profile.observed
        self.offered = values(observed.memories)
        """The names that each of the three may have."""
        names = frozenset().union(*self.offered, observed.memories_set) or frozenset({SIM})
        first = say(profile.family.first_place, 1)
        meant = {name: next((each for each in SAME.get(name, ()) if each in names), name) for name in names}
        places = {meant[name]: profile.places(name) for name in sorted(names, key=observed.places.__contains__)}
        storages = {name: Storage(slots, first) for name, slots in places.items()}
        self._by_name = {name: storages[meaning] for name, meaning in meant.items()}
        self._default = (
            *observed.memories_set,
            *[observed.memories_set[-1] if observed.memories_set else SIM] * 3,
        )[:3]
        self.chosen: tuple[str, ...] = self._default

    def __getitem__(self, name: str) -> Storage:
        return self._by_name[name]

    def choose(self, names: tuple[str, ...]) -> bool:
        """Take one to three names, as +CPMS does; False and no change when one is not offered there."""
        if not 1 <= len(names) <= len(self.offered) or any(
            name not in offered for name, offered in zip(names, self.offered, strict=False)
        ):
            return False
        self.chosen = (*names, *self.chosen[len(names) :])
        return True

    def forget(self) -> None:
        """After a restart."""
        self.chosen = self._default

    def jam(self, jammed: bool) -> None:
        for storage in self._by_name.values():
            storage.jammed = jammed

    @property
    def read(self) -> Storage:
        return self[self.chosen[0]]

    @property
    def write(self) -> Storage:
        return self[self.chosen[1]]

    @property
    def receive(self) -> str:
        return self.chosen[2]

    def for_class(self, message_class: int | None) -> str:
        """Where a message is stored: one of class 2 belongs onto the SIM."""
        return SIM if message_class == 2 and SIM in self._by_name else self.receive

    @property
    def for_reports(self) -> str:
        return REPORTS if REPORTS in self._by_name else self.receive
