"""The commands that wait for a modem: one is open at a time, the others stand in line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from hil.modem.at.parser import Command, Response

Then = Callable[[Response | None], None]
"""Called with the answer, or with None when the modem stayed silent or went away."""


class Entry:
    """A command in the queue. Compared by identity: the same command may be there twice."""

    __slots__ = ("command", "owner", "then")

    def __init__(self, command: Command, then: Then | None = None, owner: object = None) -> None:
        self.command = command
        self.then = then
        self.owner = owner
        """The dialogue that it is a part of, which drops it when it ends early."""


class CommandQueue:
    def __init__(self) -> None:
        self.held = False
        """Only urgent ones are taken: the modem is being set up."""
        self._urgent: deque[Entry] = deque()
        self._others: deque[Entry] = deque()

    def __len__(self) -> int:
        return len(self._urgent) + len(self._others)

    def put(self, entry: Entry, *, urgent: bool = False) -> None:
        (self._urgent if urgent else self._others).append(entry)

    def put_first(self, entry: Entry) -> None:
        self._urgent.appendleft(entry)

    def drop(self, entry: Entry) -> None:
        """Nobody waits for it any more."""
        for waiting in (self._urgent, self._others):
            if entry in waiting:
                waiting.remove(entry)

    def take(self) -> Entry | None:
        if self._urgent:
            return self._urgent.popleft()
        return self._others.popleft() if self._others and not self.held else None

    def interrupt(self) -> list[Entry]:
        """Drop what is urgent, which was about the modem as it was, and what belongs to a dialogue; returns the
        urgent ones that somebody waits for by themselves."""
        waited_for = [entry for entry in self._urgent if entry.owner is None and entry.then is not None]
        self._urgent.clear()
        self._others = deque(entry for entry in self._others if entry.owner is None)
        return waited_for
