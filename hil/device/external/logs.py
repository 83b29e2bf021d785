"""The device's own logs, fetched into the run's directory: bounded, and masked as everything that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from hil.trace.mask import Masker

FOLDER = "device-log"
MAX_FILE = 4 * 1024 * 1024
"""Octets at a log's end that are kept: what happened last is what counts."""
MAX_FILES = 20


def keep(directory: Path, name: str, data: bytes, masker: Masker) -> None:
    """``data`` as a file in the run's directory."""
    folder = directory / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    tail = data[-MAX_FILE:]
    try:
        masked = masker.text(tail.decode()).encode()
    except UnicodeDecodeError:
        masked = masker.octets(tail)
    (folder / name).write_bytes(masked)


def read(folder: Path, files: Iterable[str]) -> Iterator[tuple[str, bytes | str]]:
    """A name, and the octets at the end of the file; or why there are none."""
    seen: set[str] = set()
    for file in list(files)[:MAX_FILES]:
        path = folder / file
        name = path.name or "log"
        while name in seen:
            name += "-"
        seen.add(name)
        try:
            # What is no plain file (a pipe, a device) would be waited for.
            if not path.is_file():
                yield name, f"there is no file {path}"
                continue
            with path.open("rb") as opened:
                opened.seek(max(0, path.stat().st_size - MAX_FILE))
                yield name, opened.read(MAX_FILE)
        except OSError as error:
            yield name, f"cannot read {path}: {error.strerror}"
