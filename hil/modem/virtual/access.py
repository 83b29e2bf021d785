"""Commands about SIM and network (TS 27.007 §7, §8)."""

from __future__ import annotations

from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.forms import choice, execute_only
from hil.modem.virtual.refusal import Refusal, cme
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import CommandTable

COMMANDS = CommandTable()

OPERATOR = "001", "01", "dmrig test network"
HOME, SEARCHING = 1, 0
TECHNOLOGY_LTE = 7


@COMMANDS.at("+CPIN")
def pin(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    if call.form is Form.READ:
        return [f"+CPIN: {modem.sim.state}"]
    if call.form is not Form.SET or len(call.values) != 1:
        raise cme(50)
    refused = modem.sim.enter(call.value(0))
    if refused is not None:
        raise cme(refused)
    modem.alert()
    return []


@COMMANDS.at("+CIMI")
def subscriber(modem: Equipment, call: Call) -> list[str]:
    execute_only(call)
    modem.sim.require("CME")
    return [modem.profile.imsi]


@COMMANDS.at("+CCID", "+ICCID", "+QCCID")
def card_number(modem: Equipment, call: Call) -> list[str]:
    execute_only(call)
    return [f"{call.name}: {modem.profile.iccid}"]


@COMMANDS.at("+CREG", "+CGREG", "+CEREG")
def registration(modem: Equipment, call: Call) -> list[str]:
    asked = modem.state.registration.get(call.name, 0)
    if call.form is Form.TEST:
        return [f"{call.name}: (0-2)"]
    if call.form is Form.READ:
        place = ',"0001","00000001",7' if asked == 2 and modem.reachable else ""
        return [f"{call.name}: {asked},{HOME if modem.reachable else SEARCHING}{place}"]
    modem.state.registration[call.name] = choice(call, ("0", "1", "2"))
    return []


@COMMANDS.at("+CFUN")
def functionality(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return ["+CFUN: (0,1,4),(0)"]
    if call.form is Form.READ:
        return [f"+CFUN: {modem.functionality}"]
    if call.form is not Form.SET or call.value(0) not in ("0", "1", "4") or call.value(1) not in ("", "0"):
        raise cme(50)
    modem.functionality = int(call.value(0))
    if not modem.functionality:
        modem.contacts.reset()
    modem.alert()
    return []


@COMMANDS.at("+COPS")
def operator(modem: Equipment, call: Call) -> list[str]:
    country, network, name = OPERATOR
    if call.form is Form.TEST:
        return [f'+COPS: (2,"{name}","{name}","{country}{network}",{TECHNOLOGY_LTE}),,(0-4),(0-2)']
    if call.form is Form.SET:
        # automatic selection, or only the format of the name: both are how it is
        if call.value(0) not in ("0", "3"):
            raise cme(3)
        modem.operator_format = int(call.value(1)) if call.value(1) in ("0", "1", "2") else modem.operator_format
        return []
    if call.form is not Form.READ:
        raise Refusal
    if not modem.reachable:
        return ["+COPS: 0"]
    shown = f"{country}{network}" if modem.operator_format == 2 else name
    return [f'+COPS: 0,{modem.operator_format},"{shown}",{TECHNOLOGY_LTE}']


@COMMANDS.at("+CSQ")
def signal(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return ["+CSQ: (0-31,99),(0-7,99)"]
    execute_only(call)
    return ["+CSQ: 24,0" if modem.reachable else "+CSQ: 99,99"]


@COMMANDS.at("+CGATT")
def attachment(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return ["+CGATT: (1)"]
    if call.form is Form.READ:
        return [f"+CGATT: {int(modem.reachable)}"]
    choice(call, ("1",))
    return []
