"""Cutting data that is too long for one message (TS 23.040 §9.2.3.24.1)."""

from __future__ import annotations

from hil.modem.sms.udh import Concatenation, Element, Ports, UserDataHeader
from hil.modem.sms.userdata import MAX_OCTETS
from simulator.errors import EncodeError

MAX_SEGMENTS = 255


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
