"""The one thread of a modem's driver: it reads the line, and opens it again when it has gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from hil.errors import PartBroke, PartError
from hil.modem.line import Line

READ_SECONDS = 0.5

REOPEN_SECONDS = 1.0
"""Between two attempts to open a line that has gone."""

MAX_BACKLOG = 1 << 20
"""Bytes read and not dealt with; beyond them the line is not read until the driver has caught up."""

Arrived = bytes | Line | Exception
"""What was read; a line that was opened again, from which all comes that is read later; why the line has gone."""


class LineReader:
    def __init__(
        self,
        line: Line,
        hand_in: Callable[[Arrived], None],
        dealt_with: Callable[[], int],
        name: str,
        reopen: Callable[[], Line] | None,
        patience: float,
    ) -> None:
        """``hand_in`` is called in the reader's thread; ``dealt_with`` counts the bytes of the present line that
        are done with. For at most ``patience`` seconds is a line opened again that has gone."""
        self._line = line
        self._hand_in = hand_in
        self._dealt_with = dealt_with
        self._reopen = reopen
        self._patience = patience
        self._handed = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name} reader", daemon=True)

    @property
    def reopens(self) -> bool:
        return self._reopen is not None

    @property
    def started(self) -> bool:
        return self._thread.ident is not None

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def start(self, handed: int) -> None:
        """Begin to read; ``handed`` bytes of the line have been dealt with before."""
        self._handed = handed
        self._thread.start()

    def stop(self, line: Line) -> None:
        """End the thread and close the line, whichever it is by now. Never raises; may be called twice."""
        self._stopping.set()
        line.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)
        self._line.close()

    def _run(self) -> None:
        while not self.stopping:
            try:
                self._read()
                return
            except Exception as error:
                if self.stopping:
                    return
                # Whatever it is, it is the run's business: raised where the run can see it.
                self._hand_in(error)
                if self._reopen is None or not isinstance(error, PartBroke):
                    return
                again = self._open_again(self._reopen, error)
                if again is None:
                    return
                self._line, self._handed = again, 0
                self._hand_in(again)

    def _read(self) -> None:
        while not self.stopping:
            if self._handed - self._dealt_with() > MAX_BACKLOG:
                self._stopping.wait(READ_SECONDS)
                continue
            data = self._line.read(READ_SECONDS)
            if data:
                self._handed += len(data)
                self._hand_in(data)

    def _open_again(self, reopen: Callable[[], Line], why: PartBroke) -> Line | None:
        self._line.close()
        deadline = time.monotonic() + self._patience
        while not self._stopping.wait(REOPEN_SECONDS):
            try:
                return reopen()
            except PartError as error:
                if time.monotonic() > deadline:
                    self._hand_in(
                        PartBroke(
                            f"{why}; it has not come back in {self._patience:.0f} s", hint=error.hint or why.hint
                        )
                    )
                    return None
        return None
