"""The commands of class 0X and 8X, other than SELECT (TS 102 221 §11.1)."""

from __future__ import annotations

from hil.card.uicc.fcp import fcp
from hil.card.uicc.files import Ef
from hil.card.uicc.security import PIN1, PIN_OCTETS
from hil.card.uicc.selection import select
from hil.card.uicc.state import MAX_CHANNELS, CardState, Channel, Command, Handler, StatusWord, ok
from simulator.codes.apdu import Ins


def _status(card: CardState, channel: Channel, command: Command) -> bytes:
    match command.p2:
        case 0x00:
            data = fcp(channel.df, card.pin)
        case 0x01:
            data = bytes([0x84, len(channel.df.aid)]) + channel.df.aid
        case 0x0C:
            return ok()
        case _:
            raise StatusWord(0x6A86)
    if command.le is not None and command.le not in (256, len(data)):
        raise StatusWord(0x6C00 | len(data))
    return ok(data)


def _file_for(channel: Channel, sfi: int | None) -> Ef:
    if sfi is not None:
        found = channel.df.by_sfi(sfi)
        if found is None:
            raise StatusWord(0x6A82)
        channel.ef, channel.record = found, 0
    if channel.ef is None:
        raise StatusWord(0x6986)
    if not channel.ef.active:
        raise StatusWord(0x6984)
    return channel.ef


def _binary(channel: Channel, command: Command) -> tuple[Ef, int]:
    """The transparent file and offset that P1 and P2 mean (TS 102 221 §11.1.3)."""
    if command.p1 & 0x80:
        file, offset = _file_for(channel, command.p1 & 0x1F), command.p2
    else:
        file, offset = _file_for(channel, None), command.p1 << 8 | command.p2
    if file.records is not None:
        raise StatusWord(0x6981)
    return file, offset


def _read_binary(card: CardState, channel: Channel, command: Command) -> bytes:
    file, offset = _binary(channel, command)
    card.allow(file.read)
    if command.le is None:
        raise StatusWord(0x6700)
    if offset >= len(file.content):
        raise StatusWord(0x6B00)
    data = bytes(file.content[offset : offset + command.le])
    if len(data) < command.le:
        if card.behaviour.over_read == "6cxx" and len(data) < 256:
            raise StatusWord(0x6C00 | len(data))
        if card.behaviour.over_read == "6282" and command.le not in (256, 65536):
            return data + b"\x62\x82"
    return ok(data)


def _update_binary(card: CardState, channel: Channel, command: Command) -> bytes:
    file, offset = _binary(channel, command)
    card.allow(file.update)
    if offset + len(command.data) > len(file.content):
        raise StatusWord(0x6B00)
    file.content[offset : offset + len(command.data)] = command.data
    return ok()


def record_for(channel: Channel, file: Ef, command: Command, absent: int) -> int:
    """The index of the record that P1 and the mode in P2 mean; moves the record pointer."""
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
    if not 1 <= number <= len(records):
        raise StatusWord(absent)
    if command.p2 & 0x07 != 0x04:
        channel.record = number
    return number - 1


def _record(channel: Channel, command: Command) -> tuple[Ef, int]:
    file = _file_for(channel, command.p2 >> 3 or None)
    if file.records is None:
        raise StatusWord(0x6981)
    return file, record_for(channel, file, command, 0x6A83)


def _read_record(card: CardState, channel: Channel, command: Command) -> bytes:
    file, index = _record(channel, command)
    card.allow(file.read)
    assert file.records is not None
    if command.le != file.record_size and (command.le != 256 or card.behaviour.over_read == "6cxx"):
        raise StatusWord(0x6C00 | file.record_size & 0xFF)
    return ok(bytes(file.records[index]))


def _update_record(card: CardState, channel: Channel, command: Command) -> bytes:
    file, index = _record(channel, command)
    card.allow(file.update)
    assert file.records is not None
    if len(command.data) != file.record_size:
        raise StatusWord(0x6700)
    file.records[index][:] = command.data
    return ok()


def _verify(card: CardState, channel: Channel, command: Command) -> bytes:
    if command.p1 or command.p2 != PIN1:
        raise StatusWord(0x6A88)
    pin = card.pin
    if pin.blocked:
        raise StatusWord(0x6983)
    if not command.data:
        # An empty VERIFY asks how many tries are left.
        raise StatusWord(0x63C0 | pin.left)
    if not pin.enabled:
        raise StatusWord(0x6984)
    if len(command.data) != PIN_OCTETS:
        raise StatusWord(0x6700)
    if not pin.verify(command.data):
        raise StatusWord(0x63C0 | pin.left if not pin.blocked else 0x6983)
    return ok()


def _manage_channel(card: CardState, channel: Channel, command: Command) -> bytes:
    """MANAGE CHANNEL (TS 102 221 §11.1.17); the card chooses the number."""
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


def get_response(card: CardState, channel: Channel, command: Command) -> bytes:
    if not channel.pending:
        raise StatusWord(0x6985)
    if command.le is None or (command.le > len(channel.pending) and command.le != 256):
        raise StatusWord(0x6C00 | len(channel.pending) & 0xFF)
    data, channel.pending = channel.pending[: command.le], channel.pending[command.le :]
    return data + bytes([0x61, min(len(channel.pending), 255)]) if channel.pending else ok(data)


def _accept(card: CardState, channel: Channel, command: Command) -> bytes:
    return ok()


HANDLERS: dict[tuple[int, int], Handler] = {
    (0x00, Ins.SELECT): select,
    (0x00, Ins.READ_BINARY): _read_binary,
    (0x00, Ins.UPDATE_BINARY): _update_binary,
    (0x00, Ins.READ_RECORD): _read_record,
    (0x00, Ins.UPDATE_RECORD): _update_record,
    (0x00, Ins.VERIFY): _verify,
    (0x00, Ins.MANAGE_CHANNEL): _manage_channel,
    (0x00, Ins.GET_RESPONSE): get_response,
    (0x80, Ins.STATUS): _status,
    (0x80, Ins.TERMINAL_PROFILE): _accept,
    (0x80, Ins.TERMINAL_CAPABILITY): _accept,
}
"""By class (00 interindustry, 80 TS 102 221's own) and instruction."""
