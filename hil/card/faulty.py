"""Faults between a reader and its card, whatever reader it is: a wrapper at the seam."""

from __future__ import annotations

from typing import Any, NoReturn, cast

from hil.card.reader import Reader
from hil.errors import CardGone
from hil.faults import Faults, Hold, What


class FaultyReader:
    """A reader on whose contacts things go wrong."""

    def __init__(self, reader: Reader, faults: Faults, hold: Hold) -> None:
        self._reader = reader
        self._faults = faults
        self._hold = hold

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def transmit(self, apdu: bytes) -> bytes:
        """As `Reader.transmit`: a card that does not answer is one that has gone."""
        fault = self._faults.next(apdu)
        if fault is None:
            return self._reader.transmit(apdu)
        if fault.what is What.RESET:
            self._reader.reset()
            return self._reader.transmit(apdu)
        return self._faults.befall(
            fault,
            apdu,
            self._reader.transmit,
            hold=self._hold,
            broken=self._gone,
            spoilt=lambda answer: self._faults.damaged(fault, answer),
        )

    def _gone(self) -> NoReturn:
        raise CardGone(f"the card in {self._reader.name} does not answer")


class FaultyCard:
    """A card part of any kind, whose reader is one of these."""

    def __init__(self, part: Any, faults: Faults, hold: Hold) -> None:
        self._part = part
        self._faults = faults
        self._hold = hold

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)

    def reader(self) -> Reader:
        return cast("Reader", FaultyReader(self._part.reader(), self._faults, self._hold))
