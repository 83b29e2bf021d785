"""``private/raw.jsonl``: the raw bytes of every record, for replay. The one file of a run that is not masked.

    {"seq": 7, "hex": "00a40004022f00"}

Its directory has mode 0700 and the file 0600; no other output of a run is made from it without being masked.
"""

from __future__ import annotations

from pathlib import Path

from hil.trace.jsonl import create, write
from hil.trace.record import Record

DIRECTORY_NAME = "private"
FILE_NAME = "raw.jsonl"


class PrivateTrace:
    """Subscribe it to a recorder; close it when the run is over."""

    def __init__(self, run_directory: Path) -> None:
        directory = run_directory / DIRECTORY_NAME
        directory.mkdir(mode=0o700)
        self.path = directory / FILE_NAME
        self._file = create(self.path)

    def __call__(self, record: Record) -> None:
        if record.data and not self._file.closed:
            write(self._file, f'{{"seq": {record.seq}, "hex": "{record.data.hex()}"}}\n')

    def close(self) -> None:
        self._file.close()
