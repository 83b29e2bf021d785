"""What writing a bootstrap would change on a card, file by file, and what stands against it. Nothing is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from hil.card.dump.found import FoundCard, FoundFile, referred
from hil.card.keys import key_name
from hil.card.uicc.files import LifeCycle
from hil.card.uicc.rules import Condition, Rules
from simulator.bootstrap.identity import read_iccid
from simulator.codes.apdu import AID_PKCS15, DF_PKCS15, EF_ICCID, MF, file_name
from simulator.errors import CodecError

Way = tuple[int | bytes, ...]
"""From the MF to a directory: file identifiers, or the AID of an application."""

CHUNK = 200
"""Octets of an UPDATE BINARY."""


@dataclass(frozen=True, slots=True)
class Change:
    """A transparent file, before and after."""

    way: Way
    fid: int
    old: bytes
    new: bytes
    """As long as ``old``."""

    @property
    def name(self) -> str:
        return file_name(self.fid)

    def updates(self) -> Iterator[tuple[int, bytes]]:
        """Offset and octets of each UPDATE BINARY; what stays as it is at the ends of a piece is left out."""
        for at in range(0, len(self.new), CHUNK):
            piece = range(at, min(at + CHUNK, len(self.new)))
            differ = [n for n in piece if self.new[n] != self.old[n]]
            if differ:
                yield differ[0], self.new[differ[0] : differ[-1] + 1]


@dataclass(slots=True)
class Plan:
    changes: list[Change] = field(default_factory=list)
    """In the order in which they are made: no directory ever names what is not there yet."""
    problems: list[str] = field(default_factory=list)
    """Why it cannot be done."""
    locked: list[str] = field(default_factory=list)
    """What could not be looked at; with the PIN or key that opens it, more will be known."""


@dataclass(frozen=True, slots=True)
class Home:
    """The PKCS #15 application of a card."""

    way: Way
    file: FoundFile
    above: tuple[FoundFile, ...]
    """Where an EF(ARR) may be, the application itself last."""

    @property
    def path(self) -> bytes:
        """From the MF, where it has one."""
        return b"".join(step.to_bytes(2, "big") for step in self.way if isinstance(step, int))

    def find(self, fid: int) -> FoundFile | None:
        return next((each for each in self.file.files if each.fid == fid), None)

    def rules(self, file: FoundFile) -> Rules | None:
        description = file.description
        return description.rules if description.reference is None else referred(description.reference, self.above)


def home_of(found: FoundCard) -> Home | None:
    for each in found.applications:
        if each.description.aid.startswith(AID_PKCS15):
            return Home((each.description.aid,), each, (found.mf, each))
    for each in found.mf.files:
        if each.description.kind == "directory" and (
            each.fid == DF_PKCS15 or each.description.aid.startswith(AID_PKCS15)
        ):
            return Home((MF, each.fid or 0), each, (found.mf, each))
    return None


def iccid_of(found: FoundCard) -> str | None:
    file = next((each for each in found.mf.files if each.fid == EF_ICCID), None)
    try:
        return read_iccid(file.content) or None if file is not None else None
    except CodecError:
        return None


def change(plan: Plan, home: Home, fid: int, content: bytes, found: FoundCard, keys: Collection[int]) -> None:
    """Plan ``content`` for a file, filled up with FF, unless it is there already, or cannot be put there."""
    problems = plan.problems
    name = file_name(fid)
    file = home.find(fid)
    if file is None:
        problems.append(f"the card has no {name} in its PKCS#15 application; dmrig makes no files")
        return
    description = file.description
    if description.kind != "transparent":
        problems.append(f"{name} is no transparent file but a {description.kind} one")
        return
    if file.trouble:
        plan.locked.append(f"{name} cannot be read ({file.trouble}), so that what is in it would be lost")
        return
    if len(content) > file.size:
        problems.append(f"{name} has {file.size} bytes, and {len(content)} are needed")
        return
    made = Change(home.way, fid, file.content, content.ljust(file.size, b"\xff"))
    if made.old == made.new:
        return
    if description.life_cycle is LifeCycle.DEACTIVATED:
        problems.append(f"{name} is deactivated")
    rules = home.rules(file)
    if rules is not None and not _satisfied(rules.update, found, keys):
        problems.append(f"to change {name}, the card wants {_wanted(rules.update)}")
    plan.changes.append(made)


def _satisfied(condition: Condition, found: FoundCard, keys: Collection[int]) -> bool:
    disabled = {pin.key for pin in found.pins if not pin.enabled}
    return any({*way} <= {*keys} | disabled for way in condition.ways)


def _wanted(condition: Condition) -> str:
    if not condition.ways:
        return "what nobody has: it may never be changed"
    return " or ".join(" and ".join(map(key_name, way)) for way in condition.ways)
