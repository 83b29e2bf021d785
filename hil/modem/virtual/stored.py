"""Commands for the memories: choose, list, read, delete (TS 27.005 §3.2.2, §3.4.2, §3.4.3, §3.5.4)."""

from __future__ import annotations

from hil.modem.at.values import number
from hil.modem.profile.told import say
from hil.modem.virtual import textmode
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.forms import first_list, tested
from hil.modem.virtual.refusal import as_said, cms
from hil.modem.virtual.storage import ALL, NAMES, Stat, Storage, Stored
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import CommandTable

COMMANDS = CommandTable()

NOT_SUPPORTED = 303
INVALID_PARAMETER = 304
INVALID_INDEX = 321

EMPTY_PLACE = f"+CMS ERROR: {INVALID_INDEX}"


@COMMANDS.at("+CPMS")
def preferred_storage(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return tested(call, modem.profile.observed.memories)
    memories = modem.memories
    if call.form is Form.SET and not memories.choose(call.values):
        raise cms(NOT_SUPPORTED)
    if call.form is Form.EXECUTE:
        raise cms(INVALID_PARAMETER)
    named = call.form is Form.READ
    chosen = memories.chosen[: len(memories.offered)]
    return ["+CPMS: " + ",".join((f'"{name}",' if named else "") + _filled(memories[name]) for name in chosen)]


@COMMANDS.at("+CMGL")
def listing(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return [_text_listing()] if modem.state.text_mode else tested(call, modem.profile.observed.listing)
    stat = _stat(modem, call)
    if stat is None or call.form is Form.READ:
        raise cms(INVALID_PARAMETER)
    lines = []
    for index, message in modem.memories.read.listing(stat):
        lines += [f"+CMGL: {index},{_header(modem, message, listed=True)}", *_body(modem, message)]
        _mark_read(message)
    return lines


@COMMANDS.at("+CMGR")
def read(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return []
    message = modem.memories.read.get(place(modem.memories.read, call))
    if message is None:
        final = say(modem.profile.family.empty_place, EMPTY_PLACE)
        if final == "OK":
            return []
        raise as_said(final)
    lines = [f"+CMGR: {_header(modem, message, listed=False)}", *_body(modem, message)]
    _mark_read(message)
    return lines


@COMMANDS.at("+CMGD")
def delete(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    storage, flags = modem.memories.read, modem.profile.observed.deletion
    if call.form is Form.TEST:
        return [f"+CMGD: ({storage.first}-{storage.last})" + (f",{flags}" if flags else "")]
    flag = call.value(1) or "0"
    if flag != "0" and flag not in first_list(flags):
        raise cms(INVALID_PARAMETER)
    if flag != "0":
        storage.delete_by_flag(int(flag))
    else:
        storage.delete(place(storage, call))
    modem.alert()
    return []


def place(storage: Storage, call: Call) -> int:
    """The index that a command names first; there is no other place than those of the memory."""
    index = number(call.value(0), storage.last) if call.form is Form.SET else None
    if index is None or index < storage.first:
        raise cms(INVALID_INDEX)
    return index


def _filled(storage: Storage) -> str:
    return f"{storage.used},{storage.slots}"


def _stat(modem: Equipment, call: Call) -> int | None:
    """Which messages are listed: unread ones, when it is not said."""
    if call.form is not Form.SET:
        return int(Stat.UNREAD)
    if modem.state.text_mode:
        return NAMES.index(call.value(0)) if call.value(0) in NAMES else None
    return number(call.value(0), ALL)


def _text_listing() -> str:
    return "+CMGL: (" + ",".join(f'"{name}"' for name in NAMES) + ")"


def _header(modem: Equipment, message: Stored, *, listed: bool) -> str:
    family, state = modem.profile.family, modem.state
    alpha = say(family.alpha, "")
    if not state.text_mode:
        return f"{int(message.stat)},{alpha},{len(message.tpdu)}"
    stat, tpdu, smsc = f'"{NAMES[message.stat]}"', message.tpdu, modem.profile.smsc
    details = state.details and not listed
    if textmode.is_report(tpdu):
        return f"{stat},{textmode.report(tpdu)}"
    if textmode.is_submit(tpdu):
        return f"{stat},{textmode.outgoing(tpdu, alpha, smsc, details=details)}" + ("," if listed else "")
    return f"{stat},{textmode.incoming(tpdu, alpha, smsc, details=details)}"


def _body(modem: Equipment, message: Stored) -> list[str]:
    if not modem.state.text_mode:
        return [modem.digits(message.tpdu)]
    if textmode.is_report(message.tpdu):
        return []
    return [textmode.data(message.tpdu, modem.state.character_set)]


def _mark_read(message: Stored) -> None:
    if message.stat is Stat.UNREAD:
        message.stat = Stat.READ
