"""Commands about SIM and network (TS 27.007 §7, §8)."""

from __future__ import annotations

from hil.modem.profile import questions
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.forms import choice, execute_only, first_list, tested
from hil.modem.virtual.refusal import Refusal, cme
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import CommandTable

COMMANDS = CommandTable()

OPERATOR = "001", "01", "dmrig test network"
TECHNOLOGY_LTE = 7

REGISTRATIONS = {"+CREG": "registration", "+CGREG": "packet_registration", "+CEREG": "eps_registration"}
"""The command, and where a profile says what it takes."""

CARD_NUMBERS = [text.removeprefix("AT").rstrip("?") for text in questions.CARD_NUMBERS]
"""Each maker's command for the ICCID; a modem knows the one of its profile."""

NOT_ALLOWED = 3
RESET = "1"


@COMMANDS.at("+CPIN")
def pin(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    modem.sim.require_inserted("CME")
    if call.form is Form.READ:
        return [f"+CPIN: {modem.sim.state}"]
    if call.form is not Form.SET or len(call.values) not in (1, 2):
        raise cme(50)
    if len(call.values) == 1:
        refused = modem.sim.enter(call.value(0))
    else:
        refused = modem.sim.unblock(call.value(0), call.value(1))
    if refused is not None:
        raise cme(refused)
    modem.alert()
    return []


@COMMANDS.at("+CIMI")
def subscriber(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    execute_only(call)
    modem.sim.require("CME")
    return [modem.profile.fill(modem.profile.observed.subscriber, imsi=modem.contacts.imsi())]


@COMMANDS.at("+CNUM")
def own_number(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    execute_only(call)
    modem.sim.require("CME")
    return [f'+CNUM: "","{modem.profile.number}",{145 if modem.profile.number.startswith("+") else 129}']


@COMMANDS.at(*CARD_NUMBERS)
def card_number(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    if call.form is Form.SET:
        raise Refusal
    modem.sim.require_inserted("CME")
    return [modem.profile.fill(modem.profile.observed.card_number or "", iccid=modem.contacts.iccid())]


@COMMANDS.at(*REGISTRATIONS)
def registration(modem: Equipment, call: Call) -> list[str]:
    answer: str | None = getattr(modem.profile.observed, REGISTRATIONS[call.name])
    asked = modem.state.registration.get(call.name, 0)
    if call.form is Form.TEST:
        return tested(call, answer)
    if call.form is Form.READ:
        return [f"{call.name}: {asked},{modem.registration}{modem.location(asked)}"]
    modem.state.registration[call.name] = choice(call, first_list(answer))
    return []


@COMMANDS.at("+CFUN")
def functionality(modem: Equipment, call: Call) -> list[str]:
    answer = modem.profile.observed.functions
    if call.form is Form.TEST:
        return tested(call, answer)
    if call.form is Form.READ:
        return [f"+CFUN: {modem.functionality}"]
    if (
        call.form is not Form.SET
        or call.value(0) not in first_list(answer)
        or call.value(1) not in ("", "0", RESET)
    ):
        raise cme(50)
    modem.functionality = int(call.value(0))
    if not modem.functionality:
        modem.contacts.reset()
    if call.value(1) == RESET:
        modem.output.after_answer(modem.restart)
    else:
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
            raise cme(NOT_ALLOWED)
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
    choice(call, frozenset({"1"}))
    return []
