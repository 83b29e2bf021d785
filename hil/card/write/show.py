"""A plan for people: what changes in each file, and the commands, with an account's secrets covered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hil.card.write.plan import Change
from hil.trace.mask import Masker
from hil.trace.messages import cover_message, secrets_of_message

ROW = 24
"""Octets of a file on a line."""


class Cover:
    """Knows what must not be shown of what is, or is to be, on the card."""

    def __init__(self, secrets: Iterable[str], *, show_all: bool = False) -> None:
        self._masker = Masker(show_all=show_all)
        self._show_all = show_all
        for secret in secrets:
            self._masker.add(secret)

    def octets(self, content: bytes) -> bytes:
        """A file's content with its secrets overwritten; the length stays."""
        if self._show_all:
            return content
        for secret in secrets_of_message(content):
            self._masker.add(secret)
        return self._masker.octets(cover_message(content))


def difference(change: Change, cover: Cover) -> Iterator[str]:
    """The rows of a file that become others: ``-`` how they are, ``+`` how they will be."""
    count = sum(a != b for a, b in zip(change.old, change.new, strict=True))
    yield f"{change.name}: {count} of {len(change.new)} bytes change"
    old, new = cover.octets(change.old), cover.octets(change.new)
    for at in range(0, len(new), ROW):
        here = slice(at, at + ROW)
        if change.old[here] != change.new[here]:
            yield f"  {at:04X} - {old[here].hex().upper()}"
            yield f"  {at:04X} + {new[here].hex().upper()}"


def command_line(cla: int, change: Change, at: int, size: int, cover: Cover) -> str:
    """One UPDATE BINARY: ``00D60000C8 A706...``, and which file it is for."""
    shown = cover.octets(change.new)[at : at + size].hex().upper()
    return f"{cla:02X}D6{at:04X}{size:02X} {shown}  UPDATE BINARY {change.name} {at}+{size}"
