"""A large object on its way in: chunks are gathered, and the whole is executed at once (DM Protocol §7.3).

Each chunk but the last has MoreData and is answered with 213; the first one states the Size. What is gathered is
bounded by that Size, and that by the client's MaxObjSize. Nothing of an object is applied before its last chunk.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode
from simulator.session.commands import wire
from simulator.session.plain import length
from simulator.syncml.message import (
    Add,
    Alert,
    Command,
    Copy,
    Delete,
    Exec,
    Get,
    Item,
    Meta,
    Replace,
    Source,
    Target,
)
from simulator.tnds.document import MgmtTree

ItemCommand = Add | Copy | Delete | Exec | Get | Replace

LONGEST_SIZE_TEXT = 12
"""Digits of a Size that is read."""


@dataclass(slots=True)
class Partial:
    """An object of which at least one chunk came."""

    command: type[Command]
    target: str
    source: str
    meta: Meta
    """Format and Type, as the first chunk says them."""
    size: int
    chunks: list[str | bytes] = field(default_factory=list)
    length: int = 0
    refused: int | None = None
    """It was answered with this error: what still comes of it is answered alike, and forgotten."""

    def goes_on_with(self, command: Command, item: Item) -> bool:
        """The same command for the same node; a new Size begins something new."""
        stated = stated_size(command, item)
        same = (type(command), _target(item), _source(item)) == (self.command, self.target, self.source)
        return same and (stated is None or (stated == self.size and self.refused is None))

    @property
    def complaint(self) -> str:
        name = f"{self.command.__name__} of {self.target or self.source}"
        return f"the {name} breaks off after {self.length} of {self.size} octets"

    def whole(self) -> str | bytes:
        texts = [chunk for chunk in self.chunks if isinstance(chunk, str)]
        if len(texts) == len(self.chunks):
            return "".join(texts)
        return b"".join(chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in self.chunks)


class Incoming:
    """The one object that a session may be receiving."""

    def __init__(self, *, supported: bool = False, limit: int | None = None) -> None:
        """``supported``: DevDetail/LrgObj says so. ``limit``: MaxObjSize in octets, also for what comes in one
        piece; None: any size that was announced."""
        self.supported = supported
        self._limit = limit
        self._partial: Partial | None = None
        self._moved = False
        self._lost: list[Partial] = []

    def take_lost(self) -> list[Partial]:
        """Objects that were broken off, each of which is told by Alert 1225."""
        taken, self._lost = self._lost, []
        return taken

    @property
    def open(self) -> bool:
        """A chunk is due."""
        return self._partial is not None and self._partial.refused is None

    def passed_by(self) -> None:
        """A command that is no chunk: what was not complete stays undone."""
        if self.open and self._partial is not None:
            self._lost.append(self._partial)
        self._partial = None

    def message_ended(self, *, final: bool) -> None:
        """A package that closes without any more chunks leaves the object incomplete."""
        if final and not self._moved:
            self.passed_by()
        self._moved = False

    def take(self, command: ItemCommand, item: Item, *, nested: bool) -> Item | int:
        """The Item to execute, made whole; or the status for a chunk."""
        if self._partial is not None and not self._partial.goes_on_with(command, item):
            self.passed_by()
        if self._partial is not None:
            return self._go_on(self._partial, item)
        if item.more_data:
            return self._begin(command, item, nested=nested)
        if self._limit is not None and length(item.data) > self._limit:
            return StatusCode.REQUESTED_SIZE_TOO_BIG
        return item

    def _begin(self, command: ItemCommand, item: Item, *, nested: bool) -> int:
        size = stated_size(command, item)
        meta = wire.meta(command.meta, item.meta)
        partial = Partial(type(command), _target(item), _source(item), meta, size or 0)
        refusal = self._refusal(item, size, nested=nested)
        self._partial, self._moved = partial, True
        return self._refuse(partial, refusal) if refusal else self._gather(partial, item)

    def _refusal(self, item: Item, size: int | None, *, nested: bool) -> int:
        """Why an object is not even begun; 0: it is."""
        if not self.supported:
            return StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED
        if nested:
            # An Atomic could not be undone over several messages, a Sequence not be kept in order.
            return StatusCode.PARTIAL_ITEM_NOT_ACCEPTED
        if isinstance(item.data, MgmtTree):
            return StatusCode.UNSUPPORTED_MEDIA_TYPE
        if size is None:
            return StatusCode.SIZE_REQUIRED
        if self._limit is not None and size > self._limit:
            return StatusCode.REQUESTED_SIZE_TOO_BIG
        return 0

    def _go_on(self, partial: Partial, item: Item) -> Item | int:
        self._moved = True
        if partial.refused is not None:
            status = partial.refused
        elif isinstance(item.data, MgmtTree):
            status = self._refuse(partial, StatusCode.UNSUPPORTED_MEDIA_TYPE)
        else:
            status = self._gather(partial, item)
        if item.more_data:
            return status
        self._partial = None
        if status != StatusCode.CHUNKED_ITEM_ACCEPTED:
            return status
        if partial.length != partial.size:
            return StatusCode.SIZE_MISMATCH
        return Item(
            item.target, item.source, item.source_parent, item.target_parent, partial.meta, partial.whole()
        )

    @staticmethod
    def _gather(partial: Partial, item: Item) -> int:
        assert not isinstance(item.data, MgmtTree)
        partial.length += length(item.data)
        if partial.length > partial.size:
            return Incoming._refuse(partial, StatusCode.SIZE_MISMATCH)
        partial.chunks.append(item.data or "")
        return StatusCode.CHUNKED_ITEM_ACCEPTED

    @staticmethod
    def _refuse(partial: Partial, status: int) -> int:
        partial.refused = status
        partial.chunks.clear()
        return status


def broken_off(partial: Partial) -> Alert:
    """Alert 1225, with the addresses of the object that was not finished."""
    item = Item(
        target=Target(partial.target) if partial.target else None,
        source=Source(partial.source) if partial.source else None,
    )
    return Alert("", data=str(int(AlertCode.NO_END_OF_DATA)), items=[item])


def stated_size(command: Command, item: Item) -> int | None:
    """Meta/Size, of the Item or of its command; None without one, or with one that is no number."""
    for meta in (item.meta, getattr(command, "meta", None)):
        digits = (meta.size or "").strip() if meta is not None else ""
        if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_SIZE_TEXT:
            return int(digits)
    return None


def _target(item: Item) -> str:
    return item.target.loc_uri if item.target is not None else ""


def _source(item: Item) -> str:
    return item.source.loc_uri if item.source is not None else ""
