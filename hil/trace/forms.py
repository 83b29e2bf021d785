"""The forms in which one secret may cross a seam: as text, base64, hex, escaped, or packed as digits.

Each form gives two searches: one in text (for trace, console, reports) and one in octets (for captures).
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote
from xml.sax.saxutils import escape

Spelling = Literal["text", "wide", "base64", "hex", "bcd"]

GUARDED_BELOW = 6
"""Shorter secrets (a PIN, "pass") are hidden only where they stand alone: inside a longer word or number they are
most likely something else, and hiding them there would make a trace unreadable without hiding anything."""

SHORTEST_BASE64 = 5
"""Characters of base64 below which a find inside a longer text means nothing."""

IDENTITY_DIGITS = range(14, 21)
"""IMEI, IMSI and ICCID have 14 to 20 digits: such a number tells who, and its last four digits tell apart."""

KEPT_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Form:
    spelling: Spelling
    octets: bytes
    """As it stands among raw bytes."""
    pattern: str
    """A regular expression that finds it in text."""
    needle: str
    """What is certainly in a text in which ``pattern`` finds something: see ``in_hex``."""
    in_hex: bool = False
    """``needle`` is to be looked for in the text in lower case, without blanks and colons."""
    guarded: bool = False
    """To be found only as a whole word or number."""


def is_identity(secret: str) -> bool:
    return secret.isascii() and secret.isdigit() and len(secret) in IDENTITY_DIGITS


def forms(secret: str) -> Iterator[Form]:
    """Every form of ``secret`` that is looked for. The same octets may come more than once."""
    raw = secret.encode()
    guarded = len(secret) < GUARDED_BELOW
    for spelt in {secret, escape(secret), escape(secret, {'"': "&quot;", "'": "&apos;"}), quote(secret, safe=""),
                  json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:  # fmt: skip
        yield Form("text", spelt.encode(), re.escape(spelt), spelt, guarded=guarded)
    for codec in ("utf-16-be", "utf-16-le"):
        yield _in_hex("wide", secret.encode(codec), guarded=guarded)
    yield from _base64(raw)
    if len(raw) > 2:
        for digits in (raw.hex(), raw.hex().upper()):
            yield Form("hex", digits.encode(), hex_pattern(raw), raw.hex(), in_hex=True)
    if secret.isascii() and secret.isdigit() and len(secret) >= 10:
        yield _in_hex("bcd", packed_digits(secret))
        yield _in_hex("bcd", packed_identity(secret))


def _in_hex(spelling: Spelling, octets: bytes, *, guarded: bool = False) -> Form:
    """Octets that a text can only have in hex."""
    return Form(spelling, octets, hex_pattern(octets), octets.hex(), in_hex=True, guarded=guarded)


def _base64(raw: bytes) -> Iterator[Form]:
    """Base64 of a text that ``raw`` is a part of looks different for each place modulo 3 at which it starts.

    Only the characters made of ``raw`` alone can be looked for; where ``raw`` ends the text, its last bits too.
    """
    for shift in range(3):
        coded = b64encode(bytes(shift) + raw).decode()
        start = (0, 2, 3)[shift]
        whole = coded[start : (shift + len(raw)) * 8 // 6]
        if len(whole) < SHORTEST_BASE64:
            if shift == 0:
                yield _base64_form(coded, ended=True, guarded=True)
            continue
        for text, ended in ((coded[start:], True), (whole, False)):
            yield _base64_form(text, ended=ended)
            yield _base64_form(text.replace("+", "-").replace("/", "_"), ended=ended)


def _base64_form(text: str, *, ended: bool, guarded: bool = False) -> Form:
    needle = text.rstrip("=")
    pattern = re.escape(needle) + ("={0,2}" if ended else "")
    return Form("base64", text.encode(), pattern, needle, guarded=guarded)


def packed_digits(digits: str) -> bytes:
    """Two digits an octet, the first in the low half, F as filler (TS 102 221 13.2, TS 23.040 9.1.2.3)."""
    if len(digits) % 2:
        digits += "F"
    return bytes.fromhex("".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2)))


def packed_identity(digits: str) -> bytes:
    """As in EF(IMSI) (TS 31.102 4.2.2): the first half octet says whether the number of digits is odd."""
    return packed_digits(("9" if len(digits) % 2 else "1") + digits)


def cover(form: Form, secret: str) -> bytes:
    """What is written over ``form`` of ``secret``: as long, and of a kind that a dissector can still read."""
    kept = KEPT_DIGITS if is_identity(secret) else 0
    size = len(form.octets)
    match form.spelling:
        case "bcd":
            digits = form.octets.hex()
            swapped = [digits[i ^ 1] for i in range(len(digits))]
            first = len(swapped) - len(secret) - (swapped[-1] == "f")
            swapped[first : first + len(secret) - kept] = "0" * (len(secret) - kept)
            return bytes.fromhex("".join(swapped[i ^ 1] for i in range(len(swapped))))
        case "hex":
            return b"0" * size
        case "wide":
            codec = "utf-16-be" if form.octets == secret.encode("utf-16-be") else "utf-16-le"
            return ("x" * (size // 2)).encode(codec)
        case "text" if kept and form.octets == secret.encode():
            return b"x" * (size - kept) + form.octets[-kept:]
    return b"x" * size


def hex_pattern(octets: bytes) -> str:
    """Finds hex in either case, written in one go or with blanks or colons between the octets."""
    return "(?i:" + "[ :]?".join(f"{octet:02x}" for octet in octets) + ")"
