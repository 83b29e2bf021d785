"""Slots of every kind that a reader can have, each with a hand that puts virtual cards in and pulls them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from hil.card.reader import Reader
from hil.card.recording import Event, RecordedReader, RecordingReader, parse, write
from hil.card.uicc.card import Uicc
from hil.card.virtual import VirtualReader
from hil.modem.served import ServedModem
from hil.modem.virtual.contacts import Habits as ModemHabits
from hil.modem.virtual.profile import Profile
from hil.simaccess.part import Contacts
from hil.simaccess.port import PortSource
from hil.simaccess.ways import By, Habits, reader
from hil.trace.recorder import Recorder
from tests import pcscd
from tests.peers import require


class Slot(Reader, Protocol):
    def insert(self, uicc: Uicc) -> None: ...

    def remove(self) -> None: ...


@dataclass(frozen=True)
class Kind:
    """What a kind of reader does, where they are not all alike."""

    make: Callable[[], Slot]
    atr: bool = True
    """It tells the card's ATR."""
    raw: bool = True
    """An answer reaches the caller as the card gives it, 61xx and 6Cxx too."""
    extended: bool = True
    watched: bool = True
    channels: bool = True
    """Logical channels can be opened."""
    notices: bool = True
    """That another card is in is noticed by whoever was connected to the one before."""
    imsi: bool = True
    """The IMSI is found: by +CRSM a SIM looks like a UICC, and has no USIM."""
    layout: dict[str, Any] = field(default_factory=dict)
    """Of a card whose bootstrap can be reached."""


class ModemSlot:
    """The SIM in a virtual modem on a pseudo-terminal, read through pyserial."""

    def __init__(self, by: By, habits: Habits | None = None, modem: ModemHabits | None = None) -> None:
        def now() -> datetime:
            return datetime.now(UTC)

        self.modem = ServedModem(Profile(), now, lambda deadline: None)
        if modem is not None:
            self.modem.core.equipment.contacts.habits = modem
        self.modem.start()
        self.recorder = Recorder(now)
        self._reader = reader(by, PortSource(self.modem.path, self.recorder), habits)
        self.name = self._reader.name
        self.connect, self.reset = self._reader.connect, self._reader.reset
        self.transmit, self.disconnect = self._reader.transmit, self._reader.disconnect

    def insert(self, uicc: Uicc) -> None:
        self.modem.insert_card(Contacts(uicc))

    def remove(self) -> None:
        self.modem.remove_card()

    def close(self) -> None:
        self.modem.close()


class RecordingSlot(RecordingReader):
    """A virtual slot that remembers what crossed it."""

    def __init__(self) -> None:
        self.slot = VirtualReader()
        self.events: list[Event] = []
        super().__init__(self.slot, self.events.append)
        self.insert, self.remove = self.slot.insert, self.slot.remove

    def replay(self) -> ReplayedSlot:
        """The same from a file of text."""
        return ReplayedSlot(parse(write(self.events), Path("recording.txt")))


class ReplayedSlot(RecordedReader):
    """Where what the hand does has been done already, when it was recorded."""

    def insert(self, uicc: Uicc) -> None:
        pass

    def remove(self) -> None:
        pass


def vpcd() -> Slot:
    require("pcscd", "vpcd", "pyscard")
    from hil.card.vpcd import VpcdReader

    return VpcdReader(port=pcscd.shared().port)


DF: dict[str, Any] = {"application": "df"}

KINDS: dict[str, Kind] = {
    "virtual": Kind(VirtualReader),
    "vpcd": Kind(vpcd),
    "recording": Kind(RecordingSlot, watched=False),
    "csim": Kind(lambda: ModemSlot("csim"), atr=False, extended=False, watched=False),
    "csim on the basic channel": Kind(
        lambda: ModemSlot("csim", Habits(own_channel=False)),
        atr=False, extended=False, watched=False, notices=False,
    ),
    "csim of a modem that follows 61xx": Kind(
        lambda: ModemSlot("csim", modem=ModemHabits(follows=True, quotes=False)),
        atr=False, raw=False, extended=False, watched=False,
    ),
    "cgla": Kind(lambda: ModemSlot("cgla"), atr=False, extended=False, watched=False),
    "cgla with the channel in the class byte": Kind(
        lambda: ModemSlot(
            "cgla", Habits(modem_inserts_channel=False), ModemHabits(inserts_channel=False, quotes=False)
        ),
        atr=False, extended=False, watched=False,
    ),
    "crsm": Kind(
        lambda: ModemSlot("crsm"),
        atr=False, raw=False, extended=False, watched=False, channels=False, notices=False, layout=DF,
    ),
    "crsm with a SIM": Kind(
        lambda: ModemSlot("crsm"),
        atr=False, raw=False, extended=False, watched=False, channels=False, notices=False,
        imsi=False, layout={**DF, "mode": "sim"},
    ),
}  # fmt: skip
