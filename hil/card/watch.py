"""Seeing cards come and go: what a watch on one or more slots tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

What = Literal["attached", "detached", "inserted", "removed"]
"""attached, detached: the reader itself."""


@dataclass(frozen=True, slots=True)
class SlotEvent:
    reader: str
    what: What
    atr: bytes = b""
    """Of a card that was inserted; empty where the reader does not tell."""


class Watch(Protocol):
    def next(self, seconds: float) -> list[SlotEvent]:
        """What happened since the last call, in order; waits up to ``seconds`` of real time for something.

        A card that was replaced meanwhile was removed and inserted. Raises `PartError` when nothing can be seen
        any more.
        """
        ...

    def close(self) -> None:
        """Watch no longer. Never raises; may be called twice."""
        ...


class Watchable(Protocol):
    def watch(self) -> Watch:
        """A watch that tells what happens from now on. Raises `PartError`."""
        ...
