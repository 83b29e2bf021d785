"""COMPREHENSION-TLV data objects: what all toolkit messages are made of (TS 101 220 §7.1.1).

A tag of one octet, whose highest bit says whether the object has to be understood, or of three: 7F, and two more
with that bit; a length of one to three octets; the value. They do not nest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from simulator.codes.cat import COMPREHENSION
from simulator.errors import CodecError

MAX_OBJECTS = 64
"""In one message. Real ones have a handful, in 255 octets."""

LONG_TAG = 0x7F
NO_TAGS = frozenset({0x00, 0x80, 0xFF})
"""No tag's first octet."""


class DataObject(NamedTuple):
    tag: int
    """Without the comprehension bit: 0x36, or 0x7F1234."""
    value: bytes
    comprehension: bool = False


def read(data: bytes) -> list[DataObject]:
    """All objects of ``data``. Raises `CodecError`."""
    found: list[DataObject] = []
    at = 0
    while at < len(data):
        if len(found) == MAX_OBJECTS:
            raise CodecError(f"more than {MAX_OBJECTS} data objects in one message", offset=at)
        start = at
        first = data[at]
        if first in NO_TAGS:
            raise CodecError(f"{first:02X}, where the tag of a data object is expected", offset=at)
        tag, comprehension, at = first & ~COMPREHENSION, bool(first & COMPREHENSION), at + 1
        if first == LONG_TAG:
            if len(data) < at + 2:
                raise CodecError("the data ends inside a tag", offset=len(data))
            long = int.from_bytes(data[at : at + 2], "big")
            tag, comprehension, at = LONG_TAG << 16 | long & 0x7FFF, bool(long & 0x8000), at + 2
        if at < len(data) and data[at] < 0x80:
            length, at = data[at], at + 1
        else:
            length, at = read_length(data, at)
        if length > len(data) - at:
            raise CodecError(f"object {tag:02X} says {length} octets, and {len(data) - at} are left", offset=start)
        found.append(DataObject(tag, data[at : at + length], comprehension))
        at += length
    return found


def write(objects: Iterable[DataObject]) -> bytes:
    return b"".join([_tag(each) + write_length(len(each.value)) + each.value for each in objects])


def find(objects: Sequence[DataObject], tag: int) -> bytes | None:
    """The value of the first object with a tag; None when there is none."""
    for each in objects:
        if each.tag == tag:
            return each.value
    return None


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """A length and the offset behind it. Raises `CodecError`."""
    if at >= len(data):
        raise CodecError("the data ends before a length", offset=at)
    first = data[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    if size not in (1, 2):
        raise CodecError(f"length octet {first:02X}; 00 to 7F, 81 or 82 is expected", offset=at)
    if len(data) < at + 1 + size:
        raise CodecError("the data ends inside a length", offset=len(data))
    return int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def write_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    if length < 0x100:
        return bytes([0x81, length])
    return b"\x82" + length.to_bytes(2, "big")


def _tag(each: DataObject) -> bytes:
    if each.tag > 0xFF:
        return (each.tag | (0x8000 if each.comprehension else 0)).to_bytes(3, "big")
    return bytes([each.tag | (COMPREHENSION if each.comprehension else 0)])
