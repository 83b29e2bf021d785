"""The modem's end of a serial line: a pseudo-terminal, served by one thread.

Programs open `PtyPort.path` as if it were a serial port.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
import tty
from collections.abc import Callable

from hil.errors import PartMissing

READ_OCTETS = 4096

MAX_UNSENT = 1 << 16
"""While that much waits to be read at the other end, nothing more is taken from there."""


class PtyPort:
    """``serve`` gets what programs write, in the port's thread; `send` may be called from any thread.

    The two counters let an owner tell whether everything has arrived: `consumed` grows when ``serve`` has
    returned, `produced` before anything is written.
    """

    def __init__(self, serve: Callable[[bytes], None]) -> None:
        """Raises `PartMissing` when the system has no pseudo-terminals left."""
        try:
            self._master, self._slave = os.openpty()
        except OSError as error:
            raise PartMissing(f"no pseudo-terminal can be had: {error.strerror}") from error
        # The slave stays open here: otherwise reading fails while no program has the port open.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self.consumed = 0
        self.produced = 0
        self._serve = serve
        self._out = bytearray()
        self.lock = threading.RLock()
        """Held while ``serve`` runs; whoever else changes what it changes, holds it too."""
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._closed = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=f"modem on {self.path}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Queue bytes for the program at the other end. Silently nothing after `close`: there is no line."""
        with self.lock:
            if self._closed or not data:
                return
            self._out += data
            self.produced += len(data)
            self._wake()

    def settled(self, sent: int, received: int) -> bool:
        """Whether the other end, which has sent and fully dealt with that many bytes, and this one are even."""
        with self.lock:
            return not self._closed and self.consumed == sent and self.produced == received

    def close(self) -> None:
        """Hang up: who has the port open finds it gone. May be called twice."""
        with self.lock:
            self._closed = True
            if not self._ended:
                self._wake()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=5.0)
        elif not self._thread.is_alive():
            self._end()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"x")

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._wake_read, selectors.EVENT_READ)
                selector.register(self._master, selectors.EVENT_READ)
                while not self._closed:
                    selector.modify(self._master, self._wanted())
                    for key, events in selector.select():
                        if key.fd == self._wake_read:
                            os.read(self._wake_read, READ_OCTETS)
                        else:
                            self._move(events)
        finally:
            self._end()

    def _wanted(self) -> int:
        unsent = len(self._out)
        return (selectors.EVENT_WRITE if unsent else 0) | (selectors.EVENT_READ if unsent < MAX_UNSENT else 0)

    def _move(self, events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            if events & selectors.EVENT_READ:
                data = os.read(self._master, READ_OCTETS)
                with self.lock:
                    self._serve(data)
                    self.consumed += len(data)
        with self.lock, contextlib.suppress(BlockingIOError):
            if self._out:
                del self._out[: os.write(self._master, self._out)]

    def _end(self) -> None:
        with self.lock:
            self._closed = True
            if self._ended:
                return
            self._ended = True
            for fd in (self._master, self._slave, self._wake_read, self._wake_write):
                os.close(fd)
