"""What a virtual card is while it is powered: its files, its channels, what is selected on each.

Also what all its commands share: ways to end one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from hil.card.command import CommandApdu
from hil.card.command import parse as parse_apdu
from hil.card.uicc.cat.toolkit import Toolkit
from hil.card.uicc.files import Df, Ef
from hil.card.uicc.pins import Pins
from hil.card.uicc.rules import Condition
from hil.card.uicc.statusword import StatusWord as StatusWord

MAX_CHANNELS = 3
"""Logical channels besides the basic one that class bytes 0X can name."""


class Removed(Exception):
    """The card has been pulled out (`Behaviour.removed_after`)."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How this card differs from others, and what goes wrong with it."""

    mode: Literal["uicc", "sim", "dual"] = "uicc"
    """Which class bytes it understands: 0X, A0, or both."""
    answers: Literal["direct", "61xx"] = "direct"
    """Whether a SELECT with Le gets its data at once, or 61xx and GET RESPONSE as T=0 shows it."""
    over_read: Literal["short", "6cxx", "6282"] = "short"
    """What a READ BINARY for more than is left gets: less data and 9000, 6Cxx, or less data and 6282."""
    channels: int = MAX_CHANNELS
    extended: bool = True
    """Whether it takes APDUs longer than 261 bytes (ISO/IEC 7816-3 §12.1.3)."""
    removed_after: int | None = None
    """Commands that are answered before the card is pulled out."""
    slow: float = 0.0
    """Seconds until it answers a command."""


@dataclass(slots=True)
class Channel:
    """What is selected on one logical channel."""

    df: Df
    adf: Df | None = None
    ef: Ef | None = None
    record: int = 0
    """The record pointer; 0 is before the first."""
    pending: bytes = b""
    """What the next GET RESPONSE hands over."""


@dataclass(slots=True)
class CardState:
    mf: Df
    pins: Pins = field(default_factory=Pins)
    behaviour: Behaviour = field(default_factory=Behaviour)
    channels: dict[int, Channel] = field(default_factory=dict)
    toolkit: Toolkit | None = None

    def allow(self, condition: Condition, refusal: int = 0x6982) -> None:
        if not self.pins.satisfy(condition):
            raise StatusWord(refusal)


Handler = Callable[[CardState, Channel, CommandApdu], bytes]


def parse(apdu: bytes, *, extended: bool = True) -> CommandApdu:
    """Raises `StatusWord` 6700 for what is no C-APDU; with ``extended`` False, for one with long lengths too."""
    try:
        command = parse_apdu(apdu)
    except ValueError:
        raise StatusWord(0x6700) from None
    if command.extended and not extended:
        raise StatusWord(0x6700)
    return command


def ok(data: bytes = b"") -> bytes:
    return data + b"\x90\x00"


def wait(channel: Channel, data: bytes, sw1: int = 0x61) -> bytes:
    """Keep data for GET RESPONSE."""
    channel.pending = data
    return bytes([sw1, len(data) & 0xFF if len(data) < 256 else 0])


def hand_over(card: CardState, channel: Channel, command: CommandApdu, data: bytes) -> bytes:
    """The answer of a command that has data in both directions."""
    if command.le is None or card.behaviour.answers == "61xx":
        return wait(channel, data)
    if command.le < len(data):
        channel.pending = data[command.le :]
        return data[: command.le] + bytes([0x61, min(len(channel.pending), 255)])
    return ok(data)
