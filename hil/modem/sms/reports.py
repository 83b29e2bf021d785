"""Reports: what became of a short message (TS 23.040 §9.2.2.1a, §9.2.2.2a, §9.2.2.3), and what may follow in one.

A report ends with *parameters* that TP-PI announces: TP-PID, TP-DCS and user data, each or none of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from hil.modem.sms import userdata
from hil.modem.sms.address import Address
from hil.modem.sms.cursor import Cursor
from hil.modem.sms.fields import (
    DELIVER_REPORT,
    PARAMETER_INDICATOR,
    STATUS_REPORT,
    SUBMIT_REPORT,
    octets,
    pack_bits,
    unpack_bits,
)
from hil.modem.sms.timestamp import OCTETS as STAMP_OCTETS
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.udh import UserDataHeader
from simulator.errors import CodecError, EncodeError

DEFAULT_SCHEME = 0
"""The data coding scheme of user data where TP-DCS is not there (§9.2.3.27)."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What TP-PI announces (§9.2.3.27); None: not there. ``payload`` is as in `hil.modem.sms.userdata`."""

    protocol_identifier: int | None = None
    data_coding_scheme: int | None = None
    payload: bytes | None = None
    header: UserDataHeader | None = None
    reserved: int = 0
    """Bits of TP-PI that mean nothing yet: what they announce is in ``rest``."""
    rest: bytes = b""

    @property
    def scheme(self) -> int:
        return DEFAULT_SCHEME if self.data_coding_scheme is None else self.data_coding_scheme

    @property
    def text(self) -> str | None:
        return None if self.payload is None else userdata.text(self.payload, self.scheme)

    @property
    def indicator(self) -> int:
        """TP-PI. Raises `EncodeError` for reserved bits that are none."""
        if not 0 <= self.reserved <= 0xF:
            raise EncodeError(f"TP-PI has four reserved bits, which {self.reserved} does not fit")
        return pack_bits(
            PARAMETER_INDICATOR,
            {
                "reserved": self.reserved,
                "TP-UDL": self.payload is not None,
                "TP-DCS": self.data_coding_scheme is not None,
                "TP-PID": self.protocol_identifier is not None,
            },
        )

    def encode(self) -> bytes:
        """What follows TP-PI. Raises `EncodeError`."""
        parts = [octets(each) for each in (self.protocol_identifier, self.data_coding_scheme) if each is not None]
        if self.payload is not None:
            parts.append(userdata.encode(self.payload, self.header, self.scheme))
        elif self.header is not None:
            raise EncodeError("a header needs user data that it stands in")
        return b"".join(parts) + self.rest

    @classmethod
    def read(cls, cursor: Cursor, indicator: int, has_header: bool) -> Parameters:
        """Read what ``indicator`` announces, and keep the rest. Raises `CodecError`."""
        said = unpack_bits(PARAMETER_INDICATOR, indicator)
        if said["extension"]:
            raise CodecError("TP-PI has an extension, which no standard defines", offset=cursor.offset - 1)
        protocol = cursor.octet("TP-PID") if said["TP-PID"] else None
        scheme = cursor.octet("TP-DCS") if said["TP-DCS"] else None
        payload, header = None, None
        if said["TP-UDL"]:
            payload, header = userdata.read(cursor, has_header, DEFAULT_SCHEME if scheme is None else scheme)
        return cls(protocol, scheme, payload, header, said["reserved"], cursor.rest())


NONE = Parameters()


@dataclass(frozen=True, slots=True)
class StatusReport:
    """SMS-STATUS-REPORT, network to device (§9.2.2.3): how far a message got that the device had sent."""

    message_reference: int
    recipient_address: Address
    service_centre_time_stamp: TimeStamp
    discharge_time: TimeStamp
    status: int
    more_messages_to_send: bool = False
    loop_prevention: bool = False
    answers_command: bool = False
    parameters: Parameters | None = None
    """None: the report ends with TP-ST."""

    def encode(self) -> bytes:
        """The TPDU. Raises `EncodeError`."""
        parameters = self.parameters
        first = STATUS_REPORT.write(
            {
                "TP-UDHI": parameters is not None and parameters.header is not None,
                "TP-SRQ": self.answers_command,
                "TP-LP": self.loop_prevention,
                "TP-MMS": not self.more_messages_to_send,
            }
        )
        tail = b"" if parameters is None else octets(parameters.indicator) + parameters.encode()
        return (
            first
            + octets(self.message_reference)
            + self.recipient_address.encode()
            + self.service_centre_time_stamp.octets
            + self.discharge_time.octets
            + octets(self.status)
            + tail
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> StatusReport:
        cursor = Cursor(tpdu)
        first = STATUS_REPORT.read(cursor)
        reference, address = cursor.octet("TP-MR"), Address.read(cursor, "TP-RA")
        sent = TimeStamp(cursor.take(STAMP_OCTETS, "TP-SCTS"))
        done = TimeStamp(cursor.take(STAMP_OCTETS, "TP-DT"))
        status, parameters = cursor.octet("TP-ST"), None
        if cursor.left:
            parameters = Parameters.read(cursor, cursor.octet("TP-PI"), bool(first["TP-UDHI"]))
        return cls(
            reference,
            address,
            sent,
            done,
            status,
            more_messages_to_send=not first["TP-MMS"],
            loop_prevention=bool(first["TP-LP"]),
            answers_command=bool(first["TP-SRQ"]),
            parameters=parameters,
        )


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """SMS-DELIVER-REPORT, device to network (§9.2.2.1a): taken, or refused with a TP-FCS (80-FF)."""

    failure_cause: int | None = None
    parameters: Parameters = NONE

    def encode(self) -> bytes:
        """The TPDU. Raises `EncodeError`."""
        first = DELIVER_REPORT.write({"TP-UDHI": self.parameters.header is not None})
        return first + _cause(self.failure_cause) + octets(self.parameters.indicator) + self.parameters.encode()

    @classmethod
    def decode(cls, tpdu: bytes) -> DeliverReport:
        cursor = Cursor(tpdu)
        first = DELIVER_REPORT.read(cursor)
        cause, indicator = _read_cause(cursor)
        return cls(cause, Parameters.read(cursor, indicator, bool(first["TP-UDHI"])))


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """SMS-SUBMIT-REPORT, network to device (§9.2.2.2a): the service centre took a message, or refused it."""

    service_centre_time_stamp: TimeStamp
    failure_cause: int | None = None
    parameters: Parameters = NONE

    def encode(self) -> bytes:
        """The TPDU. Raises `EncodeError`."""
        first = SUBMIT_REPORT.write({"TP-UDHI": self.parameters.header is not None})
        head = first + _cause(self.failure_cause) + octets(self.parameters.indicator)
        return head + self.service_centre_time_stamp.octets + self.parameters.encode()

    @classmethod
    def decode(cls, tpdu: bytes) -> SubmitReport:
        cursor = Cursor(tpdu)
        first = SUBMIT_REPORT.read(cursor)
        cause, indicator = _read_cause(cursor)
        stamp = TimeStamp(cursor.take(STAMP_OCTETS, "TP-SCTS"))
        return cls(stamp, cause, Parameters.read(cursor, indicator, bool(first["TP-UDHI"])))


def _cause(cause: int | None) -> bytes:
    if cause is None:
        return b""
    if not 0x80 <= cause <= 0xFF:
        raise EncodeError(f"TP-FCS is 80 to FF, not {cause:02X}")
    return bytes([cause])


def _read_cause(cursor: Cursor) -> tuple[int | None, int]:
    """TP-FCS, if there is one, and TP-PI: bit 7 is set in the one, and in the other marks an extension."""
    second = cursor.octet("TP-FCS or TP-PI")
    return (second, cursor.octet("TP-PI")) if second & 0x80 else (None, second)
