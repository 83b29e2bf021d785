"""A C-APDU taken apart: the seven forms of ISO/IEC 7816-3 §12.1.3, short and extended."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST, LONGEST = 4, 4 + 3 + 65535 + 2
"""Octets of a C-APDU: a bare header; an extended one with all the data there can be."""


@dataclass(frozen=True, slots=True)
class CommandApdu:
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
    body = apdu[4:]
    if not body:
        return CommandApdu(cla, ins, p1, p2)
    if len(body) == 1:
        return CommandApdu(cla, ins, p1, p2, le=body[0] or 256)
    # A first octet of zero in a longer body says that lengths have two octets each.
    extended = body[0] == 0
    width, most = (2, 65536) if extended else (1, 256)
    body = body[extended:]
    if len(body) == width and extended:
        return CommandApdu(cla, ins, p1, p2, le=int.from_bytes(body, "big") or most, extended=True)
    lc = int.from_bytes(body[:width], "big")
    data, rest = body[width : width + lc], body[width + lc :]
    if not lc or len(data) < lc or len(rest) not in (0, width):
        raise ValueError(f"Lc says {lc} octets of data, and {len(body) - width} follow it")
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
