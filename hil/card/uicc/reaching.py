"""Which file, and which place in it, a command means (TS 102 221 §11.1.3-7)."""

from __future__ import annotations

from hil.card.command import CommandApdu
from hil.card.uicc.files import Ef
from hil.card.uicc.state import Channel, StatusWord


def file_for(channel: Channel, sfi: int | None, *, active: bool = True) -> Ef:
    """The EF that is selected, or the one with the short identifier, which is selected by that."""
    if sfi is not None:
        found = channel.df.by_sfi(sfi)
        if found is None:
            raise StatusWord(0x6A82)
        channel.ef, channel.record = found, 0
    if channel.ef is None:
        raise StatusWord(0x6986)
    if active and not channel.ef.active:
        raise StatusWord(0x6984)
    return channel.ef


def binary(channel: Channel, command: CommandApdu) -> tuple[Ef, int]:
    """The transparent file and offset that P1 and P2 mean."""
    if command.p1 & 0x80:
        if command.p1 & 0x60:
            raise StatusWord(0x6A86)
        file, offset = file_for(channel, command.p1 & 0x1F), command.p2
    else:
        file, offset = file_for(channel, None), command.p1 << 8 | command.p2
    if file.records is not None:
        raise StatusWord(0x6981)
    return file, offset


def records_of(channel: Channel, command: CommandApdu) -> tuple[Ef, list[bytearray]]:
    """The file with records that P2 means."""
    file = file_for(channel, command.p2 >> 3 or None)
    if file.records is None:
        raise StatusWord(0x6981)
    return file, file.records


NEXT, PREVIOUS, ABSOLUTE = 0x02, 0x03, 0x04


def record_for(channel: Channel, file: Ef, command: CommandApdu, absent: int) -> int:
    """The index of the record that P1 and the mode in P2 mean; moves the record pointer.

    In a cyclic file the records are a ring: after the last comes the first (TS 102 221 §8.2.2.3).
    """
    records = file.records or []
    match command.p2 & 0x07:
        case 0x02:
            number = channel.record + 1
        case 0x03:
            number = channel.record - 1 if channel.record else len(records)
        case 0x04:
            number = command.p1 or channel.record
        case _:
            raise StatusWord(0x6A86)
    moves = command.p2 & 0x07 != ABSOLUTE
    if moves and file.cyclic and records:
        number = (number - 1) % len(records) + 1
    if not 1 <= number <= len(records):
        raise StatusWord(absent)
    if moves:
        channel.record = number
    return number - 1
