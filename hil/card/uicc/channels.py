"""MANAGE CHANNEL and GET RESPONSE (TS 102 221 §11.1.17, §12.1)."""

from __future__ import annotations

from hil.card.command import CommandApdu
from hil.card.uicc.state import MAX_CHANNELS, CardState, Channel, StatusWord, ok


def manage_channel(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    """The card chooses the number."""
    limit = min(card.behaviour.channels, MAX_CHANNELS)
    if not limit:
        raise StatusWord(0x6881)
    match command.p1, command.p2:
        case 0x00, 0x00:
            free = next((number for number in range(1, limit + 1) if number not in card.channels), None)
            if free is None:
                raise StatusWord(0x6A81)
            # From a logical channel, the new one begins where that one is (§8.7); from the basic one, at the MF.
            basic = channel is card.channels[0]
            card.channels[free] = Channel(card.mf) if basic else Channel(channel.df, channel.adf)
            return ok(bytes([free]))
        case 0x80, number:
            number = number or command.cla & 0x03
            if not number or card.channels.pop(number, None) is None:
                raise StatusWord(0x6A86)
            return ok()
        case _:
            raise StatusWord(0x6A86)


def get_response(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    if not channel.pending:
        raise StatusWord(0x6985)
    if command.le is None or (command.le > len(channel.pending) and command.le != 256):
        raise StatusWord(0x6C00 | len(channel.pending) & 0xFF)
    data, channel.pending = channel.pending[: command.le], channel.pending[command.le :]
    return data + bytes([0x61, min(len(channel.pending), 255)]) if channel.pending else ok(data)
