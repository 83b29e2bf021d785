"""Commands that send messages, and write them into a memory (TS 27.005 §3.5.1-3.5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hil.modem.at.values import number
from hil.modem.sms.fields import MessageType
from hil.modem.sms.tpdu import Submit
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.payload import MAX_TPDU, address_of, storable_of, submit_of, text_submit
from hil.modem.virtual.refusal import cms
from hil.modem.virtual.storage import NAMES, Stat
from hil.modem.virtual.stored import INVALID_INDEX, place
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import CommandTable
from simulator.errors import CodecError, EncodeError

COMMANDS = CommandTable()

INVALID_PARAMETER = 304
MEMORY_FULL = 322
NO_NETWORK = 331

Typed = Callable[[str], bytes]
"""What was typed at the prompt, to a TPDU."""


@COMMANDS.at("+CMGS")
def send(modem: Equipment, call: Call) -> list[str] | None:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return []
    if call.form is not Form.SET:
        raise cms(INVALID_PARAMETER)
    read = _reader(modem, call, submit_of)
    _require_network(modem)
    modem.output.prompt(lambda typed: [f"+CMGS: {_submit(modem, read(typed))}"])
    return None


@COMMANDS.at("+CMGW")
def write(modem: Equipment, call: Call) -> list[str] | None:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return []
    if call.form is Form.READ:
        raise cms(INVALID_PARAMETER)
    read = _reader(modem, call, storable_of)
    given = call.value(2 if modem.state.text_mode else 1)
    stat = _stat(given, text_mode=modem.state.text_mode)

    def store(typed: str) -> list[str]:
        tpdu = read(typed)
        incoming = tpdu[0] & 0x3 == MessageType.DELIVER
        index = modem.memories.write.add(
            tpdu, stat if stat is not None else Stat.READ if incoming else Stat.UNSENT
        )
        if index is None:
            raise cms(MEMORY_FULL)
        return [f"+CMGW: {index}"]

    modem.output.prompt(store)
    return None


@COMMANDS.at("+CMSS")
def send_stored(modem: Equipment, call: Call) -> list[str]:
    """Send from a memory, to the stored number or to another one."""
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return []
    message = modem.memories.write.get(place(modem.memories.write, call))
    if message is None:
        raise cms(INVALID_INDEX)
    _require_network(modem)
    try:
        submit = Submit.decode(message.tpdu)
        if call.value(1):
            submit = replace(submit, destination_address=address_of(call.value(1), call.value(2)))
        reference = _submit(modem, submit.encode())
    except (CodecError, EncodeError):
        raise cms(INVALID_PARAMETER) from None
    message.stat = Stat.SENT
    return [f"+CMSS: {reference}"]


def _reader(modem: Equipment, call: Call, of: Callable[[str, int], bytes]) -> Typed:
    """What reads the prompt after a command with a length (PDU mode) or a number (text mode)."""
    if modem.state.text_mode:
        address = address_of(call.value(0), call.value(1))
        return lambda typed: text_submit(modem, address, typed)
    length = number(call.value(0), MAX_TPDU)
    if not length:
        raise cms(INVALID_PARAMETER)
    return lambda typed: of(typed, length)


def _stat(given: str, *, text_mode: bool) -> Stat | None:
    if not given:
        return None
    value = NAMES.index(given) if text_mode and given in NAMES else number(given, max(Stat))
    if value is None or value > max(Stat):
        raise cms(INVALID_PARAMETER)
    return Stat(value)


def _require_network(modem: Equipment) -> None:
    if not modem.reachable:
        raise cms(NO_NETWORK)


def _submit(modem: Equipment, tpdu: bytes) -> int:
    trouble = modem.trouble
    refused = trouble.send_errors.popleft() if trouble.send_errors else None
    if refused is not None:
        raise cms(refused)
    return modem.network.submit(tpdu)
