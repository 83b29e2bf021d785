"""BER-TLV as smart cards use it: bounded, definite lengths only (ISO/IEC 7816-4 §5.2.2, X.690 §8.1).

Reading goes one level at a time: a caller opens the values it expects to be constructed, so that no input can
make it recurse.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.errors import CodecError

MAX_OBJECTS = 256
"""On one level. Card files hold a handful."""

PADDING = b"\x00\xff"
"""May stand before, between and after data objects (ISO/IEC 7816-4 §5.2.2.1); FF is an erased byte."""


class Tlv(NamedTuple):
    tag: int
    """As its bytes read: 0x30, 0xA7, 0x7F21."""
    value: bytes
    offset: int = 0
    """Of the value, in what was read."""

    def children(self) -> list[Tlv]:
        """The value, read as data objects. Raises `CodecError`."""
        return read(self.value)


def read(data: bytes, *, padded: bool = False) -> list[Tlv]:
    """All data objects of ``data``. ``padded``: skip 00 and FF where a tag could stand.

    Raises `CodecError` whose ``partial`` is the list of objects before the damage.
    """
    found: list[Tlv] = []
    at, end = 0, len(data)
    while at < end:
        tag = data[at]
        if padded and tag in PADDING:
            at = end - len(data[at:].lstrip(PADDING))
            continue
        if len(found) == MAX_OBJECTS:
            raise CodecError(f"more than {MAX_OBJECTS} data objects on one level", offset=at, partial=found)
        try:
            # Nearly all tags and lengths have one octet, and a card waits while we read what it told of a file.
            at += 1
            if tag & 0x1F == 0x1F:
                tag, at = _tag(data, at - 1)
            length = data[at]
            at += 1
            if length & 0x80:
                length, at = _length(data, at - 1)
        except IndexError:
            raise CodecError("the data ends inside a tag or a length", offset=end, partial=found) from None
        except CodecError as error:
            error.partial = found
            raise
        if length > end - at:
            raise CodecError(
                f"tag {tag:02X} says {length} bytes, and {end - at} are left", offset=at, partial=found
            )
        found.append(Tlv(tag, data[at : at + length], at))
        at += length
    return found


def write(tag: int, *parts: bytes) -> bytes:
    """One data object whose value is the parts, one after the other."""
    value = b"".join(parts)
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + _length_bytes(len(value)) + value


def _tag(data: bytes, at: int) -> tuple[int, int]:
    """A tag of two or three bytes."""
    tag = data[at] << 8 | data[at + 1]
    at += 2
    if tag & 0x80:
        tag = tag << 8 | data[at]
        at += 1
        if tag & 0x80:
            raise CodecError("a tag of more than three bytes", offset=at)
    return tag, at


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A length of two bytes or more."""
    size = data[at] & 0x7F
    if not 1 <= size <= 3:
        raise CodecError(f"length byte {data[at]:02X}: 1 to 3 bytes of definite length expected", offset=at)
    at += 1
    if at + size > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + size], "big"), at + size


def _length_bytes(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    return bytes([0x80 | size]) + length.to_bytes(size, "big")
