"""A run's trace read back: its records with their raw octets, for replay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from hil.errors import UsageError
from hil.trace import jsonl, private
from hil.trace.record import Record


def read_run(run: Path) -> Iterator[Record]:
    """The records of a run's directory, in order. Raises `UsageError` when it is none, or its octets are gone.

    Text and fields are masked, as the trace has them; the octets are not.
    """
    octets = dict(_octets(run / private.DIRECTORY_NAME / private.FILE_NAME))
    for said in _lines(run / jsonl.FILE_NAME):
        try:
            yield Record(
                said["seq"],
                datetime.fromisoformat(said["at"]),
                said["part"],
                said["kind"],
                said["way"],
                said["text"],
                octets.get(said["seq"], b""),
                said["fields"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{run / jsonl.FILE_NAME} has a line that is no record: {error!r}") from error


def _octets(path: Path) -> Iterator[tuple[int, bytes]]:
    for said in _lines(path):
        try:
            yield int(said["seq"]), bytes.fromhex(said["hex"])
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{path} has a line that is no record: {error!r}") from error


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """JSON objects, one a line; the last may be cut off, by a run that was."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{path} cannot be read: {why}",
            hint="name the directory of a run, with its private part: dmrig run --out DIRECTORY makes one",
        ) from error
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            if number == len(lines):
                return
            said = None
        if not isinstance(said, dict):
            raise UsageError(f"line {number} of {path} is no JSON object: {line[:40]!r}")
        yield said
