"""Where `dmrig modem serve` hears of entries while it runs: standard input, and a file that may grow."""

from __future__ import annotations

import os
import selectors
from pathlib import Path

from hil.errors import UsageError
from hil.modem.feed import MAX_ENTRY, YAML, yaml_entries

READ_OCTETS = 1 << 16
MAX_FILE = 16 * 1024 * 1024

Entry = str | object
"""A line, or an object from a YAML file."""


class Lines:
    """Octets as they come to whole lines."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, data: bytes) -> list[str]:
        *whole, self._begun = (self._begun + data).split(b"\n")
        self._begun = self._begun[: 4 * MAX_ENTRY]
        return [line.decode("utf-8", "replace") for line in whole]

    def rest(self) -> list[str]:
        """The last line, when nothing more will end it."""
        return self.feed(b"\n") if self._begun else []


class StandardInput:
    """Read without waiting; over when its other end closes."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._selector: selectors.DefaultSelector | None = selectors.DefaultSelector()
        try:
            self._selector.register(0, selectors.EVENT_READ)
        except (PermissionError, ValueError, OSError):
            # a plain file or no file at all: a file is read as one
            self._selector = None
            self._plain = True
        else:
            self._plain = False

    def wait(self, seconds: float) -> list[str]:
        """What has been typed meanwhile, whole lines; waits so long at most."""
        if self._plain:
            self._plain = False
            return self._read_all()
        if self._selector is None:
            return []
        if not self._selector.select(seconds):
            return []
        data = os.read(0, READ_OCTETS)
        if data:
            return self._lines.feed(data)
        self._selector = None
        return self._lines.rest()

    @property
    def over(self) -> bool:
        """Nothing more will come."""
        return self._selector is None and not self._plain

    def _read_all(self) -> list[str]:
        lines = []
        try:
            while data := os.read(0, READ_OCTETS):
                lines += self._lines.feed(data)
        except OSError:
            return lines
        return lines + self._lines.rest()


class Inbox:
    """A file of entries, also of those that are written to it later. Raises `UsageError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_yaml = path.suffix.lower() in YAML
        self._read = 0
        self._entries = 0
        self._lines = Lines()
        self._seen = ""
        if not path.exists():
            raise UsageError(f"there is no file {path}", hint="an empty one can be filled while the modem runs")

    def new(self) -> list[Entry]:
        """What has come since the last call."""
        try:
            size = self.path.stat().st_size
            if size > MAX_FILE:
                raise UsageError(f"{self.path} is larger than {MAX_FILE // 1024 // 1024} MiB")
            return self._from_yaml() if self._is_yaml else self._from_lines(size)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be read: {error.strerror}") from error

    def _from_lines(self, size: int) -> list[Entry]:
        if size < self._read:
            # written anew
            self._read, self._lines = 0, Lines()
        if size == self._read:
            return []
        with self.path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        self._read += len(data)
        return [*self._lines.feed(data)]

    def last(self) -> list[Entry]:
        """A last line without an end, for whoever reads no more."""
        return [] if self._is_yaml else [*self._lines.rest()]

    def _from_yaml(self) -> list[Entry]:
        text = self.path.read_text(encoding="utf-8", errors="replace")
        if text == self._seen:
            return []
        self._seen = text
        entries = yaml_entries(self.path, text)
        new, self._entries = entries[self._entries :], len(entries)
        return new
