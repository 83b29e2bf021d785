"""What was found on a card: files as they are, before they become an image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hil.card.uicc.files import LifeCycle, Reference
from hil.card.uicc.rules import Rules, read_expanded
from simulator.errors import CodecError


@dataclass(frozen=True, slots=True)
class Description:
    """What a card tells about a file that was selected."""

    kind: str
    """``transparent``, ``linear``, ``cyclic``, ``directory``."""
    raw: bytes
    """The FCP, or in class A0 the answer of GET RESPONSE."""
    fid: int | None = None
    aid: bytes = b""
    size: int | None = 0
    """None: the card does not tell; where its contents end shows when they are read."""
    record_size: int = 0
    sfi: int | None = None
    life_cycle: LifeCycle = LifeCycle.ACTIVATED
    reference: Reference | None = None
    """To the record of an EF(ARR)."""
    attributes: str = "referenced"
    """Where the rules stand: as a card image says it."""
    rules: Rules | None = None
    """None: they stand elsewhere, or are in no form that is known here."""
    pins: tuple[tuple[int, bool], ...] = ()
    """Of a directory: key references, and whether each is enabled."""

    @property
    def records(self) -> int:
        return self.size // self.record_size if self.size and self.record_size else 0


@dataclass(slots=True)
class FoundFile:
    description: Description
    fid: int | None = None
    """None: an application without one, found by its AID."""
    name: str = ""
    content: bytes = b""
    """Of a transparent file, as far as it could be read."""
    records: list[bytes | None] = field(default_factory=list)
    trouble: str = ""
    """Why the contents, or some of them, are not known."""
    files: list[FoundFile] = field(default_factory=list)
    header: bytes = b""
    """What the card tells of it in class A0, where it knows both classes."""

    @property
    def size(self) -> int:
        """What the card tells, or else as much as was read."""
        return len(self.content) if self.description.size is None else self.description.size


@dataclass(frozen=True, slots=True)
class FoundPin:
    key: int
    enabled: bool
    left: int | None
    """Tries; None when the card does not tell."""
    puk_left: int | None
    value: str | None = None
    """Where the person said it, and it was right."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How the card answers: words of an image's layout."""

    mode: str = "uicc"
    answers: str = "direct"
    over_read: str = "short"
    sizes: bool = True
    channels: int = 0


@dataclass(slots=True)
class FoundCard:
    mf: FoundFile
    applications: list[FoundFile] = field(default_factory=list)
    pins: list[FoundPin] = field(default_factory=list)
    habits: Habits = Habits()
    refused: list[str] = field(default_factory=list)
    """Files that are there and could not be selected, each with what the card said."""
    labels: dict[bytes, str] = field(default_factory=dict)
    """What EF(DIR) calls the applications that it names."""
    atr: bytes = b""

    def everything(self) -> Iterator[FoundFile]:
        """Every file, wherever it lies, and every directory but the MF."""
        waiting = [*self.mf.files, *self.applications]
        while waiting:
            file = waiting.pop(0)
            yield file
            waiting += file.files


def referred(reference: Reference, above: Sequence[FoundFile]) -> Rules | None:
    """The rules in the record of the nearest EF(ARR), from the last of ``above`` on; None: not known."""
    for directory in reversed(above):
        arr = next((each for each in directory.files if each.fid == reference.fid), None)
        if arr is None:
            continue
        record = arr.records[reference.record - 1] if reference.record <= len(arr.records) else None
        try:
            return read_expanded(record) if record else None
        except CodecError:
            return None
    return None
