"""``trace.jsonl``: the whole timeline for programs, one JSON object a line, masked, written as it happens.

{"seq": 7, "at": "2026-01-01T00:00:00.000000+00:00", "part": "card", "kind": "apdu", "way": "out",
 "text": "SELECT EF(DIR)", "fields": {...}}
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from io import FileIO
from json.encoder import encode_basestring
from pathlib import Path

from hil.errors import PartError
from hil.trace.mask import Masker, tells_nothing
from hil.trace.record import Json, Record

FILE_NAME = "trace.jsonl"


class JsonlTrace:
    """Subscribe it to a recorder; close it when the run is over."""

    def __init__(self, path: Path, masker: Masker) -> None:
        self.path = path
        self._masker = masker
        self._file: FileIO | None = create(path)

    def __call__(self, record: Record) -> None:
        if self._file is None:
            return
        text = record.text
        said = [text]
        fields = plain(record.fields, said)
        # In most records there is nothing to hide, and one look at all that they say shows it.
        if fields is None or not self._masker.leaves(said):
            text, fields = self._masker.text(text), _dumps(self._masker.fields(record.fields))
        write(self._file, line(record, text, fields))

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


def line(record: Record, text: str, fields: str) -> str:
    """A record as one line of JSON, with its text and its fields, in JSON already, as they are to be shown.

    Written out by hand, as `plain` is: json makes its encoder anew for each object, which takes several times as
    long, and a card waits for each line.
    """
    seq, at, part, kind, way, _, _, _ = record
    # With timespec it takes twice as long, and only a full second needs it.
    moment = at.isoformat() if at.microsecond else at.isoformat(timespec="microseconds")
    return _one_line(
        f'{{"seq": {seq}, "at": "{moment}", "part": {encode_basestring(part)}, '
        f'"kind": "{kind}", "way": "{way}", "text": {encode_basestring(text)}, "fields": {fields}}}\n'
    )


DEEPEST_PLAIN = 4
"""Levels of nested fields that `plain` follows; parts record one."""


def plain(fields: Mapping[str, Json], said: list[str], depth: int = 0) -> str | None:
    """Fields as JSON, unmasked, and all that they say added to ``said``.

    None when that is not enough to know whether anything in them is hidden: a name tells what its value is, or a
    value is neither a text, nor a number, nor such fields.
    """
    template = _template(tuple(fields))
    if not template:
        return None
    said += fields
    values: list[str | int] = []
    for value in fields.values():
        if type(value) is str:
            said.append(value)
            values.append(encode_basestring(value))
        elif type(value) is int:
            values.append(value)
        elif type(value) is dict and depth < DEEPEST_PLAIN:
            inner = plain(value, said, depth + 1)
            if inner is None:
                return None
            values.append(inner)
        else:
            return None
    return template % tuple(values)


@lru_cache(1024)
def _template(names: tuple[str, ...]) -> str:
    """An object in JSON with gaps for the values. Empty when one of the names tells what its value is."""
    if not all(map(tells_nothing, names)):
        return ""
    members = (f"{encode_basestring(name)}: ".replace("%", "%%") + "%s" for name in names)
    return f"{{{', '.join(members)}}}"


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
    return _one_line(ENCODER.encode(value))


def _one_line(text: str) -> str:
    """JSON that is one line, whoever reads it."""
    if "\x85" in text or "\u2028" in text or "\u2029" in text:
        return text.translate(LINE_ENDS)
    return text
