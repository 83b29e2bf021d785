"""A large object on its way to the device, in chunks (DM Protocol §7.3).

Every chunk is a command of its own, alone at the end of a message without Final; all but the last have MoreData,
and the first says the Size of the whole. The device answers each with 213 and Alert 1222, and the last with what
became of the object.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from hil.server.answer import Answer, Pending
from hil.server.building import build
from hil.server.commands import Add, Chunks, Exec, Replace
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding

Fits = Callable[[dm.Command], bool]
"""Whether the message with this command at its end is small enough."""


class Transfer:
    """One object; `cut` gives its chunks one after the other."""

    def __init__(self, waiting: Pending, encoding: Encoding) -> None:
        """Raises `EncodeError` for a value that has no form in this encoding."""
        self.waiting = waiting
        self.answer = Answer(waiting.command, more=True)
        built = build(waiting.command, iter([""]), encoding).command
        assert isinstance(built, dm.Add | dm.Replace | dm.Exec)
        self._command = built
        self._item = built.items[0]
        data = self._item.data
        assert isinstance(data, str | bytes)
        self._data: str | bytes = data
        self._at = 0
        self._sent = 0
        act = waiting.command.act
        assert isinstance(act, Add | Replace | Exec)
        self._chunks = act.chunks or Chunks()
        # Characters of base64 go in fours, so that each chunk is base64 by itself.
        self._step = 4 if self._item.meta is not None and self._item.meta.format == "b64" else 1

    @property
    def stopped(self) -> bool:
        """Whether enough chunks have been sent of an object that shall not end."""
        return self._chunks.stop_after is not None and self._sent >= self._chunks.stop_after

    def cut(self, cmd_id: str, fits: Fits) -> dm.Command | None:
        """The next chunk: as much as fits. None: not even one character does."""
        left = len(self._data) - self._at
        most = left if self._chunks.octets is None else min(left, self._chunks.octets)
        size = most if fits(self._chunk(cmd_id, most)) else self._largest(cmd_id, most, fits)
        if size == 0 and left > 0:
            return None
        command = self._chunk(cmd_id, size)
        self._at += size
        self._sent += 1
        self.answer.more = self._at < len(self._data)
        return command

    def _largest(self, cmd_id: str, too_much: int, fits: Fits) -> int:
        fine, too_much = 0, max(1, too_much // self._step)
        while too_much - fine > 1:
            middle = (fine + too_much) // 2
            if fits(self._chunk(cmd_id, middle * self._step)):
                fine = middle
            else:
                too_much = middle
        return fine * self._step

    def _chunk(self, cmd_id: str, size: int) -> dm.Command:
        last = self._at + size >= len(self._data)
        meta = dataclasses.replace(self._item.meta or dm.Meta(), size=None)
        if self._at == 0:
            meta.size = str(self._size if self._chunks.claim is None else self._chunks.claim)
        item = dataclasses.replace(
            self._item,
            meta=meta if meta != dm.Meta() else None,
            data=self._data[self._at : self._at + size],
            more_data=not last,
        )
        return dataclasses.replace(self._command, cmd_id=cmd_id, items=[item])

    @property
    def _size(self) -> int:
        """Octets of the whole as it is carried: of base64, its text's."""
        return len(self._data) if isinstance(self._data, bytes) else len(self._data.encode())


def can_be_cut(waiting: Pending) -> bool:
    """Whether a command may go in chunks: one Item with text or octets, and not inside of others."""
    act = waiting.command.act
    if not isinstance(act, Add | Replace | Exec) or act.items:
        return False
    return act.tnds is None or act.tnds.carried != "in place"


def must_be_cut(waiting: Pending) -> bool:
    """Whether it goes in chunks although it may fit."""
    act = waiting.command.act
    return isinstance(act, Add | Replace | Exec) and act.chunks is not None
