"""A virtual card in a virtual reader, all in this process: the default card part of a rig."""

from __future__ import annotations

import contextlib
import queue
from typing import cast

from hil.bench import Bench
from hil.card.part import ImagePart, ImageSettings
from hil.card.uicc.card import Uicc
from hil.card.uicc.state import Removed
from hil.card.watch import SlotEvent
from hil.errors import CardGone, NoCard
from hil.part import PartSettings, part_kind


class VirtualWatch:
    """What a `VirtualReader` tells; may be asked in another thread than the hand's."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[SlotEvent] = queue.SimpleQueue()
        self._closed = False

    def tell(self, event: SlotEvent) -> None:
        if not self._closed:
            self._events.put(event)

    def next(self, seconds: float) -> list[SlotEvent]:
        events: list[SlotEvent] = []
        with contextlib.suppress(queue.Empty):
            if not self._closed:
                events.append(self._events.get(timeout=seconds) if seconds > 0 else self._events.get_nowait())
            while not self._closed:
                events.append(self._events.get_nowait())
        return events

    def close(self) -> None:
        self._closed = True


class VirtualReader:
    """A reader with a slot; `insert` and `remove` are the hand at it."""

    def __init__(self, name: str = "virtual reader") -> None:
        self.name = name
        self._card: Uicc | None = None
        self._powered: Uicc | None = None
        """The card that was connected; another one in the slot is not powered."""
        self._watches: list[VirtualWatch] = []

    def check(self) -> None:
        """It is always there."""

    def watch(self) -> VirtualWatch:
        watch = VirtualWatch()
        self._watches.append(watch)
        return watch

    def insert(self, card: Uicc) -> None:
        self.remove()
        self._card = card
        self._tell(SlotEvent(self.name, "inserted", card.atr))

    def remove(self) -> None:
        if self._card is not None:
            self._card = None
            self._tell(SlotEvent(self.name, "removed"))

    def let_go(self) -> None:
        self.remove()

    def connect(self) -> bytes:
        if self._card is None:
            raise NoCard(f"there is no card in {self.name}", hint="insert one: a scenario does with card.insert")
        self._powered = self._card
        return self._card.reset()

    def reset(self) -> bytes:
        return self._connected().reset()

    def transmit(self, apdu: bytes) -> bytes:
        try:
            return self._connected().process(apdu)
        except Removed:
            self.remove()
            raise self._gone() from None

    def disconnect(self) -> None:
        self._powered = None

    def _tell(self, event: SlotEvent) -> None:
        for watch in self._watches:
            watch.tell(event)

    def _connected(self) -> Uicc:
        if self._powered is None:
            raise CardGone(f"the card in {self.name} is not connected")
        if self._powered is not self._card:
            raise self._gone()
        return self._powered

    def _gone(self) -> CardGone:
        return CardGone(
            f"the card in {self.name} was removed while it was in use", hint="insert it and start again"
        )


class VirtualSettings(ImageSettings):
    reader: str = "virtual reader"
    """What the reader is called."""


@part_kind("card", "virtual")
class VirtualCard(ImagePart):
    """Cards made of images, read in process."""

    Settings = VirtualSettings

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench, VirtualReader(cast("VirtualSettings", settings).reader))

    def _prepare(self, card: Uicc) -> None:
        # It is read within an action of the scheduler, whose time is the run's.
        card.pause = self.bench.scheduler.pass_by
