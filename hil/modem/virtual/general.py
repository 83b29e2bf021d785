"""Commands about the modem itself: echo, errors, identity (V.250, TS 27.007 §5, §9)."""

from __future__ import annotations

from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.forms import choice, execute_only, first_list, flag, tested
from hil.modem.virtual.refusal import Refusal, cme
from hil.modem.virtual.state import State
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import CommandTable

COMMANDS = CommandTable()


@COMMANDS.at("E")
def echo(modem: Equipment, call: Call) -> list[str]:
    modem.state.echo = flag(call)
    return []


@COMMANDS.at("V", "Q")
def results(modem: Equipment, call: Call) -> list[str]:
    # Words are the only form of results here, and they are never left out.
    if call.value(0) not in (("1",) if call.name == "V" else ("", "0")):
        raise Refusal
    return []


@COMMANDS.at("Z", "&F")
def reset(modem: Equipment, call: Call) -> list[str]:
    modem.state = State.of(modem.profile.observed)
    return []


@COMMANDS.at("I")
def information(modem: Equipment, call: Call) -> list[str]:
    return [modem.profile.fill(line) for line in modem.profile.observed.information]


@COMMANDS.at("&C", "&D", "&K", "&W", "S", "X", "H")
def accepted(modem: Equipment, call: Call) -> list[str]:
    """Signal lines, registers and hanging up: nothing here depends on them."""
    if call.form in (Form.READ, Form.TEST):
        raise Refusal
    return []


@COMMANDS.at("+CHUP")
def hang_up(modem: Equipment, call: Call) -> list[str]:
    return []


@COMMANDS.at("+CGMI", "+CGMM", "+CGMR", "+GMI", "+GMM", "+GMR")
def identity(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    execute_only(call)
    observed = modem.profile.observed
    return [{"I": observed.manufacturer, "M": observed.model, "R": observed.revision}[call.name[-1]]]


@COMMANDS.at("+CGSN", "+GSN")
def serial_number(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    if call.form is Form.SET:
        if call.value(0) != "1":
            raise cme(50)
        return [f'+CGSN: "{modem.profile.imei}"']
    execute_only(call)
    return [modem.profile.fill(modem.profile.observed.serial_number)]


@COMMANDS.at("+CMEE")
def errors(modem: Equipment, call: Call) -> list[str]:
    answer = modem.profile.observed.errors
    if call.form is Form.TEST:
        return tested(call, answer)
    if call.form is Form.READ:
        return [f"+CMEE: {modem.state.errors}"]
    modem.state.errors = choice(call, first_list(answer))
    return []


@COMMANDS.at("+CSCS")
def character_set(modem: Equipment, call: Call) -> list[str]:
    answer = modem.profile.observed.character_sets
    if call.form is Form.TEST:
        return tested(call, answer)
    if call.form is Form.READ:
        return [f'+CSCS: "{modem.state.character_set}"']
    if call.form is not Form.SET or call.value(0) not in first_list(answer):
        raise cme(50)
    modem.state.character_set = call.value(0)
    return []


@COMMANDS.at("+CPAS")
def activity(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return ["+CPAS: (0,3,4)"]
    execute_only(call)
    return ["+CPAS: 0"]


@COMMANDS.at("+CLAC")
def all_commands(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    execute_only(call)
    return sorted(modem.known)
