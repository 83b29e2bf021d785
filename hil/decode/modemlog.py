"""PDUs in what a modem's log, or a terminal program, kept of its AT lines (TS 27.005 §3 and §4).

A log may put time stamps and names in front of every line. So the AT line is looked for anywhere in a line, and
the PDU at the end of the next one; the length that the AT line tells says how much of that is the PDU.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

AT_LINE = re.compile(
    r"""\s*(?:
        AT.* | OK | ERROR | > | \+CM[ES]\ ERROR:.* | RING
      | \+(?:CMT|CMGR|CMGL|CDS|CMGS|CMTI|CNMA|CDSI):.*
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
"""What a modem says around PDUs, with nothing in front."""

PDU_FOLLOWS = re.compile(r"(?:\+(?:CMT|CMGR|CMGL|CDS):|AT\+CM(?:GS|GW)=)(.*)", re.IGNORECASE)
"""In the line before a PDU, whatever stands before it."""

LENGTH = re.compile(r"(\d+)\s*$")
"""The last number of such a line: the octets of the TPDU that follows, without the service centre's address."""

HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
SEPARATORS = re.compile(r"0[xX]|[\s:,;\\-]+")

RUN_AT_END = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2})+$")
SPACED_RUN_AT_END = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[ :])*[0-9A-Fa-f]{2}$")

STAMP = re.compile(r"^\d\d:\d\d:\d\d(?:[.,]\d+)?[\s>]+")
"""A time of day in front, which could be hex digits with colons."""

AROUND = "> \t\r\n\x1a\x00'\""
"""What may stand around a PDU: the prompt, Ctrl-Z, quotes of a log."""

LEAST = 8
"""Octets: a shorter run behind a prefix is some number of the log, not a PDU."""

LINES = 3
"""How many lines further down a PDU is looked for: logs put lines of their own between."""


def octets_of(text: str) -> bytes | None:
    """The octets of hex text, with white space, colons, commas, dashes and ``0x`` in it; None when it is none."""
    digits = SEPARATORS.sub("", text)
    return bytes.fromhex(digits) if HEX.fullmatch(digits) else None


def is_log(lines: list[str]) -> bool:
    """Whether a modem seems to speak in these lines."""
    return any(AT_LINE.fullmatch(line) or PDU_FOLLOWS.search(line) for line in lines)


def pdus(lines: list[str]) -> Iterator[tuple[bytes, int | None]]:
    """The hex lines among a modem's lines, with the length that the AT line before them tells, if there is one.

    Whatever else stands there is passed over.
    """
    length: int | None = None
    left = 0
    for line in lines:
        said = PDU_FOLLOWS.search(line)
        if said or AT_LINE.fullmatch(line):
            number = LENGTH.search(said[1]) if said else None
            length, left = int(number[1]) if number and len(number[1]) < 5 else None, LINES if said else 0
            continue
        octets = _after_prefix(line, length) if left else octets_of(line.strip(AROUND))
        left = max(0, left - 1)
        if octets is not None:
            yield octets, length
            left = 0
        if not left:
            length = None


def _after_prefix(line: str, length: int | None) -> bytes | None:
    """The PDU at the end of a line: what the length fits, else the longest piece that can be one."""
    text = STAMP.sub("", line.strip(AROUND))
    whole = octets_of(text)
    tails = [octets_of(found[0]) for pattern in (RUN_AT_END, SPACED_RUN_AT_END) if (found := pattern.search(text))]
    for octets in (whole, *tails):
        if octets is not None and length is not None and len(octets) == 1 + octets[0] + length:
            return octets
    long = [octets for octets in tails if octets is not None and len(octets) >= LEAST]
    return long[0] if long else whole
