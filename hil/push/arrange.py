"""What a network may do to the pieces of one message on their way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

P = TypeVar("P")

Arrangement = Literal["in order", "reversed", "each twice", "first missing", "last missing"]

ARRANGEMENTS: dict[Arrangement, Callable[[Sequence[Any]], list[Any]]] = {
    "in order": list,
    "reversed": lambda pieces: list(reversed(pieces)),
    "each twice": lambda pieces: [piece for piece in pieces for _ in range(2)],
    "first missing": lambda pieces: list(pieces[1:]),
    "last missing": lambda pieces: list(pieces[:-1]),
}
"""Of a message in one piece, "missing" leaves nothing."""


def arrange(pieces: Sequence[P], arrangement: Arrangement) -> list[P]:
    """The pieces as they arrive: segments of an SMS, datagrams, requests."""
    return ARRANGEMENTS[arrangement](pieces)
