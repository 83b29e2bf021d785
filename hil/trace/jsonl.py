"""``trace.jsonl``: the whole timeline for programs, one JSON object a line, masked, written as it happens.

{"seq": 7, "at": "2026-01-01T00:00:00.000000+00:00", "part": "card", "kind": "apdu", "way": "out",
 "text": "SELECT EF(DIR)", "fields": {...}}
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import IO

from hil.errors import PartError
from hil.trace.mask import Masker
from hil.trace.record import Record

FILE_NAME = "trace.jsonl"


class JsonlTrace:
    """Subscribe it to a recorder; close it when the run is over."""

    def __init__(self, path: Path, masker: Masker) -> None:
        self.path = path
        self._masker = masker
        self._file: IO[str] | None = create(path)

    def __call__(self, record: Record) -> None:
        if self._file is None:
            return
        self._file.write(line(self._masker.record(record)))
        self._file.flush()

    def close(self) -> None:
        """Mask once more what was written before a secret in it became known (one read from a card, say)."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        fresh = self.path.with_suffix(".new")
        with self.path.open(encoding="utf-8") as old, create(fresh) as new:
            for each in old:
                entry = json.loads(each)
                entry["text"] = self._masker.text(entry["text"])
                entry["fields"] = self._masker.fields(entry["fields"])
                new.write(_dumps(entry))
        os.replace(fresh, self.path)


def line(record: Record) -> str:
    """A record as one line of JSON, as it stands."""
    return _dumps(
        {
            "seq": record.seq,
            "at": record.at.isoformat(timespec="microseconds"),
            "part": record.part,
            "kind": record.kind,
            "way": record.way,
            "text": record.text,
            "fields": dict(record.fields),
        }
    )


def create(path: Path) -> IO[str]:
    """Open a new text file that only its owner can read."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise PartError(
            f"cannot write {path}: {error.strerror}", hint="choose another directory with --out"
        ) from error
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n")


LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
"""Characters that JSON lets stand and that many programs take for the end of a line."""

ANY_LINE_END = re.compile("[\x85\u2028\u2029]")

# default=str: a field that is no JSON is a mistake of its part, and no reason to end a run
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "), default=str)


def _dumps(entry: object) -> str:
    text = ENCODER.encode(entry)
    return (text.translate(LINE_ENDS) if ANY_LINE_END.search(text) else text) + "\n"
