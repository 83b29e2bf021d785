"""Text mode: messages as people and old programs want them (TS 27.005 §3).

What is no text in the default alphabet is shown in hex digits, a user data header with it. What cannot be read as
the TPDU it should be is shown whole in hex, with empty places in its header.
"""

from __future__ import annotations

from hil.modem.sms import alphabet
from hil.modem.sms.address import Address
from hil.modem.sms.coding import Alphabet, alphabet_of
from hil.modem.sms.fields import MessageType
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, StatusReport, Submit
from simulator.errors import CodecError, EncodeError

IRA, GSM, HEX, UCS2 = "IRA", "GSM", "HEX", "UCS2"


def show(text: str, character_set: str) -> str:
    """Text in the characters that +CSCS has chosen; one character an octet on the line."""
    if character_set == UCS2:
        return text.encode("utf-16-be", "replace").hex().upper()
    if character_set in (GSM, HEX):
        septets = alphabet.encode("".join(char if _in_alphabet(char) else "?" for char in text))
        return septets.hex().upper() if character_set == HEX else septets.decode("latin-1")
    return text.encode("ascii", "replace").decode("ascii")


def read(typed: str, character_set: str) -> str:
    """What was typed, as text. Raises `ValueError`."""
    if character_set == UCS2:
        return bytes.fromhex(typed).decode("utf-16-be")
    if character_set in (GSM, HEX):
        octets = bytes.fromhex(typed) if character_set == HEX else typed.encode("latin-1")
        return alphabet.decode(octets)
    return typed


def stamp(when: TimeStamp) -> str:
    """``yy/MM/dd,hh:mm:ss±zz``, zz in quarters of an hour."""
    moment = when.datetime
    offset = moment.utcoffset() if moment else None
    if moment is None or offset is None:
        return ""
    quarters = int(offset.total_seconds()) // 900
    return f"{moment:%y/%m/%d,%H:%M:%S}{quarters:+03d}"


def incoming(tpdu: bytes, alpha: str, smsc: str, *, details: bool) -> str:
    """The header of an SMS-DELIVER after ``+CMT: `` or ``<stat>,``."""
    try:
        message = Deliver.decode(tpdu)
    except CodecError:
        return f'"",{alpha},""'
    header = f'{_quoted(message.originating_address)},{alpha},"{stamp(message.service_centre_time_stamp)}"'
    if details:
        header += _details(
            message.originating_address, tpdu[0], message.protocol_identifier, message.data_coding_scheme, "", smsc
        )
        header += f",{len(message.payload)}"
    return header


def outgoing(tpdu: bytes, alpha: str, smsc: str, *, details: bool) -> str:
    """The header of an SMS-SUBMIT after ``<stat>,``."""
    try:
        message = Submit.decode(tpdu)
    except CodecError:
        return f'"",{alpha}'
    header = f"{_quoted(message.destination_address)},{alpha}"
    if details:
        validity = f",{message.validity_period[0]}" if len(message.validity_period) == 1 else ","
        header += _details(
            message.destination_address,
            tpdu[0],
            message.protocol_identifier,
            message.data_coding_scheme,
            validity,
            smsc,
        )
        header += f",{len(message.payload)}"
    return header


def report(tpdu: bytes) -> str:
    """All of an SMS-STATUS-REPORT: <fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st>."""
    try:
        message = StatusReport.decode(tpdu)
    except CodecError:
        return f"{tpdu[0]},0,,,,,"
    address = message.recipient_address
    return (
        f"{tpdu[0]},{message.message_reference},{_quoted(address)},{int(address.type_of_address)},"
        f'"{stamp(message.service_centre_time_stamp)}","{stamp(message.discharge_time)}",{message.status}'
    )


def data(tpdu: bytes, character_set: str) -> str:
    """The text of a message, or its user data in hex."""
    try:
        message = Submit.decode(tpdu) if tpdu[0] & 0x3 == MessageType.SUBMIT else Deliver.decode(tpdu)
    except CodecError:
        return tpdu.hex().upper()
    text = message.text
    if message.header is None and text is not None and alphabet_of(message.data_coding_scheme) is Alphabet.GSM7:
        return show(text, character_set)
    head = b"" if message.header is None else message.header.encode()
    return (head + message.payload).hex().upper()


def is_report(tpdu: bytes) -> bool:
    return tpdu[0] & 0x3 == MessageType.STATUS_REPORT


def is_submit(tpdu: bytes) -> bool:
    return tpdu[0] & 0x3 == MessageType.SUBMIT


def _quoted(address: Address) -> str:
    return f'"{show(str(address), IRA)}"'


def _details(address: Address, first: int, protocol: int, scheme: int, validity: str, smsc: str) -> str:
    centre = Address.of(smsc)
    return (
        f",{int(address.type_of_address)},{first},{protocol},{scheme}{validity},"
        f'"{centre}",{int(centre.type_of_address)}'
    )


def _in_alphabet(char: str) -> bool:
    try:
        alphabet.encode(char)
    except EncodeError:
        return False
    return True
