"""The SIM in the rig's modem, as the rig's card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

from hil.bench import Bench
from hil.card.part import IMAGE, INSERT, REMOVE, ImagePart, ImageSettings
from hil.card.uicc.card import Uicc
from hil.card.uicc.state import Removed
from hil.modem.contract import Asking, CardBay
from hil.part import PartSettings, part_kind
from hil.simaccess.ways import DEFAULT, By, Habits, reader

ASK, CARD_BAY = "modem.ask", "modem.card"


class ModemCardSettings(ImageSettings):
    by: By = DEFAULT
    """csim: +CSIM; cgla: +CCHO, +CGLA and +CCHC; crsm: +CRSM."""
    own_channel: bool = True
    """csim: leave the card's basic channel to the modem."""
    modem_inserts_channel: bool = True
    """cgla: the modem puts the session's logical channel into the class byte."""


@dataclass(frozen=True, slots=True)
class RigModem:
    """A `hil.simaccess.asking.Source`: the modem that the run holds anyway."""

    bench: Bench

    def open(self) -> Asking:
        return self.bench.part("modem", Asking)

    def close(self) -> None:
        pass


class Contacts:
    """A virtual UICC as a modem touches it (`hil.modem.virtual.contacts.Icc`)."""

    def __init__(self, card: Uicc) -> None:
        self._card = card

    def reset(self) -> bytes:
        return self._card.reset()

    def transmit(self, apdu: bytes) -> bytes | None:
        try:
            return self._card.process(apdu)
        except Removed:
            return None


class Bay:
    """A `hil.card.slot.Slot`: the SIM is read by AT commands; a virtual one is put into a modem that takes it."""

    def __init__(self, bench: Bench, by: By, habits: Habits) -> None:
        self._bench = bench
        self._reader = reader(by, RigModem(bench), habits)
        self.name = self._reader.name

    def check(self) -> None:
        """The modem starts after the card, and tells by itself when it is not there."""

    def insert(self, card: Uicc) -> None:
        self._bench.part("modem", CardBay).insert_card(Contacts(card))

    def remove(self) -> None:
        self._bench.part("modem", CardBay).remove_card()

    def let_go(self) -> None:
        self.disconnect()

    def connect(self) -> bytes:
        return self._reader.connect()

    def reset(self) -> bytes:
        return self._reader.reset()

    def transmit(self, apdu: bytes) -> bytes:
        return self._reader.transmit(apdu)

    def disconnect(self) -> None:
        # A logical channel that stays open is missing to whoever reads the card next.
        with self._bench.limits.ending():
            self._reader.disconnect()


@part_kind("card", "modem")
class ModemCard(ImagePart):
    """The SIM in the rig's modem: a real one, or images for a virtual modem."""

    Settings = ModemCardSettings
    capabilities: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset({ASK})
    grants: ClassVar[Mapping[str, frozenset[str]]] = {CARD_BAY: frozenset({INSERT, REMOVE, IMAGE})}

    @classmethod
    def required(cls, settings: PartSettings) -> frozenset[str]:
        """An image needs a modem that takes it."""
        return cls.requires | ({CARD_BAY} if cast("ModemCardSettings", settings).image is not None else set())

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        wanted = cast("ModemCardSettings", settings)
        habits = Habits(wanted.own_channel, wanted.modem_inserts_channel)
        super().__init__(settings, bench, Bay(bench, wanted.by, habits))
