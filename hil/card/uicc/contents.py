"""What files hold, read and changed: READ, UPDATE and SEARCH, BINARY and RECORD (TS 102 221 §11.1.3-8)."""

from __future__ import annotations

from hil.card.command import CommandApdu
from hil.card.uicc.files import Ef
from hil.card.uicc.reaching import PREVIOUS, binary, record_for, records_of
from hil.card.uicc.state import CardState, Channel, StatusWord, hand_over, ok


def read_binary(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    file, offset = binary(channel, command)
    card.allow(file.rules.read)
    if command.le is None:
        raise StatusWord(0x6700)
    if offset >= len(file.content):
        raise StatusWord(0x6B00)
    data = bytes(file.content[offset : offset + command.le])
    if len(data) < command.le:
        if card.behaviour.over_read == "6cxx" and len(data) <= 256:
            raise StatusWord(0x6C00 | len(data) & 0xFF)
        if card.behaviour.over_read == "6282" and command.le not in (256, 65536):
            return data + b"\x62\x82"
    return ok(data)


def update_binary(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    file, offset = binary(channel, command)
    card.allow(file.rules.update)
    write_into(file, offset, command.data)
    return ok()


def write_into(file: Ef, offset: int, data: bytes) -> None:
    if not data:
        raise StatusWord(0x6700)
    if offset + len(data) > len(file.content):
        raise StatusWord(0x6B00)
    file.content[offset : offset + len(data)] = data


def read_record(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    file, records = records_of(channel, command)
    index = record_for(channel, file, command, 0x6A83)
    card.allow(file.rules.read)
    if command.le != file.record_size and (command.le != 256 or card.behaviour.over_read == "6cxx"):
        raise StatusWord(0x6C00 | file.record_size & 0xFF)
    return ok(bytes(records[index]))


def update_record(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    file, _ = records_of(channel, command)
    card.allow(file.rules.update)
    write_record(channel, file, command, 0x6A83)
    return ok()


def write_record(channel: Channel, file: Ef, command: CommandApdu, absent: int) -> None:
    """A record of a cyclic file can be written as PREVIOUS only: the oldest becomes the first."""
    assert file.records is not None
    if len(command.data) != file.record_size:
        raise StatusWord(0x6700)
    if file.cyclic:
        if command.p2 & 0x07 != PREVIOUS or command.p1:
            raise StatusWord(0x6A86)
        file.records.insert(0, bytearray(command.data))
        file.records.pop()
        channel.record = 1
        return
    file.records[record_for(channel, file, command, absent)][:] = command.data


FORWARD, BACKWARD = 0x04, 0x05


def search_record(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    """Simple search: the numbers of the records that hold the octets, from P1 on (TS 102 221 §11.1.7)."""
    file, records = records_of(channel, command)
    card.allow(file.rules.read)
    direction = command.p2 & 0x07
    if direction not in (FORWARD, BACKWARD):
        # 06 is the enhanced search, which this card has not got.
        raise StatusWord(0x6A86)
    if not 0 < len(command.data) <= file.record_size:
        raise StatusWord(0x6700)
    start = command.p1 or channel.record or (1 if direction == FORWARD else len(records))
    if start > len(records):
        raise StatusWord(0x6A83)
    numbers = range(start, len(records) + 1) if direction == FORWARD else range(start, 0, -1)
    found = bytes(number for number in numbers if command.data in records[number - 1])
    if not found:
        raise StatusWord(0x6282)
    channel.record = found[0]
    return hand_over(card, channel, command, found)
