"""What dmrig itself wrote: ``private/raw.jsonl`` can be decoded, a run's other files say what to use instead."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.decode.modemlog import LEAST, octets_of
from hil.errors import UsageError
from hil.trace import jsonl, private

CAPTURES = (
    b"\x0a\x0d\x0d\x0a",  # pcapng
    b"\xd4\xc3\xb2\xa1",  # pcap, little-endian
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",  # with nanoseconds
    b"\xa1\xb2\x3c\x4d",
)
"""How capture files begin."""

RAW = f"{private.DIRECTORY_NAME}/{private.FILE_NAME}"

WITHOUT_MESSAGES = frozenset({"apdu"})
"""Kinds of records whose octets are no message, whatever they look like."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One line of ``private/raw.jsonl``."""

    seq: int
    octets: bytes
    about: str = ""
    """Part, kind and way, from the trace beside it; empty when that is not there."""
    kind: str = ""


def refuse(data: bytes, name: str) -> None:
    """Raise `UsageError` for a file of a run that holds no octets to decode, with what to use instead."""
    if data[:4] in CAPTURES:
        raise UsageError(
            f"{name} is a capture file; decode reads single messages",
            hint=f"tshark -r {name} -V (or Wireshark); of a run of dmrig's own: dmrig decode RUN/{RAW}",
        )
    first = _first(data)
    if first is not None and {"seq", "at", "kind"} <= first.keys():
        raise UsageError(
            f"{name} is a run's {jsonl.FILE_NAME}: it tells what happened, and has no octets",
            hint=f"the octets are in the same run's {RAW}: dmrig decode --seq N RUN/{RAW}",
        )


def is_capture(path: Path) -> bool:
    """Whether a file is a capture, pcap or pcapng; False also for one that cannot be read, or is none."""
    try:
        with path.open("rb") as file:
            return file.read(4) in CAPTURES
    except (OSError, ValueError):
        return False


def is_raw(data: bytes) -> bool:
    first = _first(data)
    return first is not None and first.keys() == {"seq", "hex"}


def records(data: bytes, path: Path | None) -> list[RawRecord]:
    """Every record. Raises `UsageError` for a line that is none; the last may be cut off, by a run that was."""
    told = _told(path)
    lines = data.splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
            seq, octets = int(said["seq"]), bytes.fromhex(said["hex"])
        except (ValueError, KeyError, TypeError, RecursionError):
            if number == len(lines):
                break
            raise UsageError(f"line {number} of {RAW} is no record: {line[:40]!r}") from None
        found.append(RawRecord(seq, octets, *told.get(seq, ())))
    return found


def choose(found: list[RawRecord], seq: int) -> RawRecord:
    """The record of that number. Raises `UsageError` when there is none."""
    for record in found:
        if record.seq == seq:
            return record
    numbers = [record.seq for record in found]
    near = sorted(sorted(numbers, key=lambda number: abs(number - seq))[:6])
    raise UsageError(
        f"record {seq} has no octets, or there is no such record",
        hint=f"those nearest: {', '.join(map(str, near))}" if near else None,
    )


def payload(record: RawRecord) -> bytes:
    """Its octets; those of the PDU, when it is a modem's line with one in hex."""
    try:
        octets = octets_of(record.octets.decode("ascii"))
    except UnicodeDecodeError:
        octets = None
    return octets if octets is not None and len(octets) >= LEAST else record.octets


def may_hold_a_message(record: RawRecord) -> bool:
    return record.kind not in WITHOUT_MESSAGES


def _first(data: bytes) -> dict[str, Any] | None:
    """The first line, when it is a JSON object."""
    if not data.startswith(b"{"):
        return None
    try:
        said = json.loads(data.partition(b"\n")[0])
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _told(path: Path | None) -> dict[int, tuple[str, str]]:
    """What the trace of the same run tells of each record: part, kind, way; and the kind alone."""
    if path is None:
        return {}
    told: dict[int, tuple[str, str]] = {}
    try:
        with (path.parent.parent / jsonl.FILE_NAME).open(encoding="utf-8") as file:
            for line in file:
                said = json.loads(line)
                told[said["seq"]] = (f"{said['part']}, {said['kind']}, {said['way']}", said["kind"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass  # it only helps: a copy of the raw octets without its trace can be decoded too
    return told
