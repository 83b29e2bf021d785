"""The commands about PINs: VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK (TS 102 221 §11.1.9-13).

What they do is the same in class A0; only the status words differ (TS 51.011 §9.4), which `Words` holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hil.card.command import CommandApdu
from hil.card.uicc.pins import OCTETS, Counter, Pin
from hil.card.uicc.rules import is_adm
from hil.card.uicc.state import CardState, Channel, Handler, StatusWord, ok


@dataclass(frozen=True, slots=True)
class Words:
    """What a card answers when it does not do what it was asked to with a PIN."""

    unknown: int = 0x6A88
    wrong: int | None = None
    """None: 63Cx, with the tries that are left."""
    blocked: int = 0x6983
    disabled: int = 0x6984
    enabled: int = 0x6985

    def refuse(self, counter: Counter) -> StatusWord:
        if counter.blocked:
            return StatusWord(self.blocked)
        return StatusWord(0x63C0 | min(counter.left, 15) if self.wrong is None else self.wrong)


UICC = Words()


def find(card: CardState, key: int, words: Words) -> Pin:
    pin = card.pins.get(key)
    if pin is None:
        raise StatusWord(words.unknown)
    return pin


def verify(pin: Pin, data: bytes, words: Words) -> None:
    if pin.blocked:
        raise words.refuse(pin)
    if not pin.enabled:
        raise StatusWord(words.disabled)
    if not pin.verify(data):
        raise words.refuse(pin)


def change(pin: Pin, data: bytes, words: Words) -> None:
    half = len(data) // 2
    verify(pin, data[:half], words)
    pin.code = data[half:]


def disable(pin: Pin, data: bytes, words: Words) -> None:
    verify(pin, data, words)
    pin.enabled = False


def enable(pin: Pin, data: bytes, words: Words) -> None:
    if pin.enabled:
        raise words.refuse(pin) if pin.blocked else StatusWord(words.enabled)
    if not pin.verify(data):
        raise words.refuse(pin)
    pin.enabled = True


def unblock(pin: Pin, data: bytes, words: Words) -> None:
    if not pin.unblock.check(data[:OCTETS]):
        raise words.refuse(pin.unblock)
    pin.code, pin.left, pin.verified, pin.enabled = data[OCTETS:], pin.tries, True, True


Action = Callable[[Pin, bytes, Words], None]


def _handler(action: Action, secrets: int, counter: Callable[[Pin], Counter] | None = None) -> Handler:
    """``counter``: what an empty command asks about: how many tries are left."""

    def handle(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
        if command.p1:
            raise StatusWord(0x6A86)
        pin = find(card, command.p2, UICC)
        if not command.data and counter is not None:
            raise UICC.refuse(counter(pin))
        # An issuer's key may be longer than a PIN, up to 16 octets.
        longest = 2 if is_adm(command.p2) else 1
        if len(command.data) not in {secrets * OCTETS * times for times in range(1, longest + 1)}:
            raise StatusWord(0x6700)
        action(pin, command.data, UICC)
        return ok()

    return handle


VERIFY = _handler(verify, 1, lambda pin: pin)
CHANGE = _handler(change, 2)
DISABLE = _handler(disable, 1)
ENABLE = _handler(enable, 1)
UNBLOCK = _handler(unblock, 2, lambda pin: pin.unblock)
