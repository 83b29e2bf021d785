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
from hil.modem.sms.fields import (
    FIRST_OCTET_DELIVER,
    FIRST_OCTET_DELIVER_REPORT,
    FIRST_OCTET_STATUS_REPORT,
    FIRST_OCTET_SUBMIT,
    VALIDITY_OCTETS,
    MessageType,
    ValidityFormat,
    pack_bits,
    unpack_bits,
)
from hil.modem.sms.timestamp import OCTETS as STAMP_OCTETS
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.udh import UserDataHeader
from simulator.errors import CodecError, EncodeError

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
        first = pack_bits(
            FIRST_OCTET_DELIVER,
            {
                "TP-RP": self.reply_path,
                "TP-UDHI": self.header is not None,
                "TP-SRI": self.status_report_indication,
                "TP-LP": self.loop_prevention,
                "TP-MMS": not self.more_messages_to_send,
                "TP-MTI": MessageType.DELIVER,
            },
        )
        return (
            bytes([first])
            + self.originating_address.encode()
            + _octets(self.protocol_identifier, self.data_coding_scheme)
            + self.service_centre_time_stamp.octets
            + userdata.encode(self.payload, self.header, self.data_coding_scheme)
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> Deliver:
        cursor = Cursor(tpdu)
        first = _first_octet(cursor, FIRST_OCTET_DELIVER, MessageType.DELIVER, "an SMS-DELIVER")
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
        first = pack_bits(
            FIRST_OCTET_SUBMIT,
            {
                "TP-RP": self.reply_path,
                "TP-UDHI": self.header is not None,
                "TP-SRR": self.status_report_request,
                "TP-VPF": self.validity_format,
                "TP-RD": self.reject_duplicates,
                "TP-MTI": MessageType.SUBMIT,
            },
        )
        return (
            bytes([first])
            + _octets(self.message_reference)
            + self.destination_address.encode()
            + _octets(self.protocol_identifier, self.data_coding_scheme)
            + self.validity_period
            + userdata.encode(self.payload, self.header, self.data_coding_scheme)
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> Submit:
        cursor = Cursor(tpdu)
        first = _first_octet(cursor, FIRST_OCTET_SUBMIT, MessageType.SUBMIT, "an SMS-SUBMIT")
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


@dataclass(frozen=True, slots=True)
class StatusReport:
    """SMS-STATUS-REPORT, network to device (§9.2.2.3). ``rest`` is what follows TP-ST, unread."""

    message_reference: int
    recipient_address: Address
    service_centre_time_stamp: TimeStamp
    discharge_time: TimeStamp
    status: int
    more_messages_to_send: bool = False
    loop_prevention: bool = False
    answers_command: bool = False
    has_header: bool = False
    rest: bytes = b""

    def encode(self) -> bytes:
        """The TPDU. Raises `EncodeError`."""
        first = pack_bits(
            FIRST_OCTET_STATUS_REPORT,
            {
                "TP-UDHI": self.has_header,
                "TP-SRQ": self.answers_command,
                "TP-LP": self.loop_prevention,
                "TP-MMS": not self.more_messages_to_send,
                "TP-MTI": MessageType.STATUS_REPORT,
            },
        )
        return (
            bytes([first])
            + _octets(self.message_reference)
            + self.recipient_address.encode()
            + self.service_centre_time_stamp.octets
            + self.discharge_time.octets
            + _octets(self.status)
            + self.rest
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> StatusReport:
        cursor = Cursor(tpdu)
        first = _first_octet(cursor, FIRST_OCTET_STATUS_REPORT, MessageType.STATUS_REPORT, "an SMS-STATUS-REPORT")
        return cls(
            cursor.octet("TP-MR"),
            Address.read(cursor, "TP-RA"),
            TimeStamp(cursor.take(STAMP_OCTETS, "TP-SCTS")),
            TimeStamp(cursor.take(STAMP_OCTETS, "TP-DT")),
            cursor.octet("TP-ST"),
            more_messages_to_send=not first["TP-MMS"],
            loop_prevention=bool(first["TP-LP"]),
            answers_command=bool(first["TP-SRQ"]),
            has_header=bool(first["TP-UDHI"]),
            rest=cursor.rest(),
        )


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """SMS-DELIVER-REPORT, device to network (§9.2.2.1a): taken, or refused with a TP-FCS (80-FF).

    ``rest`` is what TP-PI announces, unread.
    """

    failure_cause: int | None = None
    parameter_indicator: int = 0
    has_header: bool = False
    rest: bytes = b""

    def encode(self) -> bytes:
        """The TPDU. Raises `EncodeError`."""
        if self.failure_cause is not None and not 0x80 <= self.failure_cause <= 0xFF:
            raise EncodeError(f"TP-FCS is 80 to FF, not {self.failure_cause:02X}")
        if not 0 <= self.parameter_indicator <= 0x7F:
            raise EncodeError(f"TP-PI is 00 to 7F here, not {self.parameter_indicator:02X}")
        first = pack_bits(
            FIRST_OCTET_DELIVER_REPORT, {"TP-UDHI": self.has_header, "TP-MTI": MessageType.DELIVER_REPORT}
        )
        cause = b"" if self.failure_cause is None else bytes([self.failure_cause])
        return bytes([first]) + cause + bytes([self.parameter_indicator]) + self.rest

    @classmethod
    def decode(cls, tpdu: bytes) -> DeliverReport:
        cursor = Cursor(tpdu)
        first = _first_octet(
            cursor, FIRST_OCTET_DELIVER_REPORT, MessageType.DELIVER_REPORT, "an SMS-DELIVER-REPORT"
        )
        # TP-FCS has bit 7 set and TP-PI, while it has no extension, has not: that tells the two forms apart.
        second = cursor.octet("TP-FCS or TP-PI")
        cause, indicator = (second, cursor.octet("TP-PI")) if second & 0x80 else (None, second)
        if indicator & 0x80:
            raise CodecError("TP-PI has an extension, which no standard defines", offset=cursor.offset - 1)
        return cls(cause, indicator, bool(first["TP-UDHI"]), cursor.rest())


Tpdu = Deliver | Submit | StatusReport | DeliverReport

_TYPES: dict[tuple[Direction, int], type[Deliver | Submit | StatusReport | DeliverReport]] = {
    ("in", MessageType.DELIVER): Deliver,
    ("in", MessageType.STATUS_REPORT): StatusReport,
    ("out", MessageType.DELIVER_REPORT): DeliverReport,
    ("out", MessageType.SUBMIT): Submit,
}


def decode(tpdu: bytes, direction: Direction) -> Tpdu:
    """Decode a TPDU; its type depends on the direction. Raises `CodecError`."""
    if not tpdu:
        raise CodecError("an empty TPDU", offset=0)
    kind = _TYPES.get((direction, tpdu[0] & 0x3))
    if kind is None:
        way = "to" if direction == "in" else "from"
        raise CodecError(
            f"a TPDU {way} the device with TP-MTI {tpdu[0] & 0x3} is none that the bench reads", offset=0
        )
    return kind.decode(tpdu)


def encode(message: Tpdu) -> bytes:
    """The TPDU of a message. Raises `EncodeError`."""
    return message.encode()


def _first_octet(
    cursor: Cursor, table: tuple[tuple[str, int], ...], expected: MessageType, what: str
) -> dict[str, int]:
    first = unpack_bits(table, cursor.octet("the first octet"))
    if first["TP-MTI"] != expected:
        raise CodecError(f"{what} has TP-MTI {int(expected)}, not {first['TP-MTI']}", offset=0)
    return first


def _octets(*values: int) -> bytes:
    try:
        return bytes(values)
    except ValueError:
        raise EncodeError(f"one of {values} does not fit into an octet") from None
