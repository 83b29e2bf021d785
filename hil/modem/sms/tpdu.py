"""Transfer protocol data units: what an SMS is on the air (TS 23.040 §9.2.2).

Plain codec; the capture layers are views over the same tables. Octets after the end that TP-UDL gives are
ignored, because modems pad.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hil.modem.sms import coding, userdata
from hil.modem.sms.address import Address
from hil.modem.sms.cursor import Cursor
from hil.modem.sms.fields import DELIVER, SUBMIT, VALIDITY_OCTETS, MessageType, ValidityFormat, octets
from hil.modem.sms.reports import DeliverReport, StatusReport, SubmitReport
from hil.modem.sms.timestamp import OCTETS as STAMP_OCTETS
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.udh import UserDataHeader
from simulator.errors import CodecError, EncodeError

__all__ = [
    "Deliver",
    "DeliverReport",
    "Direction",
    "StatusReport",
    "Submit",
    "SubmitReport",
    "Tpdu",
    "decode",
    "encode",
]

Direction = Literal["in", "out"]
"""Seen from the device, as in a trace: ``in`` reaches it, ``out`` leaves it."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """SMS-DELIVER, network to device (§9.2.2.1). ``payload`` is as in `hil.modem.sms.userdata`."""

    originating_address: Address
    service_centre_time_stamp: TimeStamp
    payload: bytes = b""
    header: UserDataHeader | None = None
    protocol_identifier: int = 0
    data_coding_scheme: int = coding.DATA_8BIT
    more_messages_to_send: bool = False
    loop_prevention: bool = False
    status_report_indication: bool = False
    reply_path: bool = False

    @property
    def text(self) -> str | None:
        return userdata.text(self.payload, self.data_coding_scheme)

    def encode(self) -> bytes:
        """The TPDU. Raises `EncodeError`."""
        first = DELIVER.write(
            {
                "TP-RP": self.reply_path,
                "TP-UDHI": self.header is not None,
                "TP-SRI": self.status_report_indication,
                "TP-LP": self.loop_prevention,
                "TP-MMS": not self.more_messages_to_send,
            }
        )
        return (
            first
            + self.originating_address.encode()
            + octets(self.protocol_identifier, self.data_coding_scheme)
            + self.service_centre_time_stamp.octets
            + userdata.encode(self.payload, self.header, self.data_coding_scheme)
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> Deliver:
        cursor = Cursor(tpdu)
        first = DELIVER.read(cursor)
        address = Address.read(cursor, "TP-OA")
        protocol, scheme = cursor.octet("TP-PID"), cursor.octet("TP-DCS")
        stamp = TimeStamp(cursor.take(STAMP_OCTETS, "TP-SCTS"))
        payload, header = userdata.read(cursor, bool(first["TP-UDHI"]), scheme)
        return cls(
            address,
            stamp,
            payload,
            header,
            protocol,
            scheme,
            more_messages_to_send=not first["TP-MMS"],
            loop_prevention=bool(first["TP-LP"]),
            status_report_indication=bool(first["TP-SRI"]),
            reply_path=bool(first["TP-RP"]),
        )


@dataclass(frozen=True, slots=True)
class Submit:
    """SMS-SUBMIT, device to network (§9.2.2.2). ``validity_period`` is as on the wire: 0, 1 or 7 octets."""

    destination_address: Address
    payload: bytes = b""
    header: UserDataHeader | None = None
    message_reference: int = 0
    protocol_identifier: int = 0
    data_coding_scheme: int = coding.DATA_8BIT
    validity_format: ValidityFormat = ValidityFormat.NONE
    validity_period: bytes = b""
    reject_duplicates: bool = False
    status_report_request: bool = False
    reply_path: bool = False

    @property
    def text(self) -> str | None:
        return userdata.text(self.payload, self.data_coding_scheme)

    def encode(self) -> bytes:
        """The TPDU. Raises `EncodeError`."""
        expected = VALIDITY_OCTETS[self.validity_format]
        if len(self.validity_period) != expected:
            raise EncodeError(
                f"a validity period of format {self.validity_format.name} has {expected} octets, "
                f"not {len(self.validity_period)}"
            )
        first = SUBMIT.write(
            {
                "TP-RP": self.reply_path,
                "TP-UDHI": self.header is not None,
                "TP-SRR": self.status_report_request,
                "TP-VPF": self.validity_format,
                "TP-RD": self.reject_duplicates,
            }
        )
        return (
            first
            + octets(self.message_reference)
            + self.destination_address.encode()
            + octets(self.protocol_identifier, self.data_coding_scheme)
            + self.validity_period
            + userdata.encode(self.payload, self.header, self.data_coding_scheme)
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> Submit:
        cursor = Cursor(tpdu)
        first = SUBMIT.read(cursor)
        reference = cursor.octet("TP-MR")
        address = Address.read(cursor, "TP-DA")
        protocol, scheme = cursor.octet("TP-PID"), cursor.octet("TP-DCS")
        validity_format = ValidityFormat(first["TP-VPF"])
        validity = cursor.take(VALIDITY_OCTETS[validity_format], "TP-VP")
        payload, header = userdata.read(cursor, bool(first["TP-UDHI"]), scheme)
        return cls(
            address,
            payload,
            header,
            reference,
            protocol,
            scheme,
            validity_format,
            validity,
            reject_duplicates=bool(first["TP-RD"]),
            status_report_request=bool(first["TP-SRR"]),
            reply_path=bool(first["TP-RP"]),
        )


Tpdu = Deliver | Submit | StatusReport | DeliverReport | SubmitReport

_TYPES: dict[Direction, dict[int, type[Deliver | Submit | StatusReport | DeliverReport | SubmitReport]]] = {
    "in": {
        MessageType.DELIVER: Deliver,
        MessageType.SUBMIT_REPORT: SubmitReport,
        MessageType.STATUS_REPORT: StatusReport,
    },
    "out": {MessageType.DELIVER_REPORT: DeliverReport, MessageType.SUBMIT: Submit},
}


def decode(tpdu: bytes, direction: Direction) -> Tpdu:
    """Decode a TPDU; its type depends on the direction. Raises `CodecError`."""
    if not tpdu:
        raise CodecError("an empty TPDU", offset=0)
    kind = _TYPES[direction].get(tpdu[0] & 0x3)
    if kind is None:
        way = "to" if direction == "in" else "from"
        raise CodecError(
            f"a TPDU {way} the device with TP-MTI {tpdu[0] & 0x3} is none that the bench reads", offset=0
        )
    return kind.decode(tpdu)


def encode(message: Tpdu) -> bytes:
    """The TPDU of a message. Raises `EncodeError`."""
    return message.encode()
