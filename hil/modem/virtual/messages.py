"""Commands that set how short messages are handled, and acknowledge them (TS 27.005 §3)."""

from __future__ import annotations

from hil.modem.at.values import number
from hil.modem.profile.told import say
from hil.modem.sms.address import Address, TypeOfAddress
from hil.modem.sms.tpdu import DeliverReport
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.forms import choice, first_list, tested
from hil.modem.virtual.payload import MAX_TPDU, tpdu_of
from hil.modem.virtual.refusal import cms
from hil.modem.virtual.state import Indications, TextParameters
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import CommandTable
from simulator.errors import CodecError

COMMANDS = CommandTable()

NOT_SUPPORTED = 303
INVALID_PARAMETER = 304
NOT_EXPECTED = 340

UNSPECIFIED_CAUSE = 0xFF


@COMMANDS.at("+CSMS")
def message_service(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    observed = modem.profile.observed
    if call.form is Form.TEST:
        return tested(call, observed.services)
    abilities = (observed.service_set or "0,1,1,0").partition(",")[2]
    if call.form is Form.READ:
        return [f"+CSMS: {modem.state.service},{abilities}"]
    modem.state.service = choice(call, first_list(observed.services))
    return [f"+CSMS: {abilities}"]


@COMMANDS.at("+CMGF")
def message_format(modem: Equipment, call: Call) -> list[str]:
    answer = modem.profile.observed.formats
    if call.form is Form.TEST:
        return tested(call, answer)
    if call.form is Form.READ:
        return [f"+CMGF: {int(modem.state.text_mode)}"]
    modem.state.text_mode = choice(call, first_list(answer)) == 1
    return []


@COMMANDS.at("+CNMI")
def indications(modem: Equipment, call: Call) -> list[str]:
    modem.sim.require("CMS")
    if call.form is Form.TEST:
        return tested(call, modem.profile.observed.indications)
    if call.form is Form.READ:
        return [f"+CNMI: {modem.state.indications}"]
    taken = modem.profile.indications
    if call.form is not Form.SET or not 1 <= len(call.values) <= len(taken):
        raise cms(INVALID_PARAMETER)
    now = modem.state.indications
    new = []
    for place, before in enumerate((now.mode, now.mt, now.bm, now.ds, now.bfr)):
        text = call.value(place)
        # A place that is left out keeps its value.
        value = number(text) if text else before
        if value is None:
            raise cms(INVALID_PARAMETER)
        if text and value not in taken[place]:
            raise cms(NOT_SUPPORTED)
        new.append(value)
    mode, mt, bm, ds, bfr = new
    direct = mt >= 2 or ds == 1
    if direct and modem.state.service == 0 and say(modem.profile.family.direct_needs_service, False):
        raise cms(NOT_SUPPORTED)
    modem.state.indications = Indications(mode, mt, bm, ds, bfr)
    if mode != 0:
        modem.output.after_answer(lambda: modem.delivery.flush(forward=bfr == 0))
    modem.alert()
    return []


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


@COMMANDS.at("+CSMP")
def text_parameters(modem: Equipment, call: Call) -> list[str]:
    now = modem.state.text
    values = [now.first_octet, now.validity, now.protocol, now.scheme]
    if call.form is Form.TEST:
        return []
    if call.form is Form.READ:
        return ["+CSMP: " + ",".join(map(str, values))]
    if call.form is not Form.SET or len(call.values) > len(values):
        raise cms(INVALID_PARAMETER)
    new = [number(call.value(place), 255) if call.value(place) else now for place, now in enumerate(values)]
    if None in new:
        raise cms(INVALID_PARAMETER)
    modem.state.text = TextParameters(*(value for value in new if value is not None))
    return []


@COMMANDS.at("+CSDH")
def text_details(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return ["+CSDH: (0,1)"]
    if call.form is Form.READ:
        return [f"+CSDH: {int(modem.state.details)}"]
    modem.state.details = choice(call, frozenset({"0", "1"})) == 1
    return []


@COMMANDS.at("+CMMS")
def more_messages(modem: Equipment, call: Call) -> list[str]:
    """Whether the radio link is kept between messages: there is none here that could be let go."""
    if call.form is Form.TEST:
        return ["+CMMS: (0-2)"]
    if call.form is Form.READ:
        return [f"+CMMS: {modem.state.keep_link}"]
    modem.state.keep_link = choice(call, frozenset({"0", "1", "2"}))
    return []


@COMMANDS.at("+CSAS", "+CRES")
def profiles(modem: Equipment, call: Call) -> list[str]:
    """Saving and restoring what concerns messages: accepted, and nothing is kept."""
    return []


@COMMANDS.at("+CNMA")
def acknowledge(modem: Equipment, call: Call) -> list[str] | None:
    """§3.4.4: 0 or 1 acknowledge, 2 refuses; a length announces an SMS-DELIVER-REPORT."""
    answer = modem.profile.observed.acknowledgements
    if call.form is Form.TEST:
        return tested(call, answer)
    kind = call.value(0) or "0"
    if call.form is Form.READ or kind not in {"0", *first_list(answer)}:
        raise cms(INVALID_PARAMETER)
    if modem.delivery.deadline is None:
        raise cms(NOT_EXPECTED)
    if not call.value(1):
        modem.delivery.acknowledge(UNSPECIFIED_CAUSE if kind == "2" else None)
        return []
    length = number(call.value(1), MAX_TPDU)
    if not length or kind == "0" or say(modem.profile.family.acknowledgement, "report") != "report":
        raise cms(INVALID_PARAMETER)

    def report(typed: str) -> list[str]:
        try:
            cause = DeliverReport.decode(tpdu_of(typed, length, smsc=False)).failure_cause
        except CodecError:
            raise cms(INVALID_PARAMETER) from None
        if kind == "2" and cause is None:
            cause = UNSPECIFIED_CAUSE
        if not modem.delivery.acknowledge(cause):
            raise cms(NOT_EXPECTED)
        return []

    modem.output.prompt(report)
    return None
