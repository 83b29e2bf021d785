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
        return self.take(1, what)[0]

    def take(self, count: int, what: str) -> bytes:
        return self.inner(count, what).rest()

    def rest(self) -> bytes:
        piece = self.data[self.offset : self.end]
        self.offset = self.end
        return piece

    def inner(self, count: int, what: str) -> Cursor:
        """A cursor over the next ``count`` octets only; this one goes on after them. Offsets stay absolute."""
        if not 0 <= count <= self.left:
            raise CodecError(f"{what} needs {count} octets, but only {self.left} are left", offset=self.offset)
        start = self.offset
        self.offset += count
        return Cursor(self.data, start, self.offset)
