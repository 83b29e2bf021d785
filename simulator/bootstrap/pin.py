"""The PINs of a card: asked for when a file wants one, once, and after the tries that are left were counted.

A wrong PIN costs a try, and the last one blocks the card. So nothing is tried that nobody gave, the counter is
read first (an empty VERIFY costs nothing: TS 102 221 §11.1.9; a SIM tells it with its MF: TS 51.011 §9.2.1), and
no PIN is asked for twice in one reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simulator.bootstrap import tlv
from simulator.bootstrap.access import Selected, SimAccess, UiccAccess
from simulator.bootstrap.apdu import Dialogue, Refused, command, exchange
from simulator.codes.apdu import CURRENT_ADF, MF, PROTECTED, Ins, meaning
from simulator.errors import CodecError

PIN1 = 0x01
"""Key reference of the first application PIN, which most cards have alone (TS 102 221 §9.5.1)."""

USER_PINS = frozenset({*range(0x01, 0x09), 0x11, *range(0x81, 0x89)})
"""Application PINs, the universal PIN, local PINs; all other references are the issuer's keys."""

BLOCKED = 0x6983
"""Authentication method blocked (TS 102 221 §10.2.1)."""

OCTETS = 8
"""A PIN as a card takes it: ASCII digits, filled up with FF."""

READ = 0x01
"""The bit of an access mode byte that is about reading (ISO/IEC 7816-4 §5.4.3.1)."""


@dataclass(frozen=True, slots=True)
class PinRequest:
    """What whoever is asked for a PIN has to know."""

    key: int
    """Key reference."""
    left: int | None
    """Tries; None: the card does not tell."""
    iccid: str | None = None
    """Of the card; None: it is not readable."""

    def __str__(self) -> str:
        return f"{name(self.key)}, {tries(self.left)}"


Ask = Callable[[PinRequest], str | None]
"""Called when a file wants a PIN; None: nobody gives one, and none is tried."""


def name(key: int) -> str:
    if key == 0x11:
        return "the universal PIN"
    if key in USER_PINS:
        return f"PIN {key}" if key < 0x09 else f"local PIN {key - 0x80}"
    return f"the issuer's key {key:02X}"


def tries(left: int | None) -> str:
    if left is None:
        return "of which the card tells no number of tries"
    return f"{left or 'no'} {'try' if left == 1 else 'tries'} left"


def octets_of(pin: str) -> bytes:
    """A PIN as VERIFY carries it."""
    return pin.encode("ascii").ljust(OCTETS, b"\xff")


def tries_of(sw: int) -> int | None:
    """What the status word of an empty VERIFY or UNBLOCK PIN says is left (TS 102 221 §11.1.9); None: nothing."""
    if sw & 0xFFF0 == 0x63C0:
        return sw & 0x0F
    return 0 if sw == BLOCKED else None


def is_pin(text: str) -> bool:
    """Four to eight digits (TS 102 221 §9.5.1)."""
    return 4 <= len(text) <= OCTETS and text.isascii() and text.isdigit()


class Pins:
    """The PINs of the card that is read."""

    def __init__(self, ask: Ask | None, notes: list[str], tried: dict[int, bool]) -> None:
        """``notes`` is told which PIN was wanted, how many tries there are, and what came of it; ``tried``, by key
        reference, which PINs were right and which wrong."""
        self._ask = ask
        self._notes = notes
        self._tried = tried
        self.iccid: str | None = None
        """Of the card, once it is known."""
        self._came: dict[int, bool] = {}
        """By key reference: what came of asking."""

    def open(self, access: UiccAccess, selected: Selected | None) -> Dialogue[bool]:
        """Whether a file that was refused may be tried again; it has to be selected again then.

        ``selected``: what the card told of it, if it told anything.
        """
        card: _Card = _Sim(access) if isinstance(access, SimAccess) else _Uicc(access)
        keys = yield from card.keys(selected or Selected())
        wanted = next((key for key in keys if key in USER_PINS), None)
        if wanted is None:
            issuers = " or ".join(map(name, keys)) or "what its access rule does not name"
            self._note(f"a file wants {issuers}: no PIN opens it")
            return False
        if wanted not in self._came:
            self._came[wanted] = yield from self._enter(card, wanted)
        return self._came[wanted]

    def _enter(self, card: _Card, key: int) -> Dialogue[bool]:
        left = yield from card.tries(key)
        request = PinRequest(key, left, self.iccid)
        if left == 0:
            self._note(f"{name(key)} is blocked: the card wants its PUK, which dmrig does not enter")
            return False
        self._note(f"the card wants {request}")
        pin = self._ask(request) if self._ask is not None else None
        if pin is None:
            return False
        if not is_pin(pin):
            self._note("what was given is no PIN (4 to 8 digits), and was not tried")
            return False
        sw = yield from card.verify(key, pin)
        self._tried[key] = sw == 0x9000 or sw >> 8 == 0x91
        if self._tried[key]:
            return True
        left = yield from card.tries(key)
        came = "was wrong" if sw & 0xFFF0 == 0x63C0 or sw in PROTECTED else f"was not taken ({meaning(sw)})"
        self._note(f"{name(key)} {came}: {sw:04X}; {tries(left)}")
        return False

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


class _Card(Protocol):
    def keys(self, selected: Selected) -> Dialogue[list[int]]:
        """References of the keys with which a file may be read."""
        ...

    def tries(self, key: int) -> Dialogue[int | None]:
        """How many are left; None: the card does not tell."""
        ...

    def verify(self, key: int, pin: str) -> Dialogue[int]:
        """The card's status word."""
        ...


class _Uicc:
    def __init__(self, access: UiccAccess) -> None:
        self._access = access

    def keys(self, selected: Selected) -> Dialogue[list[int]]:
        if selected.rules:
            return reading_keys(selected.rules)
        if selected.rule is None:
            return [PIN1]
        fid, record = selected.rule
        for find in (self._access.select_path(_fid(CURRENT_ADF) + fid), self._access.select(_fid(MF) + fid)):
            try:
                file = yield from find
                octets = yield from self._access.read_record(file, record)
            except Refused:
                continue
            return reading_keys(octets)
        return [PIN1]

    def tries(self, key: int) -> Dialogue[int | None]:
        return tries_of((yield from exchange(command(self._access.cla, Ins.VERIFY, 0, key))).sw)

    def verify(self, key: int, pin: str) -> Dialogue[int]:
        return (yield from exchange(command(self._access.cla, Ins.VERIFY, 0, key, octets_of(pin)))).sw


class _Sim:
    def __init__(self, access: SimAccess) -> None:
        self._access = access

    def keys(self, selected: Selected) -> Dialogue[list[int]]:
        # CHV1 and CHV2 go by the numbers of the keys that a UICC has in their place (TS 102 221 annex C).
        chvs = {1: PIN1, 2: 0x81}
        yield from ()
        return [chvs.get(selected.condition, 0x0A)] if selected.condition is not None else [PIN1]

    def tries(self, key: int) -> Dialogue[int | None]:
        # TS 51.011 §9.2.1: octet 19 is the status of CHV1, octet 21 that of CHV2.
        answer = yield from self._access.describe(_fid(MF))
        at = 18 if key == PIN1 else 20
        return answer[at] & 0x0F if len(answer) > at else None

    def verify(self, key: int, pin: str) -> Dialogue[int]:
        chv = 1 if key == PIN1 else 2
        return (yield from exchange(command(self._access.cla, Ins.VERIFY, 0, chv, octets_of(pin)))).sw


def reading_keys(record: bytes) -> list[int]:
    """The keys that a record of EF(ARR) names for reading (ISO/IEC 7816-4 §5.4.3.2); [PIN1] for a damaged one."""
    keys: list[int] = []
    about_reading = False
    try:
        for part in tlv.read(record, padded=True):
            if part.tag == 0x80:
                about_reading = bool(part.value[:1] and part.value[0] & READ)
            elif about_reading:
                keys += _keys(part, 0)
    except CodecError:
        return [PIN1]
    return keys


def _keys(condition: tlv.Tlv, depth: int) -> list[int]:
    """OR (A0) and AND (AF) hold conditions; a CRT (A4) holds the reference of a key."""
    if condition.tag == 0xA4:
        return [part.value[0] for part in condition.children() if part.tag == 0x83 and part.value]
    if condition.tag in (0xA0, 0xAF) and depth < 4:
        return [key for part in condition.children() for key in _keys(part, depth + 1)]
    return []


def _fid(fid: int) -> bytes:
    return fid.to_bytes(2, "big")
