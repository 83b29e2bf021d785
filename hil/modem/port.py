"""The modem's end of a line, served by one thread, whatever carries the bytes."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

READ_OCTETS = 4096

MAX_UNSENT = 1 << 16
"""While that much waits to be read at the other end, nothing more is taken from there."""


class Port(ABC):
    """``serve`` gets what programs write, in the port's thread; `send` may be called from any thread.

    The two counters let an owner tell whether everything has arrived: `consumed` grows when ``serve`` has
    returned, `produced` before anything is written.
    """

    def __init__(self, path: str, serve: Callable[[bytes], None]) -> None:
        self.path = path
        """What a program opens to talk to the modem."""
        self.consumed = 0
        self.produced = 0
        self.lock = threading.RLock()
        """Held while ``serve`` runs; whoever else changes what it changes, holds it too."""
        self._serve = serve
        self._out = bytearray()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._closed = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=f"modem on {path}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Queue bytes for the program at the other end. Silently nothing after `close`: there is no line."""
        with self.lock:
            if self._closed or not data:
                return
            self._out += data
            self.produced += len(data)
            if threading.current_thread() is not self._thread:
                # in its own it is about to look what there is to write
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

    # What carries the bytes

    @abstractmethod
    def _register(self, selector: selectors.BaseSelector) -> None:
        """Say what is to be waited for, before each wait."""

    @abstractmethod
    def _ready(self, key: selectors.SelectorKey, events: int) -> None:
        """Something that was waited for has happened."""

    @abstractmethod
    def _hang_up(self) -> None:
        """Close what carries the bytes."""

    def _wanted(self) -> int:
        """What to wait for at the program's end."""
        unsent = len(self._out)
        return (selectors.EVENT_WRITE if unsent else 0) | (selectors.EVENT_READ if unsent < MAX_UNSENT else 0)

    def _take(self, data: bytes) -> None:
        with self.lock:
            self._serve(data)
            self.consumed += len(data)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"x")

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._wake_read, selectors.EVENT_READ)
                while not self._closed:
                    self._register(selector)
                    for key, events in selector.select():
                        if key.fd == self._wake_read:
                            os.read(self._wake_read, READ_OCTETS)
                        else:
                            self._ready(key, events)
        finally:
            self._end()

    def _end(self) -> None:
        with self.lock:
            self._closed = True
            if self._ended:
                return
            self._ended = True
            self._hang_up()
            os.close(self._wake_read)
            os.close(self._wake_write)
