"""Values of data objects in toolkit messages (TS 102 223 §8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.codes.cat import (
    CHANNEL_COUNT_OCTET,
    CHANNEL_COUNT_SHIFT,
    LINK_DROPPED,
    MAX_CHANNELS,
    Ability,
    ChannelState,
    Device,
    Transport,
)
from simulator.errors import CodecError

ALL_AND_MORE = 0xFF
"""Of a channel data length: 255 octets or more (§8.54)."""


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """§8.56, as it is for UICC server mode."""

    channel: int
    state: ChannelState
    dropped: bool = False
    """The link went by itself."""

    def encode(self) -> bytes:
        return bytes([self.channel | self.state, LINK_DROPPED if self.dropped else 0])

    @staticmethod
    def decode(value: bytes) -> ChannelStatus:
        """Raises `CodecError`."""
        if len(value) != 2:
            raise CodecError(f"a channel status of {len(value)} octets; it has 2")
        try:
            state = ChannelState(value[0] & 0xC0)
        except ValueError:
            message = f"channel status {value.hex().upper()} says none of closed, listen and established"
            raise CodecError(message) from None
        return ChannelStatus(value[0] & 0x07, state, value[1] == LINK_DROPPED)

    def __str__(self) -> str:
        dropped = ", the link was dropped" if self.dropped else ""
        return f"channel {self.channel} {self.state.name.lower()}{dropped}"


@dataclass(frozen=True, slots=True)
class TransportLevel:
    """UICC/terminal interface transport level (§8.59)."""

    protocol: int
    port: int

    def encode(self) -> bytes:
        return bytes([self.protocol]) + self.port.to_bytes(2, "big")

    @staticmethod
    def decode(value: bytes) -> TransportLevel:
        """Raises `CodecError`."""
        if len(value) != 3:
            raise CodecError(f"a transport level of {len(value)} octets; it has 3: the protocol and a port")
        return TransportLevel(value[0], int.from_bytes(value[1:], "big"))

    def __str__(self) -> str:
        known = {each.value: each.title for each in Transport}
        return f"{known.get(self.protocol, f'protocol {self.protocol:02X}')} :{self.port}"


def number(value: bytes, octets: int, what: str) -> int:
    """A number of so many octets. Raises `CodecError`."""
    if len(value) != octets:
        raise CodecError(f"a {what} of {len(value)} octets; it has {octets}")
    return int.from_bytes(value, "big")


def data_length(count: int) -> bytes:
    """A channel data length (§8.54)."""
    return bytes([min(count, ALL_AND_MORE)])


def device_name(identity: int) -> str:
    if channel_of(identity) is not None:
        return f"channel {identity - Device.CHANNEL}"
    known = {each.value: each.name.lower() for each in Device}
    return known.get(identity, f"device {identity:02X}")


def channel_of(identity: int) -> int | None:
    """The channel that a device identity names; None for what is no channel."""
    return identity - Device.CHANNEL if 1 <= identity - Device.CHANNEL <= MAX_CHANNELS else None


def profile(abilities: Iterable[Ability], channels: int = 0) -> bytes:
    """A terminal profile (§5.2), as long as it has to be."""
    made = bytearray(max([1, CHANNEL_COUNT_OCTET if channels else 0, *(each >> 4 for each in abilities)]))
    for ability in abilities:
        made[(ability >> 4) - 1] |= 1 << (ability & 0x0F) - 1
    if channels:
        made[CHANNEL_COUNT_OCTET - 1] |= channels << CHANNEL_COUNT_SHIFT
    return bytes(made)


def abilities(terminal_profile: bytes) -> frozenset[Ability]:
    """Those that a terminal profile has, and we know."""
    return frozenset(
        ability
        for ability in Ability
        if (ability >> 4) <= len(terminal_profile)
        and terminal_profile[(ability >> 4) - 1] & 1 << (ability & 0x0F) - 1
    )


def channel_count(terminal_profile: bytes) -> int:
    """How many channels a terminal has, by its profile."""
    if len(terminal_profile) < CHANNEL_COUNT_OCTET:
        return 0
    return terminal_profile[CHANNEL_COUNT_OCTET - 1] >> CHANNEL_COUNT_SHIFT
