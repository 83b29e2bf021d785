"""The terminal that a person sits at: what is asked there, and the line that is answered."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import threading
from collections.abc import Callable

LOOK_SECONDS = 0.1
LONGEST = 4096


def path() -> str | None:
    """Of the terminal that standard input is; None: nobody can answer there."""
    try:
        return os.ttyname(sys.__stdin__.fileno()) if sys.__stdin__ is not None else None
    except (OSError, ValueError):
        return None


class Question:
    """One question, shown when it is made; ``answered`` gets the line, in a thread of this class."""

    def __init__(self, terminal: str, text: str, answered: Callable[[str | None], None]) -> None:
        """``answered`` gets None when the terminal has gone. Raises `OSError` when it cannot be opened."""
        self._answered = answered
        self._over = threading.Event()
        self._file = os.open(terminal, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        with contextlib.suppress(termios.error):
            # What was typed before the question is no answer to it.
            termios.tcflush(self._file, termios.TCIFLUSH)
        os.write(self._file, text.encode())
        self._thread = threading.Thread(target=self._listen, name="operator", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(timeout=5.0)
        os.close(self._file)

    def _listen(self) -> None:
        said = b""
        while not self._over.is_set():
            if not select.select([self._file], [], [], LOOK_SECONDS)[0]:
                continue
            try:
                data = os.read(self._file, LONGEST)
            except OSError:
                data = b""
            said += data
            if not data or b"\n" in said or len(said) > LONGEST:
                line = said.partition(b"\n")[0].decode(errors="replace").strip()
                self._answered(line if data else None)
                return
