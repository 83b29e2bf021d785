"""The options of a DM 1.3 notification, as one table, and readers of what they say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simulator.notification.model import Notification, Option


class Kind(Enum):
    STRING = "string"
    UINT = "uint"


@dataclass(frozen=True, slots=True)
class OptionRow:
    number: int
    name: str
    kind: Kind
    smallest: int
    largest: int
    """Octets."""
    repeats: bool


SERVER_ID = 1
TARGETED_MO = 2
REQUESTED_MO = 3
PREFERRED_BEARER = 4
CONNECT_REASON = 5
VENDOR_INFO = 6

OPTIONS = {
    row.number: row
    for row in (
        OptionRow(SERVER_ID, "Server-ID", Kind.STRING, 1, 256, False),
        OptionRow(TARGETED_MO, "Targeted-MO", Kind.UINT, 1, 2, True),
        OptionRow(REQUESTED_MO, "Requested-MO", Kind.UINT, 1, 2, True),
        OptionRow(PREFERRED_BEARER, "Preferred-Bearer", Kind.UINT, 1, 1, True),
        OptionRow(CONNECT_REASON, "Connect-Reason", Kind.STRING, 1, 4095, False),
        OptionRow(VENDOR_INFO, "Vendor-Info", Kind.STRING, 1, 4095, False),
    )
}

MO_INDEX = {
    0x0009: "LAWMO 1.0",
    0x000A: "DCMO 1.0",
    0x000B: "DevDetail 1.1",
    0x000C: "DevInfo 1.1",
    0x000D: "DM Account 1.1",
    0x000E: "DevInfo 1.0",
    0x000F: "DevDetail 1.0",
    0x0011: "DM Account 1.0",
    0x0012: "DiagMon 1.0",
    0x0027: "FUMO 1.0",
    0x0034: "Scheduling",
    0x0036: "SCOMO 1.0",
    0x003C: "SCOMO 1.1",
    0x0075: "Connectivity MO NAP",
}
"""Management Objects by the number that Targeted-MO and Requested-MO carry (OMNA's registry)."""


def name(number: int) -> str:
    row = OPTIONS.get(number)
    return row.name if row else f"option {number}"


def uints(notification: Notification, number: int) -> list[int]:
    """The values of a numeric option, in order: management objects asked for, bearers preferred."""
    return [int.from_bytes(option.value, "big") for option in notification.options if option.number == number]


def string(notification: Notification, number: int) -> str | None:
    """The text of an option that occurs once; octets that are no UTF-8 are shown as escapes."""
    for option in notification.options:
        if option.number == number:
            return option.value.decode("utf-8", "backslashreplace")
    return None


def uint(number: int, value: int) -> Option:
    """A numeric option, in as few octets as the table allows."""
    octets = max(OPTIONS[number].smallest, (value.bit_length() + 7) // 8)
    return Option(number, value.to_bytes(octets, "big"))


def text(number: int, value: str) -> Option:
    return Option(number, value.encode())


def show(option: Option) -> str:
    """An option's value as a person reads it: a text, a number with the management object it names, or hex."""
    row = OPTIONS.get(option.number)
    if row is None:
        return option.value.hex()
    if row.kind is Kind.STRING:
        return option.value.decode("utf-8", "backslashreplace")
    value = int.from_bytes(option.value, "big")
    if option.number in (TARGETED_MO, REQUESTED_MO):
        return f"0x{value:04X} ({MO_INDEX[value]})" if value in MO_INDEX else f"0x{value:04X}"
    return str(value)
