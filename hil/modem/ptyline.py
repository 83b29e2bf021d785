"""A line on a pseudo-terminal, opened by its path, with nothing but the operating system."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import termios
import threading
import time
import tty

from hil.errors import PartBroke, PartMissing
from hil.modem.holders import who_holds

READ_OCTETS = 4096
WRITE_SECONDS = 10.0
"""How long the other end may let its buffer stay full."""


class PtyLine:
    def __init__(self, path: str) -> None:
        """Open the terminal for this program alone. Raises `PartMissing`."""
        self.name = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise PartMissing(
                f"{path} cannot be opened: {error.strerror}", hint="is the modem started?"
            ) from error
        try:
            # The same lock that pyserial takes: two programs on one line would each read half of it.
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            tty.setraw(self._fd)
        except (OSError, termios.error) as error:
            os.close(self._fd)
            if isinstance(error, BlockingIOError):
                raise PartMissing(f"{path} is in use{who_holds(path)}", hint="end the other program") from error
            raise PartMissing(f"{path} cannot be used as a serial line: {error}") from error
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._closed = False
        self._reading = threading.Lock()
        self._writing = threading.Lock()

    def read(self, timeout: float) -> bytes:
        with self._reading:
            if self._closed:
                raise self._gone("it has been closed")
            poll = select.poll()
            poll.register(self._fd, select.POLLIN)
            poll.register(self._wake_read, select.POLLIN)
            ready = dict(poll.poll(max(0.0, timeout) * 1000))
            if self._closed:
                raise self._gone("it has been closed")
            if self._fd not in ready:
                return b""
            try:
                data = os.read(self._fd, READ_OCTETS)
            except BlockingIOError:
                return b""
            except OSError as error:
                raise self._gone(error.strerror or "reading failed") from error
            if not data:
                raise self._gone("the other end hung up")
            return data

    def write(self, data: bytes) -> None:
        with self._writing:
            deadline = time.monotonic() + WRITE_SECONDS
            left = memoryview(data)
            while left:
                if self._closed:
                    raise self._gone("it has been closed")
                try:
                    left = left[os.write(self._fd, left) :]
                except BlockingIOError:
                    self._wait_for_room(deadline)
                except OSError as error:
                    raise self._gone(error.strerror or "writing failed") from error

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"x")
        # A descriptor that another thread still uses must not be closed: its number may be given away again.
        with self._reading, self._writing:
            for fd in (self._fd, self._wake_read, self._wake_write):
                with contextlib.suppress(OSError):
                    os.close(fd)

    def _wait_for_room(self, deadline: float) -> None:
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        poll.register(self._wake_read, select.POLLIN)
        left = deadline - time.monotonic()
        if left <= 0:
            raise PartBroke(
                f"{self.name} has taken nothing for {WRITE_SECONDS:.0f} s", hint="is the other end still running?"
            )
        poll.poll(left * 1000)

    def _gone(self, why: str) -> PartBroke:
        why = "the other end hung up" if why == os.strerror(errno.EIO) else why
        return PartBroke(
            f"the line {self.name} has gone: {why}", hint="was it unplugged? Connect it, then run again"
        )
