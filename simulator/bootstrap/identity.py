"""The identities on a card: ICCID and IMSI, in swapped semi-octets (TS 102 221 §13.2, TS 31.102 §4.2.2)."""

from __future__ import annotations

from simulator.errors import CodecError, EncodeError


def read_iccid(content: bytes) -> str:
    """EF(ICCID), ten octets, filled up with F. Raises `CodecError`."""
    return _digits(content, "EF(ICCID)")


def write_iccid(iccid: str) -> bytes:
    _check(iccid, 20, "an ICCID")
    return _octets(iccid).ljust(10, b"\xff")


def read_imsi(content: bytes) -> str:
    """EF(IMSI): a length octet, then a parity semi-octet and the digits. Raises `CodecError`."""
    length = content[0] if content else 0
    if not 1 <= length <= 8 or len(content) < 1 + length:
        raise CodecError(f"EF(IMSI) says {length} octets and has {max(len(content) - 1, 0)}; 1 to 8 expected")
    semi_octets = content[1 : 1 + length]
    first = semi_octets[0] >> 4
    digits = _digits(semi_octets[1:], "EF(IMSI)")
    if first > 9:
        raise CodecError("EF(IMSI) begins with a semi-octet that is no digit")
    return f"{first}{digits}"


def write_imsi(imsi: str) -> bytes:
    _check(imsi, 15, "an IMSI")
    parity = 9 if len(imsi) % 2 else 1
    octets = bytes([int(imsi[0]) << 4 | parity]) + _octets(imsi[1:])
    return (bytes([len(octets)]) + octets).ljust(9, b"\xff")


def _check(digits: str, most: int, what: str) -> None:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= most):
        raise EncodeError(f"{digits!r} is not {what}: 1 to {most} digits expected")


def _octets(digits: str) -> bytes:
    digits += "F" * (len(digits) % 2)
    return bytes(int(digits[at + 1] + digits[at], 16) for at in range(0, len(digits), 2))


def _digits(octets: bytes, what: str) -> str:
    swapped = "".join(f"{octet & 0xF:X}{octet >> 4:X}" for octet in octets).rstrip("F")
    if swapped and not swapped.isdecimal():
        raise CodecError(f"{what} holds a semi-octet that is no digit")
    return swapped
