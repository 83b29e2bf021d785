"""Address fields: numbers and alphanumeric senders (TS 23.040 §9.1.2.5, TS 24.011 §8.2.5.1).

In a TPDU the length counts semi-octets; in front of the TPDU, on the AT interface, it counts octets with
the type of address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from hil.modem.sms import alphabet
from hil.modem.sms.cursor import Cursor
from simulator.errors import CodecError, EncodeError

SEMI_OCTETS = "0123456789*#abc"
"""The value of a semi-octet to its character; 15 fills up an odd number of digits (§9.1.2.3)."""

FILLER = 0xF
_FILLED = "f"
PAIRS = [(SEMI_OCTETS + _FILLED)[octet & 0xF] + (SEMI_OCTETS + _FILLED)[octet >> 4] for octet in range(256)]
"""An octet to its two digits, the lower semi-octet first."""
MAX_SEMI_OCTETS = 20
"""An address field has twelve octets at most (§9.1.2.5)."""

MAX_SMSC_OCTETS = 11

_DIALLED = re.compile(rf"\+?[0-9*#]{{1,{MAX_SEMI_OCTETS}}}")


class TypeOfNumber(IntEnum):
    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6
    RESERVED = 7


class TypeOfAddress(IntEnum):
    """The usual octets: no extension, type of number, ISDN numbering plan (or unknown)."""

    UNKNOWN = 0x81
    INTERNATIONAL = 0x91
    ALPHANUMERIC = 0xD0


@dataclass(frozen=True, slots=True)
class Address:
    """``number`` holds digits without a plus sign, or the text of an alphanumeric sender."""

    number: str
    type_of_address: int = TypeOfAddress.INTERNATIONAL

    @classmethod
    def of(cls, text: str) -> Address:
        """From what people write: ``+44…`` international, only digits of unknown type, anything else a name."""
        if text.startswith("+"):
            return cls(text[1:], TypeOfAddress.INTERNATIONAL)
        if text and all(char in SEMI_OCTETS for char in text):
            return cls(text, TypeOfAddress.UNKNOWN)
        return cls(text, TypeOfAddress.ALPHANUMERIC)

    def __str__(self) -> str:
        return f"+{self.number}" if self.type_of_number is TypeOfNumber.INTERNATIONAL else self.number

    @property
    def type_of_number(self) -> TypeOfNumber:
        return TypeOfNumber(self.type_of_address >> 4 & 0x7)

    def encode(self) -> bytes:
        """The address field of a TPDU. Raises `EncodeError`."""
        if not 0 <= self.type_of_address <= 0xFF:
            raise EncodeError(f"the type of address {self.type_of_address} is no octet")
        if self.type_of_number is TypeOfNumber.ALPHANUMERIC:
            septets = alphabet.encode(self.number)
            semi_octets = (7 * len(septets) + 3) // 4
            value = alphabet.pack(septets)
        else:
            semi_octets = len(self.number)
            value = _pack_digits(self.number)
        if semi_octets > MAX_SEMI_OCTETS:
            raise EncodeError(f"the address {self.number!r} is longer than {MAX_SEMI_OCTETS} semi-octets")
        return bytes([semi_octets, self.type_of_address]) + value

    @classmethod
    def read(cls, cursor: Cursor, what: str) -> Address:
        """Read the address field of a TPDU."""
        start = cursor.offset
        semi_octets = cursor.octet(f"the length of {what}")
        if semi_octets > MAX_SEMI_OCTETS:
            raise CodecError(f"{what} says {semi_octets} semi-octets, {MAX_SEMI_OCTETS} are allowed", offset=start)
        type_of_address = cursor.octet(f"the type of {what}")
        value = cursor.take((semi_octets + 1) // 2, what)
        if type_of_address >> 4 & 0x7 == TypeOfNumber.ALPHANUMERIC:
            return cls(alphabet.decode(alphabet.unpack(value, semi_octets * 4 // 7)), type_of_address)
        return cls(_unpack_digits(value, semi_octets, start + 2), type_of_address)


def is_number(text: str) -> bool:
    """Whether a person has written the number of a telephone: names can be senders, not recipients."""
    return _DIALLED.fullmatch(text) is not None


def encode_smsc(address: Address | None) -> bytes:
    """The service centre address before a TPDU on the AT interface (TS 27.005 §3.1); None: the modem's own."""
    if address is None:
        return b"\x00"
    if address.type_of_number is TypeOfNumber.ALPHANUMERIC:
        raise EncodeError("a service centre address has no letters")
    value = bytes([address.type_of_address]) + _pack_digits(address.number)
    if len(value) > MAX_SMSC_OCTETS:
        raise EncodeError(f"the service centre address {address.number!r} is too long")
    return bytes([len(value)]) + value


def read_smsc(cursor: Cursor) -> Address | None:
    """Read the service centre address before a TPDU; None when there is none."""
    start = cursor.offset
    octets = cursor.octet("the length of the service centre address")
    if octets == 0:
        return None
    if octets > MAX_SMSC_OCTETS:
        raise CodecError(
            f"the service centre address says {octets} octets, {MAX_SMSC_OCTETS} are allowed", offset=start
        )
    type_of_address = cursor.octet("the type of the service centre address")
    value = cursor.take(octets - 1, "the service centre address")
    semi_octets = 2 * len(value) - (1 if value and value[-1] >> 4 == FILLER else 0)
    return Address(_unpack_digits(value, semi_octets, start + 2), type_of_address)


def _pack_digits(digits: str) -> bytes:
    try:
        values = [SEMI_OCTETS.index(digit) for digit in digits]
    except ValueError:
        raise EncodeError(f"the number {digits!r} has other characters than {SEMI_OCTETS}") from None
    if len(values) % 2:
        values.append(FILLER)
    return bytes([high << 4 | low for low, high in zip(values[::2], values[1::2], strict=True)])


def _unpack_digits(value: bytes, semi_octets: int, offset: int) -> str:
    digits = "".join([PAIRS[octet] for octet in value])[:semi_octets]
    filler = digits.find(_FILLED)
    if filler >= 0:
        raise CodecError("a filler stands inside an address", offset=offset + filler // 2)
    return digits
