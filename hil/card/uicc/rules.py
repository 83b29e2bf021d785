"""Access rules: what has to be true before a file may be read, changed, deactivated or activated.

In words (``pin or adm 0B``), and in the octets of EF(ARR) and of an FCP (TS 102 221 §9.2, ISO/IEC 7816-4 §5.4.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from simulator.bootstrap import tlv
from simulator.bootstrap.tlv import Tlv
from simulator.errors import CodecError

PIN1 = 0x01
"""Key reference of the first application PIN (TS 102 221 §9.5.1, table 9.3)."""
PIN2 = 0x81
UNIVERSAL_PIN = 0x11
ADM1 = 0x0A

MAX_WAYS = 16
"""Alternatives, and keys in each, of a condition. Cards have three or four."""


@dataclass(frozen=True, slots=True)
class Condition:
    """True when all keys of one of the ``ways`` have been presented: no way is never, an empty way always."""

    ways: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        if not self.ways:
            return "never"
        return " or ".join(" and ".join(map(_key_word, keys)) if keys else "always" for keys in self.ways)


ALWAYS = Condition(((),))
NEVER = Condition(())


def needs(key: int) -> Condition:
    return Condition(((key,),))


PIN = needs(PIN1)
ADM = needs(ADM1)

_WORDS = {"pin": PIN1, "pin2": PIN2, "universal pin": UNIVERSAL_PIN, "adm": ADM1}
_KEY = re.compile(r"(?:pin|adm|key) ([0-9a-f]{2})")


def is_adm(key: int) -> bool:
    """Whether a key reference is one of the issuer's (0A to 0E, 8A to 8E)."""
    return 0x0A <= key & 0x7F <= 0x0E


def _key_word(key: int) -> str:
    for word, known in _WORDS.items():
        if key == known:
            return word
    return f"{'adm' if is_adm(key) else 'pin'} {key:02X}"


def condition(text: str) -> Condition:
    """``always``, ``never``, ``pin``, ``adm 0B``, ``pin and pin2``, ``pin or adm``. Raises `ValueError`."""
    words = " ".join(text.lower().split())
    if words in ("always", "never"):
        return ALWAYS if words == "always" else NEVER
    ways = tuple(tuple(_key(word) for word in way.split(" and ")) for way in words.split(" or "))
    if len(ways) > MAX_WAYS or max(map(len, ways)) > MAX_WAYS:
        raise ValueError(f"more than {MAX_WAYS} keys: no card has that")
    return Condition(ways)


def _key(word: str) -> int:
    if word in _WORDS:
        return _WORDS[word]
    found = _KEY.fullmatch(word)
    if found is None:
        raise ValueError(
            f"{word!r} is no condition; there are always, never, pin, pin2, universal pin, adm, and a key by its "
            "reference such as 'pin 82' or 'adm 0B', joined by 'and' and 'or'"
        )
    return int(found[1], 16)


READ, UPDATE, DEACTIVATE, ACTIVATE = 0x01, 0x02, 0x08, 0x10
"""Bits of an access mode (TS 102 221 §9.2.5)."""

MODES = (READ, UPDATE, DEACTIVATE, ACTIVATE)


@dataclass(frozen=True, slots=True)
class Rules:
    """What each kind of access to one file needs."""

    read: Condition = ALWAYS
    update: Condition = ADM
    deactivate: Condition = ADM
    activate: Condition = ADM

    def of(self, mode: int) -> Condition:
        return self.by_mode()[mode]

    def by_mode(self) -> dict[int, Condition]:
        return dict(zip(MODES, (self.read, self.update, self.deactivate, self.activate), strict=True))

    def __str__(self) -> str:
        named = {
            "read": self.read,
            "update": self.update,
            "deactivate": self.deactivate,
            "activate": self.activate,
        }
        shown = groupby(named.items(), key=lambda each: each[1])
        return ", ".join(f"{'/'.join(name for name, _ in same)} {what}" for what, same in shown)


USUAL = Rules()
"""Open to all readers, and changed by nobody but the issuer."""


def write_expanded(rules: Rules) -> bytes:
    """The access rules as a record of EF(ARR) and tag AB hold them: access modes, then what they need."""
    octets = b""
    for what, same in groupby(rules.by_mode().items(), key=lambda each: each[1]):
        mask = sum(mode for mode, _ in same)
        octets += tlv.write(0x80, bytes([mask])) + _write_condition(what)
    return octets


def read_expanded(data: bytes) -> Rules:
    """The rules of such a record, filled up with FF. What it does not say is forbidden. Raises `CodecError`."""
    found: dict[int, Condition] = {}
    modes: int | None = None
    conditions: list[Condition] = []
    for part in [*tlv.read(data, padded=True), None]:
        if part is None or 0x80 <= part.tag <= 0x8F:
            # Several conditions after one access mode are alternatives (ISO/IEC 7816-4 §5.4.3.2).
            for mode in MODES if modes is not None else ():
                if modes is not None and modes & mode and conditions:
                    found.setdefault(mode, _any(conditions))
            conditions = []
            modes = part.value[0] if part is not None and part.tag == 0x80 and len(part.value) == 1 else None
        else:
            conditions.append(_read_condition(part))
    return Rules(*(found.get(mode, NEVER) for mode in MODES))


def _write_condition(what: Condition) -> bytes:
    if not what.ways:
        return bytes.fromhex("9700")
    ways = [_write_keys(keys) for keys in what.ways]
    return ways[0] if len(ways) == 1 else tlv.write(0xA0, *ways)


def _write_keys(keys: tuple[int, ...]) -> bytes:
    if not keys:
        return bytes.fromhex("9000")
    # The usage qualifier 08: a PIN is to be verified.
    each = [tlv.write(0xA4, tlv.write(0x83, bytes([key])), tlv.write(0x95, b"\x08")) for key in keys]
    return each[0] if len(each) == 1 else tlv.write(0xAF, *each)


def _read_condition(part: Tlv, depth: int = 0) -> Condition:
    if depth > 3:
        raise CodecError("an access rule nested more than three levels deep", offset=part.offset)
    match part.tag:
        case 0x90:
            return ALWAYS
        case 0x97:
            return NEVER
        case 0xA4:
            keys = [each.value for each in part.children() if each.tag == 0x83]
            if len(keys) != 1 or len(keys[0]) != 1:
                raise CodecError("an access rule's key reference of one octet expected", offset=part.offset)
            return needs(keys[0][0])
        case 0xA0:
            return _any([_read_condition(each, depth + 1) for each in part.children()])
        case 0xAF:
            return _all([_read_condition(each, depth + 1) for each in part.children()])
        case tag:
            raise CodecError(f"an access rule with tag {tag:02X}, which is not known here", offset=part.offset)


def _any(conditions: list[Condition]) -> Condition:
    ways = tuple(dict.fromkeys(way for each in conditions for way in each.ways))
    return ALWAYS if () in ways else _bounded(ways)


def _all(conditions: list[Condition]) -> Condition:
    ways: tuple[tuple[int, ...], ...] = ((),)
    for each in conditions:
        ways = _bounded(tuple(tuple(dict.fromkeys((*one, *other))) for one in ways for other in each.ways)).ways
    return Condition(ways)


def _bounded(ways: tuple[tuple[int, ...], ...]) -> Condition:
    if len(ways) > MAX_WAYS or any(len(way) > MAX_WAYS for way in ways):
        raise CodecError(f"an access rule of more than {MAX_WAYS} alternatives or keys")
    return Condition(ways)


def write_compact(rules: Rules) -> bytes:
    """Tag 8C: an access mode byte, and a condition byte for each of its bits, the highest first.

    Raises `ValueError` for what one byte cannot say.
    """
    octets = bytearray([sum(MODES)])
    for mode in reversed(MODES):
        octets += bytes([_compact(rules.of(mode))])
    return bytes(octets)


_COMPACT = {ALWAYS: 0x00, NEVER: 0xFF, PIN: 0x11}
"""PIN: user authentication as security environment 1 has it, which is that of the application PIN."""


def _compact(what: Condition) -> int:
    if what not in _COMPACT:
        raise ValueError(f"compact access rules can say always, never and pin, and not {what}")
    return _COMPACT[what]


def read_compact(data: bytes) -> Rules:
    """Raises `CodecError` for conditions other than always, never and the application PIN."""
    if not data or len(data) != 1 + data[0].bit_count():
        raise CodecError(f"compact access rules {data.hex().upper()}: a condition for each access mode expected")
    known = {octet: what for what, octet in _COMPACT.items()}
    found: dict[int, Condition] = {}
    for mode, octet in zip(_bits(data[0]), data[1:], strict=True):
        if octet not in known:
            raise CodecError(f"a compact access rule {octet:02X}, which is not known here")
        found[mode] = known[octet]
    return Rules(*(found.get(mode, NEVER) for mode in MODES))


def _bits(octet: int) -> Iterator[int]:
    return (1 << bit for bit in range(7, -1, -1) if octet >> bit & 1)
