"""What a device will do by itself, and when.

The core has no clock, so that whoever runs it wakes it::

    device.agenda.on_plan = lambda when: call_later(when, lambda: device.wake(now()))
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from simulator.device.events import DeviceEvent

D = TypeVar("D", contravariant=True)
"""The device."""

Action = Callable[[datetime], list[DeviceEvent]]
"""Does something at ``now`` and says what came of it: its own events, and those of what it called, such as
``device.complete``. Sessions that became due are told of even when it leaves them out."""


def _tell_nobody(when: datetime) -> None:
    pass


class Agenda:
    """Nothing of it outlives the device's power: a `Behaviour` takes up what was going on."""

    def __init__(self) -> None:
        self.on_plan: Callable[[datetime], None] = _tell_nobody
        """Called with the time of each entry that is made."""
        self._entries: list[tuple[datetime, int, str, Action]] = []
        self._order = itertools.count()

    def __bool__(self) -> bool:
        """Whether anything is planned, or somebody waits for that."""
        return bool(self._entries) or self.on_plan is not _tell_nobody

    def at(self, when: datetime, action: Action, *, about: str = "") -> None:
        """``about`` is what the entry can be called off by, such as a node's URI."""
        heapq.heappush(self._entries, (when, next(self._order), about, action))
        self.on_plan(when)

    def call_off(self, about: str) -> None:
        self._entries = [entry for entry in self._entries if entry[2] != about]
        heapq.heapify(self._entries)

    @property
    def next(self) -> datetime | None:
        """When `Device.wake` has something to do; None: there is nothing."""
        return self._entries[0][0] if self._entries else None

    def take(self, now: datetime) -> Action | None:
        """The next action that is due."""
        if not self._entries or self._entries[0][0] > now:
            return None
        return heapq.heappop(self._entries)[3]

    def clear(self) -> None:
        self._entries.clear()


class Behaviour(Protocol[D]):
    """Something that goes on in a device beside its sessions."""

    def start(self, device: D, now: datetime) -> list[DeviceEvent]:
        """The device was switched on: plan what is to come, take up what its loss of power interrupted."""
        ...

    def happen(self, device: D, name: str, now: datetime) -> list[DeviceEvent] | None:
        """Something happened to the device; None: that means nothing to this behaviour."""
        ...

    @property
    def names(self) -> frozenset[str]:
        """What can happen to it."""
        ...
