"""What the user gave: a file, standard input or hex digits; and the octets in it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from hil.decode import modemlog, own
from hil.decode.modemlog import octets_of
from hil.errors import UsageError

LIMIT = 16 * 1024 * 1024
"""Octets that are read; anything longer is no message."""


@dataclass(frozen=True, slots=True)
class Given:
    """One piece of what was given."""

    octets: bytes
    tpdu_length: int | None = None
    """From the AT line before it, which also says that it is an SMS PDU with a service centre's address."""
    record: own.RawRecord | None = None
    """The record of a run that it comes from."""


def read(what: str, seq: int | None = None) -> list[Given]:
    """The pieces in a file, in standard input (``-``), or in ``what`` itself.

    One piece, but several when there are AT lines, or when each of several lines is hex of its own; whether
    lines belong together is for the caller to find out. Of a run's ``private/raw.jsonl`` the record ``seq``, or
    all that may hold a message. Raises `UsageError`.
    """
    if what == "-":
        return _pieces(_bounded(sys.stdin.buffer.read(LIMIT + 1), "standard input"), "it", None, seq)
    path = Path(what)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False  # hex digits are longer than a file name may be
    if is_file:
        try:
            with path.open("rb") as file:
                return _pieces(_bounded(file.read(LIMIT + 1), what), what, path, seq)
        except OSError as error:
            raise UsageError(f"{what} cannot be read: {error.strerror}") from error
    if octets_of(what) is None and not modemlog.is_log(what.splitlines()):
        shown = what if len(what) < 60 else what[:57] + "..."
        raise UsageError(
            f"{shown!r} is neither a file nor hex digits",
            hint="give a file, pairs of hex digits, or - to read standard input",
        )
    return _pieces(what.encode(), "it", None, seq)


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > LIMIT:
        raise UsageError(f"{name} is longer than {LIMIT // 1024 // 1024} MB, which no message is")
    return data


def _pieces(data: bytes, name: str, path: Path | None, seq: int | None) -> list[Given]:
    own.refuse(data, name)
    if own.is_raw(data):
        found = own.records(data, path)
        chosen = filter(own.may_hold_a_message, found) if seq is None else [own.choose(found, seq)]
        return [Given(own.payload(record), record=record) for record in chosen]
    if seq is not None:
        raise UsageError(
            "--seq chooses a record, and only a run's private/raw.jsonl has records",
            hint=f"dmrig decode --seq {seq} RUN/{own.RAW}",
        )
    return pieces(data)


def pieces(data: bytes) -> list[Given]:
    """Binary as it stands; hex text as its octets, one piece a line where AT lines stand between them."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # A log with some garbage of its line in it, perhaps; what else is no text is binary.
        lines = [line for line in data.decode("ascii", "replace").splitlines() if line.strip()]
        found = [Given(*pdu) for pdu in modemlog.pdus(lines)]
        return found if any(piece.tpdu_length is not None for piece in found) else [Given(data)]
    lines = [line for line in text.splitlines() if line.strip()]
    if modemlog.is_log(lines):
        found = [Given(*pdu) for pdu in modemlog.pdus(lines)]
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
