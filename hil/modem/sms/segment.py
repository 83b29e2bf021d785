"""Cutting data and texts that are too long for one message (TS 23.040 §9.2.3.24.1)."""

from __future__ import annotations

from hil.modem.sms import alphabet
from hil.modem.sms.udh import Concatenation, Element, Ports, UserDataHeader
from hil.modem.sms.userdata import MAX_OCTETS, MAX_SEPTETS
from simulator.errors import EncodeError

MAX_SEGMENTS = 255

TEXT_GSM7, TEXT_UCS2 = 0x00, 0x08
"""Data coding schemes of texts without a class."""


def split(
    data: bytes, ports: Ports | None, *, reference: int = 0, wide_reference: bool = False
) -> list[tuple[UserDataHeader, bytes]]:
    """Cut 8-bit data into segments, each with its header; ports are in every one of them.

    Data that fits into one message gets no concatenation element: 133 octets beside 16-bit ports, then 128 a
    segment, or 127 with a wide reference. Raises `EncodeError` above 255 segments.
    """
    addressing: tuple[Element, ...] = () if ports is None else (ports,)
    alone = UserDataHeader(addressing)
    if len(data) <= MAX_OCTETS - len(alone.encode()):
        return [(alone, data)]

    def header(total: int, sequence: int) -> UserDataHeader:
        return UserDataHeader((Concatenation(reference, total, sequence, wide_reference), *addressing))

    room = MAX_OCTETS - len(header(1, 1).encode())
    pieces = [data[start : start + room] for start in range(0, len(data), room)]
    if len(pieces) > MAX_SEGMENTS:
        raise EncodeError(f"{len(data)} octets would be {len(pieces)} segments, {MAX_SEGMENTS} are allowed")
    return [(header(len(pieces), number), piece) for number, piece in enumerate(pieces, 1)]


def split_text(
    text: str, ports: Ports | None = None, *, reference: int = 0, wide_reference: bool = False
) -> tuple[int, list[tuple[UserDataHeader | None, bytes]]]:
    """The data coding scheme of a text, and its segments: GSM 7-bit where the alphabet has all of it, else UCS2.

    160 septets or 70 characters alone, 153 or 67 a segment; an escape stays with what it escapes, a pair of
    surrogates together. Raises `EncodeError` above 255 segments.
    """
    addressing: tuple[Element, ...] = () if ports is None else (ports,)
    try:
        data, scheme = alphabet.encode(text), TEXT_GSM7
    except EncodeError:
        data, scheme = text.encode("utf-16-be", "replace"), TEXT_UCS2
    alone = UserDataHeader(addressing) if addressing else None
    if len(data) <= _room(alone, scheme):
        return scheme, [(alone, data)]

    def header(total: int, sequence: int) -> UserDataHeader:
        return UserDataHeader((Concatenation(reference, total, sequence, wide_reference), *addressing))

    pieces = _cut(data, _room(header(1, 1), scheme), scheme)
    if len(pieces) > MAX_SEGMENTS:
        raise EncodeError(f"{len(text)} characters would be {len(pieces)} segments, {MAX_SEGMENTS} are allowed")
    return scheme, [(header(len(pieces), number), piece) for number, piece in enumerate(pieces, 1)]


def _room(header: UserDataHeader | None, scheme: int) -> int:
    """For octets of UCS2, or for septets."""
    octets = len(header.encode()) if header is not None else 0
    if scheme == TEXT_GSM7:
        return MAX_SEPTETS - alphabet.header_septets(octets)
    return (MAX_OCTETS - octets) // 2 * 2


def _cut(data: bytes, room: int, scheme: int) -> list[bytes]:
    pieces, start = [], 0
    while start < len(data):
        end = min(start + room, len(data))
        if end < len(data):
            if scheme == TEXT_GSM7:
                end -= data[end - 1] == alphabet.ESCAPE
            elif 0xD8 <= data[end - 2] <= 0xDB:  # the first half of a pair
                end -= 2
        pieces.append(data[start:end])
        start = end
    return pieces
