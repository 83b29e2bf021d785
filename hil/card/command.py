"""A C-APDU taken apart: the seven forms of ISO/IEC 7816-3 §12.1.3, short and extended."""

from __future__ import annotations

from typing import NamedTuple

SHORTEST, LONGEST = 4, 4 + 3 + 65535 + 2
"""Octets of a C-APDU: a bare header; an extended one with all the data there can be."""


class CommandApdu(NamedTuple):
    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    """Octets that are expected; None: none."""
    extended: bool = False


def parse(apdu: bytes) -> CommandApdu:
    """Raises `ValueError` for octets that have none of the forms."""
    require_length(apdu)
    cla, ins, p1, p2 = apdu[:4]
    size = len(apdu)
    if size == 4:
        return CommandApdu(cla, ins, p1, p2)
    if size == 5:
        return CommandApdu(cla, ins, p1, p2, b"", apdu[4] or 256)
    # A first octet of zero, and more behind it, says that lengths have two octets each.
    extended = apdu[4] == 0
    width, most = (2, 65536) if extended else (1, 256)
    start = 4 + extended + width
    lc = int.from_bytes(apdu[5:7], "big") if extended else apdu[4]
    if extended and size == start:
        return CommandApdu(cla, ins, p1, p2, b"", lc or most, extended)
    data, rest = apdu[start : start + lc], apdu[start + lc :]
    if not lc or len(data) < lc or len(rest) not in (0, width):
        raise ValueError(f"Lc says {lc} octets of data, and {max(0, size - start)} follow it")
    le = (int.from_bytes(rest, "big") or most) if rest else None
    return CommandApdu(cla, ins, p1, p2, data, le, extended)


def of_hex(text: str) -> bytes:
    """A command that somebody typed, white space as they like; its body may be malformed.

    Raises `ValueError` for what is no hex, and for fewer octets than a header has or more than a command can
    have: drivers take such for something else. vpcd's switches the card off for a single 00, and then waits for
    an answer for ever.
    """
    apdu = bytes.fromhex("".join(text.split()))
    require_length(apdu)
    return apdu


def require_length(apdu: bytes) -> None:
    """Raises `ValueError`."""
    if not SHORTEST <= len(apdu) <= LONGEST:
        raise ValueError(f"a command has {SHORTEST} to {LONGEST} octets, not {len(apdu)}")


def channel_of(cla: int) -> int:
    """The logical channel that a class byte names (TS 102 221 §10.1.1); a SIM's class has none but the basic."""
    if cla == 0xA0:
        return 0
    return (cla & 0x0F) + 4 if cla & 0x40 else cla & 0x03


def on_channel(cla: int, channel: int) -> int:
    """The class byte that means the same on another channel, 0 to 19; without secure messaging above 3."""
    if cla == 0xA0:
        return cla
    if channel > 3:
        return cla & 0x80 | 0x40 | channel - 4
    return cla & 0x80 | (0 if cla & 0x40 else cla & 0x0C) | channel
