"""What a device answered to a command, and a batch of commands with their answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from hil.server.commands import ServerCommand
from simulator.syncml.message import Data, Item


@dataclass(frozen=True, slots=True)
class Value:
    """One Item of a Results, or of a Status that carries one."""

    uri: str
    format: str
    type: str
    data: Data | None
    mark: str | None = None
    """How important a report is (Meta/Mark)."""

    @classmethod
    def of(cls, item: Item, format_: str | None = None, type_: str | None = None) -> Value:
        """``format_`` and ``type_`` stand in the Results' own Meta, for all of its Items."""
        meta = item.meta
        uri = item.source or item.target
        return cls(
            uri=uri.loc_uri if uri is not None else "",
            format=(meta and meta.format) or format_ or "chr",
            type=(meta and meta.type) or type_ or "text/plain",
            data=item.data,
            mark=meta.mark if meta is not None else None,
        )

    @property
    def text(self) -> str | None:
        """The value as text; None when there is none, or it is a TNDS document."""
        match self.data:
            case str():
                return self.data
            case bytes():
                return self.data.decode("utf-8", "replace")
            case _:
                return None

    def __str__(self) -> str:
        if self.data is None:
            return "no data"
        return repr(self.text) if self.text is not None else "a TNDS document"


@dataclass(slots=True)
class Answer:
    """One command and all that the device said about it."""

    command: ServerCommand
    status: int | None = None
    """None: the device has not said, and `note` says why it never will. Of several Items, the worst."""
    results: list[Value] = field(default_factory=list)
    items: list[Value] = field(default_factory=list)
    """Items in the Status: what a user answered, the node that failed."""
    inner: list[Answer] = field(default_factory=list)
    """In an Atomic or a Sequence: one for each of its commands."""
    note: str = ""
    statuses: dict[str, int] = field(default_factory=dict)
    """By URI, where the device told its Items apart."""
    wrong: str = ""
    """Why its result cannot be used, if it cannot."""
    chunks: list[int] = field(default_factory=list)
    """Of a large object: the status of each chunk but the last."""
    more: bool = False
    """Chunks of a large object have still to be sent."""
    silent: bool = False
    """It was meant to stay without a status, such as an abort."""

    @property
    def value(self) -> str | None:
        """The text of the first result (Get), or of the Status' first item (alerts)."""
        found = self.results or self.items
        return found[0].text if found else None

    def __str__(self) -> str:
        said = self.note or "no answer yet" if self.status is None else f"status {self.status}"
        values = ", ".join(map(str, self.results or self.items))
        return f"{self.command}: {said}{': ' if values else ''}{values}"


@dataclass(slots=True, eq=False)
class Batch:
    """Commands that were queued together. `answers` fills up as devices answer, in any order."""

    commands: tuple[ServerCommand, ...]
    standing: bool = False
    """Sent anew in each session: what is left over when a session breaks off is not kept."""
    by_index: dict[int, Answer] = field(default_factory=dict)
    looked_at: bool = False
    """Whether somebody has held the answers against what the commands expect."""

    @property
    def answers(self) -> list[Answer]:
        """What has been answered, in the order of the commands."""
        return [self.by_index[index] for index in sorted(self.by_index)]

    @property
    def done(self) -> bool:
        return len(self.by_index) == len(self.commands)


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """One command of a batch on its way to a device."""

    batch: Batch
    index: int

    @property
    def command(self) -> ServerCommand:
        return self.batch.commands[self.index]

    def settle(self, answer: Answer) -> None:
        self.batch.by_index[self.index] = answer


def pending(batch: Batch) -> list[Pending]:
    return [Pending(batch, index) for index in range(len(batch.commands))]
