"""The commands of class A0: a virtual UICC as the SIM it also is (TS 51.011 §9.2)."""

from __future__ import annotations

from hil.card.uicc.commands import get_response, record_for
from hil.card.uicc.fcp import sim_header
from hil.card.uicc.files import Ef
from hil.card.uicc.security import PIN_OCTETS
from hil.card.uicc.selection import by_fid, enter
from hil.card.uicc.state import CardState, Channel, Command, Handler, StatusWord, ok, wait
from simulator.codes.apdu import Ins


def _select(card: CardState, channel: Channel, command: Command) -> bytes:
    if len(command.data) != 2:
        raise StatusWord(0x6702)
    try:
        file = by_fid(card, channel, command.data)
    except StatusWord:
        raise StatusWord(0x9404) from None
    enter(channel, file)
    return wait(channel, sim_header(file, card.pin), sw1=0x9F)


def _selected(channel: Channel, *, records: bool) -> Ef:
    if channel.ef is None:
        raise StatusWord(0x9400)
    if not channel.ef.active:
        raise StatusWord(0x9810)
    if (channel.ef.records is not None) is not records:
        raise StatusWord(0x9408)
    return channel.ef


def _read_binary(card: CardState, channel: Channel, command: Command) -> bytes:
    file = _selected(channel, records=False)
    card.allow(file.read, 0x9804)
    offset = command.p1 << 8 | command.p2
    if offset >= len(file.content):
        raise StatusWord(0x6B00)
    data = bytes(file.content[offset : offset + (command.le or 0)])
    if len(data) != command.le:
        raise StatusWord(0x6700 | len(data) & 0xFF)
    return ok(data)


def _update_binary(card: CardState, channel: Channel, command: Command) -> bytes:
    file = _selected(channel, records=False)
    card.allow(file.update, 0x9804)
    offset = command.p1 << 8 | command.p2
    if offset + len(command.data) > len(file.content):
        raise StatusWord(0x6B00)
    file.content[offset : offset + len(command.data)] = command.data
    return ok()


def _read_record(card: CardState, channel: Channel, command: Command) -> bytes:
    file = _selected(channel, records=True)
    card.allow(file.read, 0x9804)
    index = record_for(channel, file, command, 0x9402)
    if command.le != file.record_size:
        raise StatusWord(0x6700 | file.record_size & 0xFF)
    assert file.records is not None
    return ok(bytes(file.records[index]))


def _status(card: CardState, channel: Channel, command: Command) -> bytes:
    return ok(sim_header(channel.df, card.pin)[: command.le])


def _verify(card: CardState, channel: Channel, command: Command) -> bytes:
    if command.p2 != 1:
        raise StatusWord(0x9802)
    if len(command.data) != PIN_OCTETS:
        raise StatusWord(0x6708)
    if card.pin.blocked:
        raise StatusWord(0x9840)
    if not card.pin.enabled:
        raise StatusWord(0x9808)
    if not card.pin.verify(command.data):
        raise StatusWord(0x9840 if card.pin.blocked else 0x9804)
    return ok()


HANDLERS: dict[int, Handler] = {
    Ins.SELECT: _select,
    Ins.READ_BINARY: _read_binary,
    Ins.UPDATE_BINARY: _update_binary,
    Ins.READ_RECORD: _read_record,
    Ins.STATUS: _status,
    Ins.VERIFY: _verify,
    Ins.GET_RESPONSE: get_response,
}
