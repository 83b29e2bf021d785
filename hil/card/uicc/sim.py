"""The commands of class A0: a virtual UICC as the SIM it also is (TS 51.011 §9.2)."""

from __future__ import annotations

from hil.card.command import CommandApdu
from hil.card.uicc import pincommands
from hil.card.uicc.channels import get_response
from hil.card.uicc.contents import write_into, write_record
from hil.card.uicc.fcp import sim_header
from hil.card.uicc.files import Ef
from hil.card.uicc.lifecycle import set_state
from hil.card.uicc.pincommands import Action, Words
from hil.card.uicc.pins import OCTETS
from hil.card.uicc.reaching import record_for
from hil.card.uicc.rules import ACTIVATE, DEACTIVATE, PIN1, PIN2
from hil.card.uicc.selection import by_fid, enter
from hil.card.uicc.state import CardState, Channel, Handler, StatusWord, ok, wait
from simulator.codes.apdu import Ins

_REFUSED, _OUTSIDE = 0x9804, 0x9402

_WORDS = Words(unknown=0x9802, wrong=_REFUSED, blocked=0x9840, disabled=0x9808, enabled=0x9808)


def _select(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    if len(command.data) != 2:
        raise StatusWord(0x6702)
    try:
        file = by_fid(card, channel, command.data)
    except StatusWord:
        raise StatusWord(0x9404) from None
    enter(channel, file)
    return wait(channel, sim_header(file, card.pins), sw1=0x9F)


def _selected(channel: Channel, *, records: bool) -> Ef:
    if channel.ef is None:
        raise StatusWord(0x9400)
    if not channel.ef.active:
        raise StatusWord(0x9810)
    if (channel.ef.records is not None) is not records:
        raise StatusWord(0x9408)
    return channel.ef


def _read_binary(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    file = _selected(channel, records=False)
    card.allow(file.rules.read, _REFUSED)
    offset = command.p1 << 8 | command.p2
    if offset >= len(file.content):
        raise StatusWord(0x6B00)
    data = bytes(file.content[offset : offset + (command.le or 0)])
    if len(data) != command.le:
        raise StatusWord(0x6700 | len(data) & 0xFF)
    return ok(data)


def _update_binary(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    file = _selected(channel, records=False)
    card.allow(file.rules.update, _REFUSED)
    write_into(file, command.p1 << 8 | command.p2, command.data)
    return ok()


def _read_record(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    file = _selected(channel, records=True)
    card.allow(file.rules.read, _REFUSED)
    index = record_for(channel, file, command, _OUTSIDE)
    if command.le != file.record_size:
        raise StatusWord(0x6700 | file.record_size & 0xFF)
    assert file.records is not None
    return ok(bytes(file.records[index]))


def _update_record(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    file = _selected(channel, records=True)
    card.allow(file.rules.update, _REFUSED)
    write_record(channel, file, command, _OUTSIDE)
    return ok()


def _seek(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    """SEEK, a search for octets at a record's beginning (TS 51.011 §8.7)."""
    file = _selected(channel, records=True)
    card.allow(file.rules.read, _REFUSED)
    records = file.records or []
    match command.p2 & 0x0F:
        case 0x00:
            numbers = range(1, len(records) + 1)
        case 0x01:
            numbers = range(len(records), 0, -1)
        case 0x02:
            numbers = range(channel.record + 1, len(records) + 1)
        case 0x03:
            numbers = range(channel.record - 1 if channel.record else len(records), 0, -1)
        case _:
            raise StatusWord(0x6B02)
    found = next((number for number in numbers if records[number - 1].startswith(command.data)), None)
    if found is None:
        raise StatusWord(0x9404)
    channel.record = found
    # Type 2 tells the number as well.
    return wait(channel, bytes([found]), sw1=0x9F) if command.p2 & 0xF0 == 0x10 else ok()


def _status(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
    return ok(sim_header(channel.df, card.pins)[: command.le])


def _life_cycle(mode: int) -> Handler:
    def handle(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
        if channel.ef is None:
            raise StatusWord(0x9400)
        set_state(card, channel.ef, mode, _REFUSED)
        return ok()

    return handle


def _chv(action: Action, secrets: int, keys: dict[int, int]) -> Handler:
    def handle(card: CardState, channel: Channel, command: CommandApdu) -> bytes:
        if command.p2 not in keys:
            raise StatusWord(_WORDS.unknown)
        pin = pincommands.find(card, keys[command.p2], _WORDS)
        if len(command.data) != secrets * OCTETS:
            raise StatusWord(0x6700 | secrets * OCTETS)
        action(pin, command.data, _WORDS)
        return ok()

    return handle


CHVS = {1: PIN1, 2: PIN2}
"""CHV1 and CHV2 as key references."""


HANDLERS: dict[int, Handler] = {
    Ins.SELECT: _select,
    Ins.READ_BINARY: _read_binary,
    Ins.UPDATE_BINARY: _update_binary,
    Ins.READ_RECORD: _read_record,
    Ins.UPDATE_RECORD: _update_record,
    Ins.SEARCH_RECORD: _seek,
    Ins.STATUS: _status,
    Ins.VERIFY: _chv(pincommands.verify, 1, CHVS),
    Ins.CHANGE_PIN: _chv(pincommands.change, 2, CHVS),
    Ins.DISABLE_PIN: _chv(pincommands.disable, 1, {1: PIN1}),
    Ins.ENABLE_PIN: _chv(pincommands.enable, 1, {1: PIN1}),
    # UNBLOCK CHV calls the first one 00 (TS 51.011 §9.2.13).
    Ins.UNBLOCK_PIN: _chv(pincommands.unblock, 2, {0: PIN1, 2: PIN2}),
    Ins.DEACTIVATE_FILE: _life_cycle(DEACTIVATE),
    Ins.ACTIVATE_FILE: _life_cycle(ACTIVATE),
    Ins.GET_RESPONSE: get_response,
}
