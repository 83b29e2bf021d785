"""The toolkit's commands of class 80 (TS 102 221 §11.2)."""

from __future__ import annotations

from hil.card.command import CommandApdu
from hil.card.uicc.cat.toolkit import Toolkit
from hil.card.uicc.state import CardState, Channel, Handler, StatusWord, ok
from simulator.codes.apdu import Ins


def _toolkit(card: CardState) -> Toolkit:
    if card.toolkit is None:
        raise StatusWord(0x6D00)
    return card.toolkit


def _terminal_profile(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    """A card without a toolkit takes the profile too, and makes nothing of it."""
    if card.toolkit is not None:
        card.toolkit.profile(command.data)
    return ok()


def _fetch(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    return ok(_toolkit(card).fetch(command.le or 256))


def _terminal_response(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    _toolkit(card).respond(command.data)
    return ok()


def _envelope(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    _toolkit(card).envelope(command.data)
    return ok()


HANDLERS: dict[tuple[int, int], Handler] = {
    (0x80, Ins.TERMINAL_PROFILE): _terminal_profile,
    (0x80, Ins.FETCH): _fetch,
    (0x80, Ins.TERMINAL_RESPONSE): _terminal_response,
    (0x80, Ins.ENVELOPE): _envelope,
}

ANNOUNCING = frozenset({Ins.STATUS, Ins.TERMINAL_PROFILE, Ins.TERMINAL_RESPONSE, Ins.ENVELOPE})
"""Commands whose 9000 becomes 91xx when a proactive command waits."""
