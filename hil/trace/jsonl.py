"""``trace.jsonl``: the whole timeline for programs, one JSON object a line, masked, written as it happens.

{"seq": 7, "at": "2026-01-01T00:00:00.000000+00:00", "part": "card", "kind": "apdu", "way": "out",
 "text": "SELECT EF(DIR)", "fields": {...}}
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from io import FileIO
from pathlib import Path

from hil.errors import PartError
from hil.trace.mask import MOST_MASKED, SHORT, Masker, tells_nothing, tells_nothing_beside
from hil.trace.record import Json, Record

FILE_NAME = "trace.jsonl"


class JsonlTrace:
    """Subscribe it to a recorder; close it when the run is over."""

    def __init__(self, path: Path, masker: Masker) -> None:
        self.path = path
        self._masker = masker
        self._file: FileIO | None = create(path)
        self._names: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        """Names and values of fields as they stand in a line, masked: nearly all were in one before."""
        self._learnt = masker.learnt
        """Up to which secret they are masked."""

    def __call__(self, record: Record) -> None:
        if self._file is not None:
            write(self._file, line(record, self._masker.text(record.text), self._members(record.fields)))

    def _members(self, fields: Mapping[str, Json]) -> str:
        """What stands between the braces."""
        if self._masker.learnt != self._learnt or len(self._texts) > MOST_MASKED or len(self._names) > MOST_MASKED:
            self._learnt, self._names, self._texts = self._masker.learnt, {}, {}
        names, texts = self._names, self._texts
        members = []
        for key, value in fields.items():
            name = names.get(key) or self._name(key)
            said = ""
            if isinstance(value, str):
                said = texts.get(value) or self._text(value)
            elif type(value) is int:
                said = str(value)
            if not name or not said:
                # Something that is no text, or tells of what stands beside it.
                return _dumps(self._masker.fields(fields))[1:-1]
            members.append(name + said)
        return ", ".join(members)

    def _name(self, key: str) -> str:
        if not tells_nothing(key):
            return ""
        name = f"{_dumps(self._masker.text(key))}: "
        if len(key) <= SHORT:
            self._names[key] = name
        return name

    def _text(self, value: str) -> str:
        if not tells_nothing_beside(value):
            return ""
        text = _dumps(self._masker.text(value))
        if len(value) <= SHORT:
            self._texts[value] = text
        return text

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
                write(new, _dumps(entry) + "\n")
        os.replace(fresh, self.path)


def line(record: Record, text: str, members: str) -> str:
    """A record as one line of JSON, with its text and the members of its fields as they are to be shown.

    Written out by hand: json makes its encoder anew for each object, which takes several times as long.
    """
    return (
        f'{{"seq": {record.seq}, "at": "{record.at.isoformat(timespec="microseconds")}", '
        f'"part": {_dumps(record.part)}, "kind": "{record.kind}", "way": "{record.way}", '
        f'"text": {_dumps(text)}, "fields": {{{members}}}}}\n'
    )


def create(path: Path) -> FileIO:
    """Open a new file that only its owner can read, for `write`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise PartError(
            f"cannot write {path}: {error.strerror}", hint="choose another directory with --out"
        ) from error
    return FileIO(descriptor, "w")


def write(file: FileIO, text: str) -> None:
    """In one go, and nothing is kept back: a line is in the file when the program is killed behind it."""
    octets = text.encode("utf-8", "backslashreplace")
    written = file.write(octets)
    while written < len(octets):
        written += file.write(octets[written:])


LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
"""Characters that JSON lets stand and that many programs take for the end of a line."""

# default=str: a field that is no JSON is a mistake of its part, and no reason to end a run
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "), default=str)


def _dumps(value: object) -> str:
    """One line, whoever reads it."""
    text = ENCODER.encode(value)
    if "\x85" in text or "\u2028" in text or "\u2029" in text:
        return text.translate(LINE_ENDS)
    return text
