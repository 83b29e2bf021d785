"""Commands that reach the card in the modem (TS 27.007 §8.17, §8.18, §8.43 to §8.46, §8.56)."""

from __future__ import annotations

from hil.modem.at.values import number
from hil.modem.profile.told import say
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.forms import execute_only
from hil.modem.virtual.refusal import cme
from hil.modem.virtual.syntax import Call, Form
from hil.modem.virtual.table import CommandTable
from simulator.codes.apdu import Ins
from simulator.errors import CardError

COMMANDS = CommandTable()

INCORRECT_PARAMETERS, SIM_FAILURE, NO_SESSION = 50, 13, 22

RESTRICTED = {
    176: Ins.READ_BINARY,
    178: Ins.READ_RECORD,
    192: Ins.GET_RESPONSE,
    214: Ins.UPDATE_BINARY,
    220: Ins.UPDATE_RECORD,
    242: Ins.STATUS,
}
"""The commands that +CRSM has (§8.18), but for the retries of SET DATA and the like."""


@COMMANDS.at("+CSIM")
def generic_access(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    apdu = _apdu(call, 0)
    return [_answer(modem, "+CSIM", _carried(modem, apdu))]


@COMMANDS.at("+CCHO")
def open_channel(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    aid = _hex(call.value(0))
    if call.form is not Form.SET or not 1 <= len(aid) <= 16:
        raise cme(INCORRECT_PARAMETERS)
    answer = say(modem.profile.family.session, "+CCHO: ${session}")
    return [answer.replace("${session}", str(modem.contacts.open_session(aid)))]


@COMMANDS.at("+CCHC")
def close_channel(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    modem.contacts.close_session(_session(modem, call))
    return []


@COMMANDS.at("+CGLA")
def channel_access(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    session = _session(modem, call)
    apdu = _apdu(call, 1)
    if modem.contacts.habits.inserts_channel:
        apdu = bytes([apdu[0] & 0xFC | session]) + apdu[1:]
    return [_answer(modem, "+CGLA", _carried(modem, apdu))]


@COMMANDS.at("+CRSM")
def restricted_access(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    ins = RESTRICTED.get(number(call.value(0)) or 0)
    fid, p1, p2, p3 = (number(call.value(place) or "0") for place in (1, 2, 3, 4))
    if call.form is not Form.SET or ins is None or fid is None or p1 is None or p2 is None or p3 is None:
        raise cme(INCORRECT_PARAMETERS)
    if max(p1, p2, p3) > 255:
        raise cme(INCORRECT_PARAMETERS)
    data, path = _hex(call.value(5)), _hex(call.value(6))
    writes = ins in (Ins.UPDATE_BINARY, Ins.UPDATE_RECORD)
    if (writes and len(data) != p3) or len(path) % 2:
        raise cme(INCORRECT_PARAMETERS)
    try:
        answer = modem.contacts.access(
            ins, path + fid.to_bytes(2, "big") if fid else path, p1, p2, data if writes else b"",
            None if writes else p3 or 256,
        )  # fmt: skip
    except CardError:
        raise cme(SIM_FAILURE) from None
    shown = f",{_quoted(modem, answer.data)}" if answer.data else ""
    return [f"+CRSM: {answer.sw >> 8},{answer.sw & 0xFF}{shown}"]


@COMMANDS.at("+CUAD")
def applications(modem: Equipment, call: Call) -> list[str]:
    if call.form is Form.TEST:
        return []
    execute_only(call)
    return [f"+CUAD: {_quoted(modem, modem.contacts.directory())}"]


def _apdu(call: Call, place: int) -> bytes:
    """The command at a place of a call, whose length in digits stands before it."""
    length, apdu = number(call.value(place)), _hex(call.value(place + 1))
    if call.form is not Form.SET or length != 2 * len(apdu) or len(apdu) < 4:
        raise cme(INCORRECT_PARAMETERS)
    return apdu


def _session(modem: Equipment, call: Call) -> int:
    session = number(call.value(0))
    if call.form is not Form.SET or session is None:
        raise cme(INCORRECT_PARAMETERS)
    modem.contacts.require()
    if session not in modem.contacts.sessions:
        raise cme(NO_SESSION)
    return session


def _carried(modem: Equipment, apdu: bytes) -> bytes:
    try:
        return modem.contacts.carry(apdu)
    except CardError:
        raise cme(SIM_FAILURE) from None


def _answer(modem: Equipment, name: str, apdu: bytes) -> str:
    return f"{name}: {2 * len(apdu)},{_quoted(modem, apdu)}"


def _quoted(modem: Equipment, octets: bytes) -> str:
    digits = octets.hex().upper()
    return f'"{digits}"' if modem.contacts.habits.quotes else digits


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise cme(INCORRECT_PARAMETERS) from None
