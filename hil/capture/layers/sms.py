"""SMS-DELIVER and SMS-SUBMIT: views over the tables and value classes of `hil.modem.sms`."""

# ruff: noqa: RUF012 - a list named fields_desc is how scapy is told

from __future__ import annotations

from datetime import datetime
from typing import Any

from scapy.fields import ByteField, ConditionalField, StrFixedLenField, StrLenField, XByteField
from scapy.packet import Packet, Raw

from hil.capture.layers.tables import bit_fields
from hil.capture.layers.udh import UDH
from hil.capture.layers.wsp import OctetsField
from hil.modem.sms import coding
from hil.modem.sms.address import Address
from hil.modem.sms.coding import Alphabet, alphabet_of
from hil.modem.sms.cursor import Cursor
from hil.modem.sms.fields import (
    FIRST_OCTET_DELIVER,
    FIRST_OCTET_SUBMIT,
    VALIDITY_OCTETS,
    MessageType,
    ValidityFormat,
)
from hil.modem.sms.timestamp import OCTETS as STAMP_OCTETS
from hil.modem.sms.timestamp import TimeStamp
from simulator.push.primitives import Octets


class AddressField(OctetsField):
    """An address, set and seen as people write it: ``+441234567890``."""

    def skip(self, packet: Packet, cursor: Octets) -> None:
        inner = Cursor(cursor.data, cursor.position, cursor.end)
        Address.read(inner, self.name)
        cursor.position = inner.offset

    def octets(self, packet: Packet, value: Any) -> bytes:
        return (value if isinstance(value, Address) else Address.of(value)).encode()

    def meaning(self, packet: Packet, octets: bytes) -> str:
        return str(Address.read(Cursor(octets), self.name))


class TimeStampField(StrFixedLenField):
    """TP-SCTS, set as a datetime; seen in ISO 8601, or in hex where it is none."""

    def __init__(self, name: str) -> None:
        super().__init__(name, bytes(STAMP_OCTETS), STAMP_OCTETS)

    def any2i(self, packet: Packet | None, value: Any) -> bytes:
        if isinstance(value, datetime):
            return TimeStamp.of(value).octets
        return bytes(value)

    def i2h(self, packet: Packet | None, value: bytes) -> str:
        return str(TimeStamp(bytes(value)))

    def i2repr(self, packet: Packet | None, value: bytes) -> str:
        return self.i2h(packet, value)


class _ShortMessage(Packet):
    """What DELIVER and SUBMIT have in common: TP-UDL is their last field, TP-UD their payload."""

    def post_build(self, octets: bytes, payload: bytes) -> bytes:
        if self.tp_udl is None:
            length = len(payload)
            if alphabet_of(self.tp_dcs) is Alphabet.GSM7:
                length = length * 8 // 7  # fewer septets in the same octets: say so in tp_udl
            octets = octets[:-1] + bytes([length & 0xFF])
        return octets + payload

    def extract_padding(self, octets: bytes) -> tuple[bytes, bytes]:
        length = self.tp_udl
        if alphabet_of(self.tp_dcs) is Alphabet.GSM7:
            length = (7 * length + 7) // 8
        return octets[:length], octets[length:]

    def guess_payload_class(self, payload: bytes) -> type[Packet]:
        return UDH if self.tp_udhi else Raw


class SMSDeliver(_ShortMessage):
    """Network to device (TS 23.040 §9.2.2.1)."""

    name = "SMS-DELIVER"
    fields_desc = [
        *bit_fields(FIRST_OCTET_DELIVER, {"TP-MMS": 1, "TP-MTI": MessageType.DELIVER}),
        AddressField("tp_oa", "+0"),
        XByteField("tp_pid", 0),
        XByteField("tp_dcs", coding.DATA_8BIT),
        TimeStampField("tp_scts"),
        ByteField("tp_udl", None),
    ]


class SMSSubmit(_ShortMessage):
    """Device to network (TS 23.040 §9.2.2.2)."""

    name = "SMS-SUBMIT"
    fields_desc = [
        *bit_fields(FIRST_OCTET_SUBMIT, {"TP-MTI": MessageType.SUBMIT}),
        ByteField("tp_mr", 0),
        AddressField("tp_da", "+0"),
        XByteField("tp_pid", 0),
        XByteField("tp_dcs", coding.DATA_8BIT),
        ConditionalField(
            StrLenField("tp_vp", b"", length_from=lambda submit: VALIDITY_OCTETS[ValidityFormat(submit.tp_vpf)]),
            lambda submit: submit.tp_vpf != ValidityFormat.NONE,
        ),
        ByteField("tp_udl", None),
    ]
