"""Parts: pieces of hardware or network behind a small contract, registered by role and kind.

A rig file names a kind for each role (``card: {kind: virtual}``). A kind is one class with one settings model
(pydantic), registered with `part_kind`; nothing else in the bench knows it by name, so a new kind is one
new file listed in ``hil/rig/kinds.py``. Whether a part is virtual is never an ``if``: steps ask for
capabilities.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from hil.bench import Bench, BenchPart
from hil.locks import Locks

ROLES = ("server", "card", "modem", "push", "device", "operator")
"""In the order in which a rig starts them; it stops them the other way round."""

OPTIONAL = frozenset({"push", "operator"})
"""Roles that a rig may leave out: nobody but steps that need their capabilities asks for these."""


class PartSettings(BaseModel):
    """What a rig file may say about a part of one kind. Unknown words are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(ABC):
    """One part of a rig. The constructor touches no hardware; `start` does."""

    role: ClassVar[str]
    kind: ClassVar[str]
    Settings: ClassVar[type[PartSettings]] = PartSettings
    capabilities: ClassVar[frozenset[str]] = frozenset()
    """The acts that steps may ask of this part, such as ``card.insert``."""
    requires: ClassVar[frozenset[str]] = frozenset()
    """The capabilities that other parts of its rig must have."""
    grants: ClassVar[Mapping[str, frozenset[str]]] = {}
    """What this part can do besides in a rig whose other parts have a capability: ``{"modem.card": ...}``."""
    withholds: ClassVar[frozenset[str]] = frozenset()
    """What no part can do in a rig with this one: it goes past the place where that would be done."""
    spares: ClassVar[frozenset[str]] = frozenset()
    """Roles that a rig with this part may leave out."""
    jumps: ClassVar[bool] = True
    """Whether time may jump with this part in the rig: it can tell when it is quiet."""

    stands_in: ClassVar[bool] = False
    """Whether what it can do is done in the place of other parts that cannot, as `stand_in_for` has it."""

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        self.settings = settings
        self.bench = bench

    @classmethod
    def offered(cls, settings: PartSettings) -> frozenset[str]:
        """`capabilities`, with these settings; overridden where some depend on them."""
        return cls.capabilities

    @classmethod
    def required(cls, settings: PartSettings) -> frozenset[str]:
        """`requires`, with these settings; overridden where some depend on them."""
        return cls.requires

    @classmethod
    def beside(cls, said: dict[str, object], folder: Path) -> dict[str, object]:
        """What a file says about this part, completed with where it says so; as it stands by default."""
        return said

    @abstractmethod
    def start(self) -> None:
        """Get hold of the hardware or open the socket. Raises `PartError`."""

    @abstractmethod
    def stop(self) -> None:
        """Let go of everything. Never raises; may be called twice, and without `start`."""

    @classmethod
    def holds(cls, settings: PartSettings) -> tuple[str, ...]:
        """What a part of these settings has to itself of the world around it, such as ``port /dev/ttyUSB2``: no
        two runs can have it at the same time. Nothing by default: a virtual part makes what it needs."""
        return ()

    @classmethod
    def unavailable(cls, settings: PartSettings) -> str | None:
        """Why what it can do cannot be had here and now, as far as that shows without touching any hardware."""
        return None

    def stand_in_for(self, role: str, part: BenchPart, can: frozenset[str]) -> BenchPart:
        """Another part of the rig as steps are to find it. ``can``: the capabilities of all those that stand in
        for none."""
        return part

    def claim(self, locks: Locks) -> None:
        """Take the locks on what this part is going to use, before any part is started. What is chosen by what it
        is (a card by its ICCID) is found here, and looked at under its lock alone: no other run is disturbed.

        Raises `PartInUse` when another run has it, and `PartError`.
        """
        for thing in self.holds(self.settings):
            locks.take(thing)

    def clean_up(self) -> None:
        """Put back what the run has changed outside of itself, while every part still runs. Called in any case,
        also after a part failed to start; what it raises is noted. Nothing by default."""
        return

    def quiet(self) -> bool:
        """Whether nothing is under way that will happen without the clock being moved."""
        return True

    def lacking(self) -> str | None:
        """What a part that was started still lacks, and may yet get: the card in a reader."""
        return None

    def variables(self) -> dict[str, str]:
        """What the running part adds to the variables of card images, such as ``server.url``."""
        return {}

    def identity(self) -> dict[str, str]:
        """What a report says about the hardware: reader name, ICCID, IMEI, URL."""
        return {}


P = TypeVar("P", bound=type[Part])

_kinds: dict[tuple[str, str], type[Part]] = {}


def part_kind(role: str, kind: str) -> Callable[[P], P]:
    """Class decorator: this class is the ``kind`` of ``role`` in rig files."""

    def register(cls: P) -> P:
        if role not in ROLES:
            raise ValueError(f"no such role: {role}")
        if (role, kind) in _kinds:
            raise ValueError(f"there are two kinds {kind} of {role}")
        cls.role, cls.kind = role, kind
        _kinds[role, kind] = cls
        return cls

    return register


def kinds_of(role: str) -> dict[str, type[Part]]:
    """The registered kinds of a role, by name."""
    return {kind: cls for (r, kind), cls in _kinds.items() if r == role}
