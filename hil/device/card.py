"""What a device finds on its card (DM Bootstrap §5.5.6), and that no trace shows the secrets in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from hil.bench import Bench
from hil.card import dialogue
from hil.card.contract import Readable
from hil.device.scws import Scws
from hil.errors import CardGone, NoCard, PartError
from hil.fields import Secret
from hil.trace.messages import secrets_of_message
from simulator.bootstrap.card import ICCID, CardBootstrap, read_bootstrap
from simulator.bootstrap.pin import PinRequest, is_pin
from simulator.bootstrap.policy import CardPolicy
from simulator.device.origins import UNTOLD, origin_of_card
from simulator.errors import CardError


def _digits(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError("digits are expected, those that a card's identity begins with")
    return text


def _pin(text: str) -> str:
    if not is_pin(text):
        raise ValueError("4 to 8 digits are expected")
    return text


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int) else value


_Beginnings = Annotated[tuple[Annotated[str, AfterValidator(_digits)], ...], BeforeValidator(_listed)]


class CardHabits(BaseModel):
    """How a device treats the card in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bootstrap: bool = True
    """``no``: it takes no bootstrap from cards, and what one brought earlier stays."""
    lock_imsi: _Beginnings = ()
    """SIM lock: digits that a card's IMSI has to begin with, any of these (country and network). Another card is
    not used."""
    lock_iccid: _Beginnings = ()
    """The same of the card's ICCID."""
    pin: Annotated[Secret, AfterValidator(_pin)] | None = None
    """What the user enters when the card wants its PIN (or universal PIN); it is not tried a second time when it
    was wrong, and not when a single try is left."""
    pin2: Annotated[Secret, AfterValidator(_pin)] | None = None
    """The same of PIN 2 (local PIN 1)."""
    scws: Scws | None = None
    """Without an account, a bootstrap is asked for at the web server in the card: ``bip`` through the terminal's
    gateway, ``ip`` straight. Needs `bootstrap`."""

    @property
    def policy(self) -> CardPolicy:
        return CardPolicy(self.bootstrap, self.lock_imsi, self.lock_iccid)

    def of_key(self, key: int) -> str | None:
        return {0x01: self.pin, 0x11: self.pin, 0x81: self.pin2}.get(key)


class CardUse:
    """A device's dealings with its cards, from one power-on to the next."""

    def __init__(self, habits: CardHabits, bench: Bench) -> None:
        self._bench = bench
        self.origin: str | None = None
        """Of the card that is used."""
        self.change(habits)

    def change(self, habits: CardHabits) -> None:
        """From now on; a PIN that was wrong may be tried once more."""
        self.habits = habits
        self._spent: set[tuple[str | None, int]] = set()
        """By ICCID and key reference: PINs that were tried, and of which no card said that they are right."""
        for secret in filter(None, (habits.pin, habits.pin2)):
            self._bench.recorder.masker.add(secret)

    def read(
        self, tell: Callable[[str], None], ignore: Callable[[str, str], None]
    ) -> tuple[str | None, CardBootstrap]:
        """The origin of the card that is there (None: none is, or none that may be used) and what is on it.

        One that goes while it is read is as good as none. One that stops answering and is there still, or answers
        nonsense, is there: nothing is taken from it this time, and something on it was not read.

        Raises `PartError` when not the card is missing but the reader, or what is behind it.

        ``tell`` hears what was found, ``ignore`` what had to be passed over and why.
        """
        self.origin = None
        part = self._bench.part("card", Readable)
        reader = part.reader()
        found = CardBootstrap()
        try:
            dialogue.connect(reader, self._bench.recorder)
            asked = read_bootstrap(lambda request: self._enter(request, tell), self.habits.policy, found)
            dialogue.run(asked, reader, self._bench.recorder)
        except NoCard as error:
            tell(f"no card: {error}")
            return None, CardBootstrap()
        except (CardError, CardGone) as error:
            ignore("card", str(error))
            if isinstance(error, CardGone) and not self._is_there(part):
                return None, CardBootstrap()
            broken = CardBootstrap(found.iccid, unread=[str(error)])
            return UNTOLD if found.iccid is None else origin_of_card(found.iccid), broken
        finally:
            self._learn(found)
            reader.disconnect()
        origin = UNTOLD if ICCID in found.unread else origin_of_card(found.iccid)
        for note in found.notes:
            tell(f"card: {note}")
        if found.rejected is not None:
            ignore("card", found.rejected)
            # One that could not say who it is may be the right one.
            return (origin if found.unread else None), found
        self.origin = origin
        return self.origin, found

    def _learn(self, found: CardBootstrap) -> None:
        """What was read has been read, though the card broke then."""
        self._spent -= {(found.iccid, key) for key, right in found.pins.items() if right}
        for secret in filter(None, (found.iccid, found.imsi)):
            self._bench.recorder.masker.add(secret)
        for message in found.messages:
            learn(self._bench, message)

    def _is_there(self, part: Readable) -> bool:
        """Whether the card, of which we only know that it stopped answering, is in the reader now."""
        try:
            # A person who pulled it out may be about to put in another one: that is not this card.
            with part.without_waiting():
                dialogue.connect(part.reader(), self._bench.recorder)
        except PartError:
            return False  # Should it be the bench that is broken, it says so to whoever needs it next.
        return True

    def _enter(self, request: PinRequest, tell: Callable[[str], None]) -> str | None:
        pin = self.habits.of_key(request.key)
        if pin is None:
            return None
        if (request.iccid, request.key) in self._spent:
            tell(f"card: {request}; the PIN was tried before in vain, and is not tried again")
            return None
        if request.left is None or request.left < 2:
            tell(f"card: {request}; the PIN is not tried: a wrong one would block the card")
            return None
        # From here on it may have cost a try, whatever becomes of the card.
        self._spent.add((request.iccid, request.key))
        return pin


def learn(bench: Bench, message: bytes) -> None:
    """Tell the masker the secrets of a bootstrap message, wherever it came from."""
    for secret in secrets_of_message(message):
        bench.recorder.masker.add(secret)
