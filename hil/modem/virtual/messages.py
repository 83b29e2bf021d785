"""Commands for short messages, in PDU mode (TS 27.005 §3)."""

from __future__ import annotations

from hil.modem.at.values import number
from hil.modem.sms import pdu
from hil.modem.sms.address import Address, TypeOfAddress
from hil.modem.sms.tpdu import DeliverReport, Submit
from hil.modem.virtual.delivery import MEMORY
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.forms import choice
from hil.modem.virtual.refusal import cms
from hil.modem.virtual.state import Indications
from hil.modem.virtual.storage import ALL, DELETED_BY_FLAG, Stat, Stored
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import CommandTable
from simulator.errors import CodecError, SimulatorError

COMMANDS = CommandTable()

NOT_SUPPORTED = 303
INVALID_PARAMETER = 304
INVALID_INDEX = 321
MEMORY_FULL = 322
NO_NETWORK = 331
NOT_EXPECTED = 340

LIMITS = (3, 3, 3, 2, 1)
"""The greatest value of each place of +CNMI."""

UNSPECIFIED_CAUSE = 0xFF
MAX_TPDU = 176
"""More octets than a TPDU has (TS 23.040 §9.2: 164 for an SMS-SUBMIT with everything)."""


@COMMANDS.at("+CSMS")
def message_service(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return ["+CSMS: (0,1)"]
    if call.form is Form.READ:
        return [f"+CSMS: {modem.state.service},1,1,0"]
    modem.state.service = choice(call, ("0", "1"))
    return ["+CSMS: 1,1,0"]


@COMMANDS.at("+CMGF")
def message_format(modem: Equipment, call: Call) -> list[str]:
    """PDU mode is the only one here."""
    if call.form is Form.TEST:
        return ["+CMGF: (0)"]
    if call.form is Form.READ:
        return ["+CMGF: 0"]
    if call.form is Form.SET and call.values == ("1",):
        raise cms(NOT_SUPPORTED)
    choice(call, ("0",))
    return []


@COMMANDS.at("+CNMI")
def indications(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return [f"+CNMI: (0-3),({'0-3' if modem.profile.direct else '0,1'}),(0),(0),(0,1)"]
    if call.form is Form.READ:
        return [f"+CNMI: {modem.state.indications}"]
    if call.form is not Form.SET or not 1 <= len(call.values) <= len(LIMITS):
        raise cms(INVALID_PARAMETER)
    # A place that is left out keeps its value.
    now = modem.state.indications
    new = []
    old = (now.mode, now.mt, now.bm, now.ds, now.bfr)
    for place, (limit, before) in enumerate(zip(LIMITS, old, strict=True)):
        value = number(call.value(place), limit) if call.value(place) else before
        if value is None:
            raise cms(INVALID_PARAMETER)
        new.append(value)
    mode, mt, bm, ds, bfr = new
    if (mt >= 2 and not modem.profile.direct) or bm or ds:
        raise cms(NOT_SUPPORTED)
    modem.state.indications = Indications(mode, mt, bm, ds, bfr)
    if mode != 0:
        modem.output.after_answer(lambda: modem.delivery.flush(forward=bfr == 0))
    modem.alert()
    return []


@COMMANDS.at("+CPMS")
def preferred_storage(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return ["+CPMS: " + ",".join([f'("{MEMORY}")'] * 3)]
    used = f"{len(modem.storage)},{modem.storage.slots}"
    if call.form is Form.READ:
        return ["+CPMS: " + ",".join([f'"{MEMORY}",{used}'] * 3)]
    if call.form is not Form.SET or not 1 <= len(call.values) <= 3 or set(call.values) != {MEMORY}:
        raise cms(NOT_SUPPORTED)
    return ["+CPMS: " + ",".join([used] * 3)]


@COMMANDS.at("+CSCA")
def service_centre(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return []
    if call.form is Form.READ:
        smsc = Address.of(modem.service_centre)
        return [f'+CSCA: "{smsc}",{int(smsc.type_of_address)}']
    text = call.value(0)
    if call.form is not Form.SET or not text.lstrip("+").isdecimal() or not text.isascii() or len(text) > 21:
        raise cms(INVALID_PARAMETER)
    international = call.value(1) == str(int(TypeOfAddress.INTERNATIONAL))
    modem.service_centre = f"+{text.lstrip('+')}" if international else text
    return []


@COMMANDS.at("+CMGL")
def listing(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return ["+CMGL: (0-4)"]
    stat = number(call.value(0), ALL) if call.form is Form.SET else int(Stat.UNREAD)
    if stat is None or call.form is Form.READ:
        raise cms(INVALID_PARAMETER)
    lines = []
    for index, message in modem.storage.listing(stat):
        lines += [f"+CMGL: {index},{int(message.stat)},,{len(message.tpdu)}", _digits(modem, message)]
        _mark_read(message)
    return lines


@COMMANDS.at("+CMGR")
def read(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return []
    message = modem.storage.get(_slot(modem, call))
    if message is None:
        raise cms(INVALID_INDEX)
    lines = [f"+CMGR: {int(message.stat)},,{len(message.tpdu)}", _digits(modem, message)]
    _mark_read(message)
    return lines


@COMMANDS.at("+CMGD")
def delete(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return [f"+CMGD: (1-{modem.storage.slots}),(0-4)"]
    flag = number(call.value(1), max(DELETED_BY_FLAG)) if call.value(1) else 0
    if flag is None:
        raise cms(INVALID_PARAMETER)
    if flag:
        modem.storage.delete_by_flag(flag)
    else:
        modem.storage.delete(_slot(modem, call))
    modem.alert()
    return []


@COMMANDS.at("+CMGS")
def send(modem: Equipment, call: Call) -> list[str] | None:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return []
    length = number(call.value(0), MAX_TPDU)
    if call.form is not Form.SET or not length:
        raise cms(INVALID_PARAMETER)
    if not modem.reachable:
        raise cms(NO_NETWORK)

    def submit(digits: str) -> list[str]:
        tpdu = _payload(digits, length)
        try:
            Submit.decode(tpdu)
        except CodecError:
            raise cms(INVALID_PARAMETER) from None
        return [f"+CMGS: {modem.network.submit(tpdu)}"]

    modem.output.prompt(submit)
    return None


@COMMANDS.at("+CNMA")
def acknowledge(modem: Equipment, call: Call) -> list[str] | None:
    """§3.4.4: 0 or 1 acknowledge, 2 refuses; a length announces an SMS-DELIVER-REPORT."""
    if call.form is Form.TEST:
        return ["+CNMA: (0-2)"]
    kind = call.value(0) or "0"
    if call.form is Form.READ or kind not in ("0", "1", "2"):
        raise cms(INVALID_PARAMETER)
    if modem.delivery.deadline is None:
        raise cms(NOT_EXPECTED)
    if not call.value(1):
        modem.delivery.acknowledge(UNSPECIFIED_CAUSE if kind == "2" else None)
        return []
    length = number(call.value(1), MAX_TPDU)
    if not length or kind == "0":
        raise cms(INVALID_PARAMETER)

    def report(digits: str) -> list[str]:
        try:
            cause = DeliverReport.decode(_payload(digits, length, smsc=False)).failure_cause
        except CodecError:
            raise cms(INVALID_PARAMETER) from None
        if kind == "2" and cause is None:
            cause = UNSPECIFIED_CAUSE
        if not modem.delivery.acknowledge(cause):
            raise cms(NOT_EXPECTED)
        return []

    modem.output.prompt(report)
    return None


def _slot(modem: Equipment, call: Call) -> int:
    index = number(call.value(0), modem.storage.slots) if call.form is Form.SET else None
    if not index:
        raise cms(INVALID_INDEX)
    return index


def _digits(modem: Equipment, message: Stored) -> str:
    return pdu.encode(message.tpdu, Address.of(modem.profile.smsc))


def _mark_read(message: Stored) -> None:
    if message.stat is Stat.UNREAD:
        message.stat = Stat.READ


def _payload(digits: str, length: int, *, smsc: bool = True) -> bytes:
    """The TPDU from what was typed at the prompt; its length has to be the one announced."""
    try:
        tpdu = pdu.decode(digits if smsc else "00" + digits)[1]
    except SimulatorError:
        raise cms(INVALID_PARAMETER) from None
    if len(tpdu) != length:
        raise cms(INVALID_PARAMETER)
    return tpdu
