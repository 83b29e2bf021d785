"""What the user gave: a file, standard input or hex digits; and the octets in it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from hil.errors import UsageError

LIMIT = 16 * 1024 * 1024
"""Octets that are read; anything longer is no message."""

AT_LINE = re.compile(
    r"""\s*(?:
        AT.* | OK | ERROR | > | \+CM[ES]\ ERROR:.* | RING
      | \+(?:CMT|CMGR|CMGL|CDS|CMGS|CMTI|CNMA|CDSI):.*
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
"""What a modem says around PDUs."""

LENGTH = re.compile(r"\s*(?:\+(?:CMT|CMGR|CMGL|CDS):|AT\+CM(?:GS|GW)=).*?(\d+)\s*", re.IGNORECASE)
"""The last number of these is the length of the TPDU that follows, without the service centre's address."""

HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
SEPARATORS = re.compile(r"0[xX]|[\s:,;\\-]+")


@dataclass(frozen=True, slots=True)
class Given:
    """One piece of what was given."""

    octets: bytes
    tpdu_length: int | None = None
    """From the AT line before it, which also says that it is an SMS PDU with a service centre's address."""


def read(what: str) -> list[Given]:
    """The pieces in a file, in standard input (``-``), or in ``what`` itself.

    One piece, but several when there are AT lines, or when each of several lines is hex of its own; whether
    lines belong together is for the caller to find out. Raises `UsageError`.
    """
    if what == "-":
        return pieces(_bounded(sys.stdin.buffer.read(LIMIT + 1), "standard input"))
    path = Path(what)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False  # hex digits are longer than a file name may be
    if is_file:
        try:
            with path.open("rb") as file:
                return pieces(_bounded(file.read(LIMIT + 1), what))
        except OSError as error:
            raise UsageError(f"{what} cannot be read: {error.strerror}") from error
    if octets_of(what) is None and not any(map(AT_LINE.fullmatch, what.splitlines())):
        shown = what if len(what) < 60 else what[:57] + "..."
        raise UsageError(
            f"{shown!r} is neither a file nor hex digits",
            hint="give a file, pairs of hex digits, or - to read standard input",
        )
    return pieces(what.encode())


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > LIMIT:
        raise UsageError(f"{name} is longer than {LIMIT // 1024 // 1024} MB, which no message is")
    return data


def octets_of(text: str) -> bytes | None:
    """The octets of hex text, with white space, colons, commas, dashes and ``0x`` in it; None when it is none."""
    digits = SEPARATORS.sub("", text)
    return bytes.fromhex(digits) if HEX.fullmatch(digits) else None


def pieces(data: bytes) -> list[Given]:
    """Binary as it stands; hex text as its octets, one piece a line where AT lines stand between them."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return [Given(data)]
    lines = [line for line in text.splitlines() if line.strip()]
    if any(map(AT_LINE.fullmatch, lines)):
        found = list(_after_at_lines(lines))
        if found:
            return found
    octets = octets_of(text)
    if octets is None:
        return [Given(data)]
    by_line = [octets_of(line) for line in lines]
    if len(lines) > 1 and all(by_line):
        return [Given(line) for line in by_line if line]
    return [Given(octets)]


def joined(given: list[Given]) -> bytes:
    return b"".join(piece.octets for piece in given)


def _after_at_lines(lines: list[str]) -> list[Given]:
    """The hex lines among a modem's lines; whatever else stands there is passed over."""
    found: list[Given] = []
    length: int | None = None
    for line in lines:
        if AT_LINE.fullmatch(line):
            match = LENGTH.fullmatch(line)
            length = int(match[1]) if match else None
            continue
        octets = octets_of(line.strip("> \t\x1a\x00"))
        if octets is not None:
            found.append(Given(octets, length))
            length = None
    return found
