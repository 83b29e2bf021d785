"""Reading octets one field after the other, without ever trusting a length."""

from __future__ import annotations

from simulator.errors import CodecError


class Cursor:
    """A position in ``data``, up to ``end``. Every read names what it reads, for the error sentence."""

    __slots__ = ("data", "end", "offset")

    def __init__(self, data: bytes, offset: int = 0, end: int | None = None) -> None:
        self.data = data
        self.offset = offset
        self.end = len(data) if end is None else end

    @property
    def left(self) -> int:
        return self.end - self.offset

    def octet(self, what: str) -> int:
        offset = self.offset
        if offset >= self.end:
            raise self._short(1, what)
        self.offset = offset + 1
        return self.data[offset]

    def take(self, count: int, what: str) -> bytes:
        start = self.offset
        end = start + count
        if not start <= end <= self.end:
            raise self._short(count, what)
        self.offset = end
        return self.data[start:end]

    def rest(self) -> bytes:
        piece = self.data[self.offset : self.end]
        self.offset = self.end
        return piece

    def inner(self, count: int, what: str) -> Cursor:
        """A cursor over the next ``count`` octets only; this one goes on after them. Offsets stay absolute."""
        start = self.offset
        end = start + count
        if not start <= end <= self.end:
            raise self._short(count, what)
        self.offset = end
        return Cursor(self.data, start, end)

    def _short(self, count: int, what: str) -> CodecError:
        return CodecError(f"{what} needs {count} octets, but only {self.left} are left", offset=self.offset)
