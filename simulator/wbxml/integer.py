"""mb_u_int32, WBXML's integer (WBXML §5.1): seven bits a byte, most significant first, bit 7 means "more"."""

from __future__ import annotations

from simulator.errors import CodecError

LARGEST = 2**32 - 1


def read(buf: bytes, pos: int) -> tuple[int, int]:
    """The integer at ``pos`` and where it ends. Raises `CodecError`: cut off, over 5 bytes, or over 32 bits."""
    value, at = 0, pos
    try:
        while (byte := buf[at]) >= 0x80:
            value = value << 7 | byte & 0x7F
            at += 1
            if at == pos + 5:
                raise CodecError("an integer of more than 5 bytes", offset=pos)
    except IndexError:
        raise CodecError("the document ends inside an integer", offset=len(buf)) from None
    value = value << 7 | byte
    if value > LARGEST:
        raise CodecError(f"an integer of {value}, which needs more than 32 bits", offset=pos)
    return value, at + 1


def write(value: int) -> bytes:
    """The integer in as few bytes as possible.

    >>> write(0x1201).hex()
    'a401'
    """
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
