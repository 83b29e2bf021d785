"""The GSM 7-bit default alphabet, its extension table and its packing (TS 23.038 §6.1, §6.2.1).

A *septet string* is `bytes` with one septet (0-127) in each byte.
"""

from __future__ import annotations

from simulator.errors import CodecError, EncodeError

ESCAPE = 0x1B

DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""Septet value to character; the escape septet stands for itself."""

EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""The septet after an escape, to character."""

_SEPTETS = {char: bytes([value]) for value, char in enumerate(DEFAULT) if value != ESCAPE} | {
    char: bytes([ESCAPE, value]) for value, char in EXTENSION.items()
}


def encode(text: str) -> bytes:
    """Text to a septet string. Raises `EncodeError` for a character that the alphabet has not got."""
    try:
        return b"".join([_SEPTETS[char] for char in text])
    except KeyError as error:
        raise EncodeError(f"{error.args[0]!r} is not in the GSM 7-bit alphabet", hint="use UCS2") from None


def decode(septets: bytes) -> str:
    """A septet string to text.

    As §6.2.1.1 asks, an unknown extension shows the character of the default table, and a second escape or
    one at the end shows a space.
    """
    if septets and max(septets) > 0x7F:
        raise CodecError("a septet is greater than 127")
    text = []
    values = iter(septets)
    for value in values:
        if value != ESCAPE:
            text.append(DEFAULT[value])
            continue
        after = next(values, ESCAPE)
        text.append(" " if after == ESCAPE else EXTENSION.get(after, DEFAULT[after]))
    return "".join(text)


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septet i goes to bits 7i..7i+6 of a little-endian bit stream, after ``fill_bits`` zero bits."""
    stream = 0
    for index, septet in enumerate(septets):
        stream |= septet << (7 * index + fill_bits)
    return stream.to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack(packed: bytes, count: int, fill_bits: int = 0) -> bytes:
    """The first ``count`` septets of packed octets. Raises `CodecError` when there are fewer."""
    if 7 * count + fill_bits > 8 * len(packed):
        raise CodecError(f"{count} septets do not fit into {len(packed)} octets")
    stream = int.from_bytes(packed, "little") >> fill_bits
    return bytes([stream >> 7 * index & 0x7F for index in range(count)])


def fill_bits(header_octets: int) -> int:
    """The zero bits between a header of that many octets and text on a septet boundary (TS 23.040 §9.2.3.24)."""
    return -8 * header_octets % 7


def header_septets(header_octets: int) -> int:
    """How many septets a header of that many octets takes, fill bits included."""
    return (8 * header_octets + 6) // 7
