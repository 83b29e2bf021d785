"""Watching the readers of PC/SC: cards that come and go, and readers that do."""

from __future__ import annotations

import time
from collections.abc import Iterator

from hil.card.pcsc_context import Context, ReaderState, matching
from hil.card.watch import SlotEvent

LOOK_SECONDS = 0.2
"""How often the list of readers is read again; pcscd tells of cards by itself, at once."""


class PcscWatch:
    def __init__(self, pattern: str = "*") -> None:
        """Raises `PartMissing`. That no reader matches is no error: one may be attached."""
        self._pattern = pattern
        self._context: Context | None = Context()
        self.states = self._look()
        """What is in the readers."""

    def next(self, seconds: float) -> list[SlotEvent]:
        deadline = time.monotonic() + seconds
        while self._context is not None:
            left = max(0.0, min(LOOK_SECONDS, deadline - time.monotonic()))
            if self.states:
                names = [state.name for state in self.states]
                self._context.states(names, self.states, int(left * 1000))
            else:
                time.sleep(left)
            before, self.states = self.states, self._look()
            events = list(changes(before, self.states))
            if events or time.monotonic() >= deadline:
                return events
        return []

    def close(self) -> None:
        if self._context is not None:
            self._context.release()
            self._context = None

    def _look(self) -> list[ReaderState]:
        assert self._context is not None
        return matching(self._pattern, self._context.readers())


def there(states: list[ReaderState]) -> list[SlotEvent]:
    """What is there, as if it had just come."""
    return list(changes([], states))


def changes(before: list[ReaderState], after: list[ReaderState]) -> Iterator[SlotEvent]:
    """What led from one state to the other."""
    known = {state.name: state for state in before}
    there = {state.name for state in after}
    for state in before:
        if state.name not in there:
            if state.present:
                yield SlotEvent(state.name, "removed")
            yield SlotEvent(state.name, "detached")
    for state in after:
        old = known.get(state.name)
        if old is None:
            yield SlotEvent(state.name, "attached")
        elif old.present and (not state.present or state.count != old.count):
            yield SlotEvent(state.name, "removed")
        if state.present and (old is None or not old.present or state.count != old.count):
            yield SlotEvent(state.name, "inserted", state.atr)
