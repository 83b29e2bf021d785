"""``run.pcapng``: the run as a capture for Wireshark, masked without changing a length.

Written when the run is over, because only then all secrets are known: one may be read from a card, in pieces,
long before anything can tell that it is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from hil import __version__
from hil.errors import PartError
from hil.trace.mask import Masker
from hil.trace.record import Kind, Record

FILE_NAME = "run.pcapng"

CAPTURED: frozenset[Kind] = frozenset({"apdu", "sms", "push", "http"})


class PcapngTrace:
    """Subscribe it to a recorder; close it when the run is over."""

    def __init__(self, run_directory: Path, masker: Masker) -> None:
        self.path = run_directory / FILE_NAME
        self._masker = masker
        self._records: list[Record] = []
        self._closed = False

    def __call__(self, record: Record) -> None:
        if record.kind in CAPTURED and not self._closed:
            self._records.append(record)

    def close(self) -> None:
        if not self._closed:
            from hil.trace.learn import learn

            self._closed = True
            learn(self._records, self._masker)
            write_pcapng(self.path, self._records, self._masker)
            self._records.clear()


def write_pcapng(path: Path, records: Iterable[Record], masker: Masker) -> int:
    """Write the packets of ``records`` to a new file and return their number. Raises `PartError`.

    ``masker`` knows all secrets by now; with its ``show_all`` the packets are as they were.
    """
    from hil.trace.blocks import PcapngWriter
    from hil.trace.frames import frames

    count = 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            writer = PcapngWriter(file, f"dmrig {__version__}")
            for count, frame in enumerate(frames(records, masker), 1):  # noqa: B007
                writer.packet(
                    frame.interface, frame.link_type, frame.at, frame.data, way=frame.way, comment=frame.comment
                )
    except OSError as error:
        raise PartError(f"cannot write {path}: {error.strerror}") from error
    return count
