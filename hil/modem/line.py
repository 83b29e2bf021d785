"""The modem seam: a line of bytes, whatever carries it."""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """One end of a serial line. Reading and writing may happen in different threads."""

    name: str

    def read(self, timeout: float) -> bytes:
        """Return what is there, at least one byte, or ``b""`` after ``timeout`` seconds of silence.

        Raises `PartBroke` when the line has gone (unplugged, hung up) and after `close`.
        """
        ...

    def write(self, data: bytes) -> None:
        """Write all of ``data``. Raises `PartBroke` when the line has gone."""
        ...

    def close(self) -> None:
        """Let go of the line and wake a reader. Never raises; may be called twice."""
        ...
