"""PINs and issuer's keys of a card that is in front of us: how many tries are left, and showing one, once.

The counter is read before anything is tried (an empty VERIFY costs nothing: TS 102 221 §11.1.9). A PIN is never
tried twice, and with fewer than two tries left, or nobody knows how many, only when the person said so.
"""

from __future__ import annotations

from dataclasses import dataclass

from hil.card.uicc.rules import PIN1, PIN2, is_adm
from hil.errors import PartError, UsageError
from simulator.bootstrap.apdu import Dialogue, command, exchange
from simulator.bootstrap.pin import OCTETS, is_pin, octets_of, tries_of
from simulator.codes.apdu import Ins, meaning

CHVS = {PIN1: 0x01, PIN2: 0x02}
"""What a SIM calls them (TS 51.011 §9.2.9)."""

SAFE_TRIES = 2
"""With fewer left, one mistake more blocks the card."""


class Refusal(PartError):
    """The card does not take what it was shown."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Tries that are left; None: the card does not tell."""

    known: bool
    """Whether the card knows the key at all."""
    left: int | None = None
    puk_left: int | None = None


def key_name(key: int) -> str:
    """``PIN 01``, ``ADM 0A``: a key and its reference."""
    return f"{'ADM' if is_adm(key) else 'PIN'} {key:02X}"


def count(cla: int, key: int) -> Dialogue[Counters]:
    """Ask for the counters of a PIN, without trying anything."""
    verify = yield from exchange(command(cla, Ins.VERIFY, 0x00, key))
    known = verify.sw not in (0x6A88, 0x6A86, 0x6B00, 0x6D00, 0x6E00)
    unblock = yield from exchange(command(cla, Ins.UNBLOCK_PIN, 0x00, key))
    return Counters(known, tries_of(verify.sw), tries_of(unblock.sw) if known else None)


def octets(key: int, value: str) -> bytes:
    """A PIN's digits filled up with FF; an issuer's key also in hex. Raises `UsageError`, without the value."""
    if is_pin(value):
        return octets_of(value)
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        raw = b""
    if is_adm(key) and len(raw) in (OCTETS, 2 * OCTETS):
        return raw
    form = "4 to 8 digits, or 8 or 16 bytes in hex" if is_adm(key) else "4 to 8 digits"
    raise UsageError(f"what was given for {key_name(key)} has not its form: {form} are expected")


def verify_line(cla: int, key: int, value: bytes) -> str:
    """The VERIFY of a key as it may be seen: ``0020000A08 ••••••••  VERIFY ADM 0A``."""
    return f"{cla:02X}2000{_reference(cla, key):02X}{len(value):02X} {'•' * len(value)}  VERIFY {key_name(key)}"


def _reference(cla: int, key: int) -> int:
    return CHVS.get(key, key) if cla == 0xA0 else key


def show(cla: int, key: int, value: bytes, left: int | None, *, last_try: bool = False) -> Dialogue[None]:
    """Present a key, once. Raises `Refusal` when too few tries are left to risk it, or when it is wrong."""
    name = key_name(key)
    if left == 0:
        raise Refusal(f"{name} is blocked", hint="its unblock code (PUK) is needed; dmrig does not enter that")
    if (left is None or left < SAFE_TRIES) and not last_try:
        has = "may have one try left: the card tells no number" if left is None else f"has {left} try left"
        raise Refusal(f"{name} {has}; a wrong one blocks it, so none was made", hint="--last-try takes the risk")
    answer = yield from exchange(command(cla, Ins.VERIFY, 0x00, _reference(cla, key), value))
    if not answer.ok:
        raise Refusal(f"the card refuses {name} ({answer.sw:04X}: {meaning(answer.sw)}); it is not tried again")
