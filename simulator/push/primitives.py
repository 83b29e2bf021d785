"""The basic values that WSP headers are built of (WAP-230-WSP §8.1.2 and §8.4.2.1).

`Octets` reads them, bounded: it never looks past its end, whatever a length says. The functions below it
write them.
"""

from __future__ import annotations

from simulator.errors import CodecError, EncodeError

UINTVAR_OCTETS = 5
"""A uintvar holds 32 bits, so five octets (WSP §8.1.2)."""
UINTVAR_MAX = 0xFFFFFFFF
LENGTH_QUOTE = 0x1F
"""In place of a short length: a uintvar length follows (WSP §8.4.2.2)."""
QUOTE = 0x7F
"""Stands before a text whose first octet would be taken for a short integer."""
SHIFT = 0x7F
"""Where a header name is expected: the next octet is a code page (WSP §8.4.2.6)."""
LONG_INTEGER_OCTETS = 30


class Octets:
    """A cursor over ``data`` from ``position`` to ``end``. Offsets in errors are those of ``data``."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end

    @property
    def left(self) -> int:
        return self.end - self.position

    def peek(self, what: str) -> int:
        """The next octet, without taking it."""
        if self.position >= self.end:
            raise CodecError(f"{what} expected, and nothing is left", offset=self.position)
        return self.data[self.position]

    def octet(self, what: str) -> int:
        position = self.position
        if position >= self.end:
            return self.peek(what)  # which says so
        self.position = position + 1
        return self.data[position]

    def take(self, count: int, what: str) -> bytes:
        if count > self.left:
            raise CodecError(
                f"{what} is said to be {count} octets long, and {self.left} are left", offset=self.position
            )
        taken = self.data[self.position : self.position + count]
        self.position += count
        return taken

    def uintvar(self, what: str) -> int:
        """Seven bits an octet, most significant first; padded forms such as ``80 06`` are legal."""
        start, value = self.position, 0
        for _ in range(UINTVAR_OCTETS):
            octet = self.octet(what)
            value = value << 7 | octet & 0x7F
            if not octet & 0x80:
                if value > UINTVAR_MAX:
                    raise CodecError(f"{what} is {value}, more than the 32 bits of a uintvar", offset=start)
                return value
        raise CodecError(f"{what} is a uintvar of more than {UINTVAR_OCTETS} octets", offset=start)

    def value_length(self, what: str) -> int:
        start = self.position
        first = self.octet(what)
        if first < LENGTH_QUOTE:
            return first
        if first == LENGTH_QUOTE:
            return self.uintvar(what)
        raise CodecError(f"{what} expected, and 0x{first:02X} is no length", offset=start)

    def text(self, what: str) -> str:
        """A text-string, without its NUL and without the quote that may stand before it."""
        nul = self.data.find(0, self.position, self.end)
        if nul < 0:
            raise CodecError(f"{what} is a text without the NUL that ends it", offset=self.position)
        start = self.position + (self.data[self.position] == QUOTE)
        self.position = nul + 1
        return self.data[start:nul].decode("utf-8", "backslashreplace")

    def integer(self, what: str) -> int:
        """Integer-value: short-integer or long-integer."""
        start = self.position
        first = self.octet(what)
        if first & 0x80:
            return first & 0x7F
        if 0 < first <= LONG_INTEGER_OCTETS:
            return int.from_bytes(self.take(first, what), "big")
        raise CodecError(f"{what} expected as an integer, and 0x{first:02X} begins none", offset=start)

    def value(self, what: str) -> bytes:
        """The octets of one field value of any kind, found by its first octet alone (WSP §8.4.1.2)."""
        start = self.position
        first = self.peek(what)
        if first <= LENGTH_QUOTE:
            self.take(self.value_length(what), what)
        elif first < 0x80:
            self.text(what)
        else:
            self.position += 1
        return self.data[start : self.position]


def uintvar(value: int) -> bytes:
    if not 0 <= value <= UINTVAR_MAX:
        raise EncodeError(f"{value} does not fit a uintvar of 32 bits")
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(value & 0x7F | 0x80)
    return bytes(reversed(octets))


def short_integer(value: int) -> bytes:
    if not 0 <= value <= 0x7F:
        raise EncodeError(f"{value} does not fit a short integer (0 to 127)")
    return bytes([0x80 | value])


def long_integer(value: int) -> bytes:
    """As few octets as hold the value, at least one, after their count."""
    octets = value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big") if value >= 0 else b""
    if not 0 < len(octets) <= LONG_INTEGER_OCTETS:
        raise EncodeError(f"{value} does not fit a long integer (30 octets, not negative)")
    return bytes([len(octets)]) + octets


def integer(value: int) -> bytes:
    return short_integer(value) if 0 <= value <= 0x7F else long_integer(value)


def value_length(length: int) -> bytes:
    return bytes([length]) if length < LENGTH_QUOTE else bytes([LENGTH_QUOTE]) + uintvar(length)


def text(value: str) -> bytes:
    """A text-string: quoted where its first octet would otherwise be read as something else."""
    octets = value.encode()
    if 0 in octets:
        raise EncodeError(f"{value!r} has a NUL in it, which ends a text in WSP")
    if octets and octets[0] <= LENGTH_QUOTE:
        raise EncodeError(f"{value!r} begins with a control character, which WSP reads as a length")
    quote = bytes([QUOTE]) if octets and octets[0] >= QUOTE else b""
    return quote + octets + b"\0"


_TOKEN = frozenset(map(ord, "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))


def is_token(value: str) -> bool:
    """Whether ``value`` can be a token-text (RFC 2616 §2.2)."""
    return bool(value) and all(ord(char) in _TOKEN for char in value)


def text_value(value: str) -> bytes:
    """Token-text where it is a token, no-value where it is empty, otherwise a quoted-string."""
    if not value:
        return b"\0"
    return text(value) if is_token(value) else quoted(value)


def quoted(value: str) -> bytes:
    """A quoted-string: there is a quotation mark at its beginning, and none at its end."""
    if "\0" in value:
        raise EncodeError(f"{value!r} has a NUL in it, which ends a text in WSP")
    return b'"' + value.encode() + b"\0"
