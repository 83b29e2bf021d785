"""A large object on its way from the device: chunks put together (DM Protocol §7.3)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from simulator.codes.status import StatusCode
from simulator.syncml import message as dm

MAX_CHUNKS = 100_000


@dataclass(slots=True)
class Taken:
    """What became of one Item."""

    item: dm.Item | None
    """The whole one; None: more of it is to come, or it was given up."""
    status: StatusCode
    wrong: str = ""
    """What the device did wrong, if anything."""


@dataclass(slots=True)
class _Open:
    first: dm.Item
    name: str
    size: int | None
    parts: list[str | bytes] = field(default_factory=list)
    length: int = 0
    refused: bool = False
    """It is too large: its chunks are counted, not kept."""


class Assembly:
    """One object at a time: the next one may not begin before it has ended."""

    def __init__(self, max_octets: int) -> None:
        """``max_octets``: of one object (MaxObjSize)."""
        self._max = max_octets
        self._open: _Open | None = None

    @property
    def open(self) -> dm.Item | None:
        """The first chunk of the object that has not ended."""
        return self._open.first if self._open is not None else None

    def is_next(self, name: str, item: dm.Item) -> bool:
        """Whether an Item goes on with the object that is open. ``name``: of its command."""
        return self._open is not None and self._open.name == name and _where(item) == _where(self._open.first)

    def give_up(self) -> dm.Item | None:
        """The object that is open will not end; its first chunk."""
        given_up, self._open = self.open, None
        return given_up

    def take(self, name: str, item: dm.Item) -> Taken:
        """An Item with MoreData, or the last one of an object; any other is returned as it is."""
        if self._open is None:
            if not item.more_data:
                return Taken(item, StatusCode.OK)
            size, wrong = _size(item)
            self._open = _Open(item, name, size)
            if size is not None and size > self._max:
                self._open.refused = True
        else:
            wrong = ""
        self._keep(self._open, item)
        if item.more_data:
            status = StatusCode.REQUESTED_SIZE_TOO_BIG if self._open.refused else StatusCode.CHUNKED_ITEM_ACCEPTED
            return Taken(None, status, wrong)
        return self._end()

    def _keep(self, whole: _Open, item: dm.Item) -> None:
        part = item.data if isinstance(item.data, str | bytes) else ""
        whole.length += len(part) if isinstance(part, bytes) else len(part.encode())
        if whole.length > self._max or len(whole.parts) >= MAX_CHUNKS:
            whole.refused = True
            whole.parts.clear()
        if not whole.refused:
            whole.parts.append(part)

    def _end(self) -> Taken:
        whole, self._open = self._open, None
        assert whole is not None
        if whole.refused:
            return Taken(None, StatusCode.REQUESTED_SIZE_TOO_BIG, f"an object of more than {self._max} octets")
        if whole.size is not None and whole.size != whole.length:
            wrong = f"an object of {whole.length} octets; its first chunk said {whole.size}"
            return Taken(None, StatusCode.SIZE_MISMATCH, wrong)
        return Taken(dataclasses.replace(whole.first, data=_joined(whole.parts), more_data=False), StatusCode.OK)


def _joined(parts: list[str | bytes]) -> dm.Data:
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)


def _where(item: dm.Item) -> tuple[str | None, str | None]:
    return (item.source.loc_uri if item.source else None, item.target.loc_uri if item.target else None)


def _size(item: dm.Item) -> tuple[int | None, str]:
    said = item.meta.size if item.meta is not None else None
    if said is None:
        return None, "the first chunk of a large object has no Size"
    digits = said.strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= 12:
        return int(digits), ""
    return None, f"the Size of a large object is {said[:40]!r}, which is no number"
