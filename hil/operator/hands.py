"""What a person's hands do for a part, by the capability that steps ask for; and looking whether it was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from hil.card.identify import iccid_in
from hil.errors import PartError
from hil.trace.structure import last_digits

NOTICED = timedelta(seconds=3)
"""How long a modem's driver may take to notice that its line has gone, or is back."""


class Person(Protocol):
    def ask(self, what: str, trouble: Callable[[], str | None] = ...) -> None:
        """Returns when it has been done. Raises `CannotDo`."""
        ...

    def wait(self, condition: Callable[[], bool], during: timedelta) -> bool:
        """Let things happen until it holds, or for that long."""
        ...

    def iccid(self, image: str) -> str | None:
        """Of the card that is meant by the name of an image, when the rig file says it."""
        ...

    def note(self, text: str) -> None: ...


class Hand:
    """A part of any kind, with something that a person does for it."""

    def __init__(self, part: Any, person: Person) -> None:
        self._part = part
        self._person = person

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


class InsertsCard(Hand):
    def insert(self, image: str, *, changes: Mapping[str, object]) -> None:
        assert not changes, "the step needs card.image, too"
        iccid = self._person.iccid(image)
        which = f"the card {image!r}{f' (ICCID {last_digits(iccid)})' if iccid is not None else ''}"
        self._person.ask(f"insert {which} into {self._part.reader().name}", lambda: self._not_in(iccid))

    def _not_in(self, wanted: str | None) -> str | None:
        reader = self._part.reader()
        if not self._part.wait_for(present=True):
            return f"there is no card in {reader.name}"
        try:
            found = iccid_in(reader)
        except PartError as error:
            return str(error)
        shown = f"has the ICCID {last_digits(found)}" if found is not None else "tells no ICCID"
        if wanted not in (None, found):
            return f"the card in {reader.name} {shown}"
        self._person.note(f"the card in {reader.name} {shown}")
        return None


class RemovesCard(Hand):
    def remove(self) -> None:
        name = self._part.reader().name
        self._person.ask(
            f"remove the card from {name}",
            lambda: None if self._part.wait_for(present=False) else f"there is still a card in {name}",
        )


class UnplugsModem(Hand):
    def unplug(self) -> None:
        driver = self._part.driver
        self._person.ask("unplug the modem", lambda: self._still_there(driver))

    def _still_there(self, driver: Any) -> str | None:
        gone = self._person.wait(lambda: driver.away or driver.broken is not None, NOTICED)
        return None if gone else f"the line {driver.link.line.name} is still there"

    def plug(self) -> None:
        driver = self._part.driver
        self._person.ask("plug the modem in again", lambda: self._not_back(driver))

    def _not_back(self, driver: Any) -> str | None:
        return None if self._person.wait(lambda: not driver.away, NOTICED) else "its line is not back"


class SwitchesDevice(Hand):
    """Nothing tells whether it is on: a person is believed."""

    def power_on(self) -> None:
        self._person.ask("switch the device on")

    def power_off(self) -> None:
        self._person.ask("switch the device off")


HANDS: Mapping[str, type[Hand]] = {
    "card.insert": InsertsCard,
    "card.remove": RemovesCard,
    "modem.unplug": UnplugsModem,
    "device.power": SwitchesDevice,
}
