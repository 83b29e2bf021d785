"""What is typed at the prompt (TS 27.005 §3.5, §4.3): a PDU in hex digits, or text."""

from __future__ import annotations

from hil.modem.at.values import number
from hil.modem.sms import alphabet, pdu
from hil.modem.sms.address import Address, TypeOfAddress
from hil.modem.sms.coding import Alphabet, alphabet_of
from hil.modem.sms.fields import VALIDITY_OCTETS, MessageType, ValidityFormat
from hil.modem.sms.tpdu import Deliver, Submit
from hil.modem.virtual import textmode
from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.refusal import cms
from simulator.errors import CodecError, EncodeError, SimulatorError

INVALID_PARAMETER = 304
INVALID_TEXT_PARAMETER = 305

MAX_TPDU = 176
"""More octets than a TPDU has (TS 23.040 §9.2: 164 for an SMS-SUBMIT with everything)."""

REPORT_REQUEST = 0x20
"""TP-SRR in the first octet."""


def tpdu_of(typed: str, length: int, *, smsc: bool = True) -> bytes:
    """The TPDU from hex digits; its length has to be the one announced."""
    digits = "".join(typed.split())
    try:
        tpdu = pdu.decode(digits if smsc else "00" + digits)[1]
    except SimulatorError:
        raise cms(INVALID_PARAMETER) from None
    if len(tpdu) != length:
        raise cms(INVALID_PARAMETER)
    return tpdu


def submit_of(typed: str, length: int) -> bytes:
    """The same, for an SMS-SUBMIT."""
    tpdu = tpdu_of(typed, length)
    try:
        Submit.decode(tpdu)
    except CodecError:
        raise cms(INVALID_PARAMETER) from None
    return tpdu


def storable_of(typed: str, length: int) -> bytes:
    """The same, for what may be stored: an SMS-SUBMIT or an SMS-DELIVER."""
    tpdu = tpdu_of(typed, length)
    try:
        if tpdu[0] & 0x3 == MessageType.DELIVER:
            Deliver.decode(tpdu)
        else:
            Submit.decode(tpdu)
    except CodecError:
        raise cms(INVALID_PARAMETER) from None
    return tpdu


def address_of(text: str, kind: str) -> Address:
    """The destination of a message in text mode, with its type if that is given."""
    address = Address.of(text)
    if kind:
        octet = number(kind, 255)
        if octet is None:
            raise cms(INVALID_TEXT_PARAMETER)
        address = Address(address.number, octet)
    if not address.number or address.type_of_address == TypeOfAddress.ALPHANUMERIC:
        raise cms(INVALID_TEXT_PARAMETER)
    return address


def text_submit(modem: Equipment, address: Address, typed: str) -> bytes:
    """The SMS-SUBMIT of a text, with the parameters of +CSMP. One message has 160 characters at most."""
    set_ = modem.state.text
    coded = alphabet_of(set_.scheme)
    try:
        if coded is Alphabet.GSM7:
            payload = alphabet.encode(textmode.read(typed, modem.state.character_set).replace("\r", "\n"))
        else:
            payload = bytes.fromhex(typed)
        relative = set_.first_octet >> 3 & 0x3 == ValidityFormat.RELATIVE
        return Submit(
            address,
            payload,
            protocol_identifier=set_.protocol,
            data_coding_scheme=set_.scheme,
            validity_format=ValidityFormat.RELATIVE if relative else ValidityFormat.NONE,
            validity_period=bytes([set_.validity] * VALIDITY_OCTETS[ValidityFormat.RELATIVE]) if relative else b"",
            status_report_request=bool(set_.first_octet & REPORT_REQUEST),
        ).encode()
    except (EncodeError, CodecError, ValueError):
        raise cms(INVALID_TEXT_PARAMETER) from None
