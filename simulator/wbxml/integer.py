"""mb_u_int32, WBXML's integer (WBXML §5.1): seven bits a byte, most significant first, bit 7 means "more"."""

from __future__ import annotations

from simulator.errors import CodecError

LARGEST = 2**32 - 1


def read(buf: bytes, pos: int) -> tuple[int, int]:
    """The integer at ``pos`` and where it ends. Raises `CodecError`: cut off, over 5 bytes, or over 32 bits."""
    if pos < len(buf) and buf[pos] < 0x80:
        return buf[pos], pos + 1
    value = 0
    for at in range(pos, min(pos + 5, len(buf))):
        value = value << 7 | buf[at] & 0x7F
        if buf[at] < 0x80:
            if value > LARGEST:
                raise CodecError(f"an integer of {value}, which needs more than 32 bits", offset=pos)
            return value, at + 1
    if len(buf) < pos + 5:
        raise CodecError("the document ends inside an integer", offset=len(buf))
    raise CodecError("an integer of more than 5 bytes", offset=pos)


def write(value: int) -> bytes:
    """The integer in as few bytes as possible.

    >>> write(0x1201).hex()
    'a401'
    """
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
