"""The stream that a run talks to: one that may go away without ending the run."""

from __future__ import annotations

import os
import sys
from typing import TextIO


class Outlet:
    """What the timeline and the verdict are written to. When the reader of a pipe has gone, or the disk is full,
    it goes mute: the run's exit code still says how the run ended."""

    def __init__(self, stream: TextIO | None) -> None:
        """None: standard output was closed before the program began."""
        self._stream = stream
        self.encoding = stream.encoding if stream is not None else "utf-8"

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        if self._stream is not None:
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):
                self._go_mute(self._stream)
        return len(text)

    def flush(self) -> None:
        """Every write is flushed."""

    def _go_mute(self, stream: TextIO) -> None:
        self._stream = None
        if stream is sys.stdout:
            # What Python still holds for it would fail once more when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
