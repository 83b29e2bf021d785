"""Commands about the modem itself: echo, errors, identity (V.250, TS 27.007 §5, §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hil.modem.virtual.state import State
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import Refusal, at, cme

if TYPE_CHECKING:
    from hil.modem.virtual.modem import VirtualModem

CHARACTER_SETS = ("IRA", "GSM", "HEX", "UCS2")


@at("E")
def echo(modem: VirtualModem, call: Call) -> list[str]:
    modem.state.echo = flag(call)
    return []


@at("V", "Q")
def results(modem: VirtualModem, call: Call) -> list[str]:
    # Words are the only form of results here, and they are never left out.
    if call.value(0) not in (("1",) if call.name == "V" else ("", "0")):
        raise Refusal
    return []


@at("Z", "&F")
def reset(modem: VirtualModem, call: Call) -> list[str]:
    modem.state = State()
    return []


@at("I")
def information(modem: VirtualModem, call: Call) -> list[str]:
    profile = modem.profile
    return [profile.manufacturer, profile.model, f"Revision: {profile.revision}"]


@at("&C", "&D", "&K", "S", "X", "H")
def accepted(modem: VirtualModem, call: Call) -> list[str]:
    """Signal lines, registers and hanging up: nothing here depends on them."""
    if call.form in (Form.READ, Form.TEST):
        raise Refusal
    return []


@at("+CGMI", "+CGMM", "+CGMR", "+GMI", "+GMM", "+GMR")
def identity(modem: VirtualModem, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    execute_only(call)
    profile = modem.profile
    return [{"I": profile.manufacturer, "M": profile.model, "R": profile.revision}[call.name[-1]]]


@at("+CGSN", "+GSN")
def serial_number(modem: VirtualModem, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    if call.form is Form.SET:
        if call.value(0) != "1":
            raise cme(50)
        return [f'+CGSN: "{modem.profile.imei}"']
    execute_only(call)
    return [modem.profile.imei]


@at("+CMEE")
def errors(modem: VirtualModem, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return ["+CMEE: (0-2)"]
    if call.form is Form.READ:
        return [f"+CMEE: {modem.state.errors}"]
    modem.state.errors = choice(call, ("0", "1", "2"))
    return []


@at("+CSCS")
def character_set(modem: VirtualModem, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return ["+CSCS: (" + ",".join(f'"{name}"' for name in CHARACTER_SETS) + ")"]
    if call.form is Form.READ:
        return [f'+CSCS: "{modem.state.character_set}"']
    if call.form is not Form.SET or call.value(0) not in CHARACTER_SETS:
        raise cme(50)
    modem.state.character_set = call.value(0)
    return []


def execute_only(call: Call) -> None:
    if call.form is not Form.EXECUTE:
        raise Refusal


def flag(call: Call) -> bool:
    """The 0 or 1 of a basic command; 0 when it is left out."""
    if call.form is not Form.EXECUTE or call.value(0) not in ("", "0", "1"):
        raise Refusal
    return call.value(0) == "1"


def choice(call: Call, allowed: tuple[str, ...]) -> int:
    """The one number of a set command."""
    if call.form is not Form.SET or len(call.values) != 1 or call.values[0] not in allowed:
        raise cme(50)
    return int(call.values[0])
