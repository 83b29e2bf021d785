"""The file system of a virtual card (TS 102 221 §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from hil.card.uicc.rules import USUAL, Rules
from simulator.codes.apdu import MF


class LifeCycle(IntEnum):
    """The life cycle status integer (ISO/IEC 7816-4 §7.4.10)."""

    CREATION = 0x01
    INITIALISATION = 0x03
    DEACTIVATED = 0x04
    ACTIVATED = 0x05
    TERMINATED = 0x0C


@dataclass(frozen=True, slots=True)
class Reference:
    """Which record of which EF(ARR) has a file's access rules."""

    fid: int
    record: int


@dataclass(frozen=True, slots=True)
class Compact:
    """The rules stand in the file's description itself, one byte each."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """The rules stand in the file's description itself, written out."""


Attributes: TypeAlias = Reference | Compact | Expanded
"""Where a file's description (FCP) has its access rules. What is enforced is always `Ef.rules`."""


@dataclass(slots=True, eq=False)
class Ef:
    """An elementary file: transparent, or linear fixed when it has records (all of one size), or cyclic."""

    fid: int
    content: bytearray = field(default_factory=bytearray)
    records: list[bytearray] | None = None
    cyclic: bool = False
    sfi: int | None = None
    rules: Rules = USUAL
    attributes: Attributes | None = None
    """None: until the card is complete."""
    looked_up: bool = False
    """The rules are those of the record that `attributes` refers to."""
    life_cycle: LifeCycle = LifeCycle.ACTIVATED
    told: bytes = b""
    """The FCP as a real card gave it, word for word; empty: made of the rest."""
    told_sim: bytes = b""
    """The same of the answer in class A0."""
    size_told: bool = True
    """Whether the FCP has the file's size."""
    parent: Df | None = None

    @property
    def active(self) -> bool:
        return self.life_cycle not in (LifeCycle.DEACTIVATED, LifeCycle.TERMINATED)

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
    rules: Rules = USUAL
    attributes: Attributes | None = None
    looked_up: bool = False
    life_cycle: LifeCycle = LifeCycle.ACTIVATED
    told: bytes = b""
    told_sim: bytes = b""

    def add(self, file: Ef | Df) -> None:
        """Put a file in; one with the same identifier makes room for it."""
        file.parent = self
        if isinstance(file, Df) and file.fid is None:
            self.applications.append(file)
            return
        assert file.fid is not None
        self.files[file.fid] = file

    def by_sfi(self, sfi: int) -> Ef | None:
        return next((file for file in self.files.values() if isinstance(file, Ef) and file.sfi == sfi), None)

    def named(self) -> Iterator[Df]:
        """Every DF below that has a name, in the order they were made."""
        for file in self.children():
            if isinstance(file, Df):
                if file.aid:
                    yield file
                yield from file.named()

    def children(self) -> Iterator[Ef | Df]:
        yield from self.applications
        yield from self.files.values()

    def everything(self) -> Iterator[Ef | Df]:
        """This directory and all below it."""
        yield self
        for file in self.children():
            if isinstance(file, Df):
                yield from file.everything()
            else:
                yield file


def master_file() -> Df:
    return Df(MF)
