"""A pseudo-terminal as the modem's end: programs open `PtyPort.path` as if it were a serial port."""

from __future__ import annotations

import contextlib
import os
import selectors
import tty
from collections.abc import Callable

from hil.errors import PartMissing
from hil.modem.port import READ_OCTETS, Port


class PtyPort(Port):
    def __init__(self, serve: Callable[[bytes], None]) -> None:
        """Raises `PartMissing` when the system has no pseudo-terminals left."""
        try:
            self._master, self._slave = os.openpty()
        except OSError as error:
            raise PartMissing(f"no pseudo-terminal can be had: {error.strerror}") from error
        # The slave stays open here: otherwise reading fails while no program has the port open.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._watched: int | None = None
        """What the selector waits for by now."""
        super().__init__(os.ttyname(self._slave), serve)

    def _register(self, selector: selectors.BaseSelector) -> None:
        wanted = self._wanted()
        if self._watched is None:
            selector.register(self._master, wanted)
        elif wanted != self._watched:
            selector.modify(self._master, wanted)
        self._watched = wanted

    def _ready(self, key: selectors.SelectorKey, events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            if events & selectors.EVENT_READ:
                self._take(os.read(self._master, READ_OCTETS))
        with self.lock, contextlib.suppress(BlockingIOError):
            if self._out:
                del self._out[: os.write(self._master, self._out)]

    def _hang_up(self) -> None:
        os.close(self._master)
        os.close(self._slave)
