"""Bit layouts of TPDU first octets (TS 23.040 §9.2.2), as tables.

Each table lists ``(field, bits)`` from the most significant bit down, eight bits in all. The plain codec and
the capture layers both read these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from hil.modem.sms.cursor import Cursor
from simulator.errors import CodecError, EncodeError

BitFields = tuple[tuple[str, int], ...]

FIRST_OCTET_DELIVER: BitFields = (
    ("TP-RP", 1),
    ("TP-UDHI", 1),
    ("TP-SRI", 1),
    ("spare", 1),
    ("TP-LP", 1),
    ("TP-MMS", 1),
    ("TP-MTI", 2),
)
FIRST_OCTET_SUBMIT: BitFields = (
    ("TP-RP", 1),
    ("TP-UDHI", 1),
    ("TP-SRR", 1),
    ("TP-VPF", 2),
    ("TP-RD", 1),
    ("TP-MTI", 2),
)
FIRST_OCTET_STATUS_REPORT: BitFields = (
    ("spare", 1),
    ("TP-UDHI", 1),
    ("TP-SRQ", 1),
    ("spare", 1),
    ("TP-LP", 1),
    ("TP-MMS", 1),
    ("TP-MTI", 2),
)
FIRST_OCTET_DELIVER_REPORT: BitFields = (
    ("spare", 1),
    ("TP-UDHI", 1),
    ("spare", 4),
    ("TP-MTI", 2),
)
FIRST_OCTET_SUBMIT_REPORT = FIRST_OCTET_DELIVER_REPORT

PARAMETER_INDICATOR: BitFields = (
    ("extension", 1),
    ("reserved", 4),
    ("TP-UDL", 1),
    ("TP-DCS", 1),
    ("TP-PID", 1),
)
"""TP-PI (§9.2.3.27): what follows it in a report."""


class MessageType(IntEnum):
    """TP-MTI towards the device (§9.2.3.1); from the device the same numbers mean the second name."""

    DELIVER = 0
    SUBMIT_REPORT = 1
    STATUS_REPORT = 2

    DELIVER_REPORT = 0
    SUBMIT = 1
    COMMAND = 2


class ValidityFormat(IntEnum):
    """TP-VPF (§9.2.3.3)."""

    NONE = 0
    ENHANCED = 1
    RELATIVE = 2
    ABSOLUTE = 3


VALIDITY_OCTETS: Mapping[ValidityFormat, int] = {
    ValidityFormat.NONE: 0,
    ValidityFormat.ENHANCED: 7,
    ValidityFormat.RELATIVE: 1,
    ValidityFormat.ABSOLUTE: 7,
}


def pack_bits(table: BitFields, values: Mapping[str, int]) -> int:
    """One octet from field values; what is not given is 0."""
    octet = 0
    for name, bits in table:
        octet = octet << bits | (values.get(name, 0) & ((1 << bits) - 1))
    return octet


def unpack_bits(table: BitFields, octet: int) -> dict[str, int]:
    """The fields of one octet."""
    values: dict[str, int] = {}
    shift = 8
    for name, bits in table:
        shift -= bits
        values[name] = octet >> shift & ((1 << bits) - 1)
    return values


class FirstOctet:
    """The first octet of one type of TPDU."""

    __slots__ = ("_known", "message_type", "name", "table")

    def __init__(self, name: str, table: BitFields, message_type: MessageType) -> None:
        self.name = name
        self.table = table
        self.message_type = message_type
        self._known: dict[int, Mapping[str, int]] = {}
        """An octet's fields, once it was seen: few of the 256 ever are."""

    def read(self, cursor: Cursor) -> Mapping[str, int]:
        """Raises `CodecError` for another type."""
        octet = cursor.octet("the first octet")
        fields = self._known.get(octet)
        if fields is None:
            fields = self._known[octet] = unpack_bits(self.table, octet)
        if fields["TP-MTI"] != self.message_type:
            raise CodecError(f"an {self.name} has TP-MTI {self.message_type:d}, not {fields['TP-MTI']}", offset=0)
        return fields

    def write(self, values: Mapping[str, int]) -> bytes:
        return bytes([pack_bits(self.table, {**values, "TP-MTI": self.message_type})])


DELIVER = FirstOctet("SMS-DELIVER", FIRST_OCTET_DELIVER, MessageType.DELIVER)
SUBMIT = FirstOctet("SMS-SUBMIT", FIRST_OCTET_SUBMIT, MessageType.SUBMIT)
STATUS_REPORT = FirstOctet("SMS-STATUS-REPORT", FIRST_OCTET_STATUS_REPORT, MessageType.STATUS_REPORT)
DELIVER_REPORT = FirstOctet("SMS-DELIVER-REPORT", FIRST_OCTET_DELIVER_REPORT, MessageType.DELIVER_REPORT)
SUBMIT_REPORT = FirstOctet("SMS-SUBMIT-REPORT", FIRST_OCTET_SUBMIT_REPORT, MessageType.SUBMIT_REPORT)


def octets(*values: int) -> bytes:
    """Raises `EncodeError` for a value that does not fit into one."""
    try:
        return bytes(values)
    except ValueError:
        raise EncodeError(f"one of {values} does not fit into an octet") from None
