"""A pcapng file with several interfaces of different link types and a comment on each packet.

Written by hand because scapy's writer has one link type for a file. Layout: the IETF's pcapng draft
(draft-ietf-opsawg-pcapng) sections 4.1 (section header), 4.2 (interface description), 4.3 (enhanced packet).
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

SECTION_HEADER, INTERFACE_DESCRIPTION, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
BYTE_ORDER_MAGIC = 0x1A2B3C4D
LENGTH_UNKNOWN = -1

OPT_END, OPT_COMMENT, SHB_USERAPPL, IF_NAME, EPB_FLAGS = 0, 1, 4, 2, 2
"""An option's number means something else in each kind of block, but for the first two."""

DIRECTIONS = {"in": 1, "out": 2, "": 0}
"""epb_flags bits 0 and 1, seen from the device."""

LONGEST_OPTION = 0xFFFF
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PcapngWriter:
    """Writes to ``file``, which stays its caller's to close."""

    def __init__(self, file: BinaryIO, application: str) -> None:
        self._file = file
        self._interfaces: dict[tuple[str, int], int] = {}
        body = struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, LENGTH_UNKNOWN)
        self._block(SECTION_HEADER, body, [(SHB_USERAPPL, application.encode())])

    def packet(
        self, interface: str, link_type: int, at: datetime, data: bytes, *, way: str = "", comment: str = ""
    ) -> None:
        """One packet, captured whole, on the interface of this name and link type; made when it is new."""
        number = self._interface(interface, link_type)
        microseconds = (at - EPOCH) // timedelta(microseconds=1)
        stamp = (microseconds >> 32, microseconds & 0xFFFFFFFF)
        body = struct.pack("<IIIII", number, *stamp, len(data), len(data)) + data
        options = [(OPT_COMMENT, comment.encode("utf-8", "replace"))] if comment else []
        options += [(EPB_FLAGS, struct.pack("<I", DIRECTIONS[way]))] if way else []
        self._block(ENHANCED_PACKET, body, options)

    def _interface(self, name: str, link_type: int) -> int:
        if (name, link_type) not in self._interfaces:
            self._interfaces[name, link_type] = len(self._interfaces)
            body = struct.pack("<HHI", link_type, 0, 0)
            self._block(INTERFACE_DESCRIPTION, body, [(IF_NAME, name.encode())])
        return self._interfaces[name, link_type]

    def _block(self, kind: int, body: bytes, options: list[tuple[int, bytes]]) -> None:
        body = _padded(body)
        for code, value in options:
            value = value[:LONGEST_OPTION]
            body += struct.pack("<HH", code, len(value)) + _padded(value)
        if options:
            body += struct.pack("<HH", OPT_END, 0)
        length = struct.pack("<I", len(body) + 12)
        self._file.write(struct.pack("<I", kind) + length + body + length)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
