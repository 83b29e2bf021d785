"""Bit layouts of TPDU first octets (TS 23.040 §9.2.2), as tables.

Each table lists ``(field, bits)`` from the most significant bit down, eight bits in all. The plain codec and
the capture layers both read these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

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
