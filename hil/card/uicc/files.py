"""The file system of a virtual card (TS 102 221 §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from simulator.codes.apdu import MF


class Condition(Enum):
    """What has to be true before a file may be read or changed (TS 102 221 §9.5); `value` as SIMs say it."""

    ALWAYS = 0x0
    PIN = 0x1
    ADM = 0x4
    NEVER = 0xF


@dataclass(slots=True, eq=False)
class Ef:
    """An elementary file: transparent, or linear fixed when it has records (all of one size)."""

    fid: int
    content: bytearray = field(default_factory=bytearray)
    records: list[bytearray] | None = None
    sfi: int | None = None
    read: Condition = Condition.ALWAYS
    update: Condition = Condition.ADM
    active: bool = True

    @property
    def record_size(self) -> int:
        return len(self.records[0]) if self.records else 0

    @property
    def size(self) -> int:
        return len(self.content) if self.records is None else len(self.records) * self.record_size


@dataclass(slots=True, eq=False)
class Df:
    """A dedicated file. One with an AID and no file identifier is an ADF: found by its name only."""

    fid: int | None
    aid: bytes = b""
    parent: Df | None = None
    files: dict[int, Ef | Df] = field(default_factory=dict)
    applications: list[Df] = field(default_factory=list)
    """Of the MF: the ADFs."""

    def add(self, file: Ef | Df) -> None:
        if isinstance(file, Df):
            file.parent = self
            if file.fid is None:
                self.applications.append(file)
                return
        assert file.fid is not None
        self.files[file.fid] = file

    def by_sfi(self, sfi: int) -> Ef | None:
        return next((file for file in self.files.values() if isinstance(file, Ef) and file.sfi == sfi), None)

    def named(self) -> Iterator[Df]:
        """Every DF below that has a name, in the order they were made."""
        for file in [*self.applications, *self.files.values()]:
            if isinstance(file, Df):
                if file.aid:
                    yield file
                yield from file.named()


def master_file() -> Df:
    return Df(MF)
