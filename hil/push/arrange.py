"""What a network may do to the segments of one message on their way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

Arrangement = Literal["in order", "reversed", "each twice", "first missing", "last missing"]

ARRANGEMENTS: dict[Arrangement, Callable[[Sequence[bytes]], list[bytes]]] = {
    "in order": list,
    "reversed": lambda segments: list(reversed(segments)),
    "each twice": lambda segments: [segment for segment in segments for _ in range(2)],
    "first missing": lambda segments: list(segments[1:]),
    "last missing": lambda segments: list(segments[:-1]),
}


def arrange(segments: Sequence[bytes], arrangement: Arrangement) -> list[bytes]:
    return ARRANGEMENTS[arrangement](segments)
