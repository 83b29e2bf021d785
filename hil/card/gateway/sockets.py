"""The gateway's sockets: listening on loopback alone, in IPv4 and IPv6, and ends that lose nothing."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

BACKLOG = 8
LINGER_SECONDS = 2.0
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

WANTS_ANOTHER = 20
"""Free ports that are tried until one is free in IPv4 and IPv6 alike."""


def listen(port: int) -> list[socket.socket]:
    """Listening sockets at one port of 127.0.0.1 and, where there is IPv6, ::1. Raises `OSError`.

    Port 0 is any free one.
    """
    for left in reversed(range(WANTS_ANOTHER)):
        first = _listener(socket.AF_INET, "127.0.0.1", port)
        try:
            return [first, *_second(first.getsockname()[1])]
        except OSError:
            first.close()
            if port or not left:
                raise
    raise AssertionError("one of the attempts returns or raises")


def _second(port: int) -> list[socket.socket]:
    """The same port in IPv6; nothing on a machine without it."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return []
    return [_listener(socket.AF_INET6, "::1", port)]


def _listener(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    made = socket.create_server((host, port), family=family, backlog=BACKLOG)
    made.setblocking(False)
    return made


def abort(connection: socket.socket) -> None:
    """Close so that the other side sees that something broke (RST)."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


@dataclass(slots=True)
class Leaving:
    """A connection that is closed from our side: the rest is sent, and what still comes is read over.

    To close at once, with something unread, would make the other side lose what it has not read yet.
    """

    connection: socket.socket
    rest: bytearray
    deadline: float
    shut: bool = False

    @staticmethod
    def of(connection: socket.socket, rest: bytearray) -> Leaving:
        return Leaving(connection, rest, time.monotonic() + LINGER_SECONDS)

    @property
    def wants(self) -> int:
        return READ | (WRITE if self.rest or not self.shut else 0)

    def go_on(self, ready: int) -> bool:
        """Whether it is over, and closed."""
        try:
            if ready & WRITE:
                if self.rest:
                    del self.rest[: self.connection.send(self.rest)]
                if not self.rest and not self.shut:
                    self.connection.shutdown(socket.SHUT_WR)
                    self.shut = True
            over = bool(ready & READ) and not self.connection.recv(65536)
        except BlockingIOError:
            over = False
        except OSError:
            over = True
        if over or time.monotonic() > self.deadline:
            self.connection.close()
            return True
        return False


class Watch:
    """Which sockets are ready, of those that are wanted now."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._known: dict[socket.socket, int] = {}
        self._wake, self._bell = socket.socketpair()
        for each in (self._wake, self._bell):
            each.setblocking(False)
        self._selector.register(self._wake, READ)

    def ready(self, wanted: Mapping[socket.socket, int], timeout: float) -> dict[socket.socket, int]:
        """Waits until one is, or `ring` was called. A socket that is closed must not be wanted any more."""
        if wanted != self._known:
            for each in self._known.keys() - wanted.keys():
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(each)
            for each, mask in wanted.items():
                if each not in self._known:
                    self._selector.register(each, mask)
                elif self._known[each] != mask:
                    self._selector.modify(each, mask)
            self._known = dict(wanted)
        found = {}
        for key, mask in self._selector.select(max(0.0, timeout)):
            assert isinstance(key.fileobj, socket.socket)
            found[key.fileobj] = mask
        if found.pop(self._wake, 0):
            with contextlib.suppress(OSError):
                self._wake.recv(64)
        return found

    def ring(self) -> None:
        """Wake `ready` up. May be called in any thread, and twice."""
        with contextlib.suppress(OSError):
            self._bell.send(b".")

    def close(self) -> None:
        self._selector.close()
        self._wake.close()
        self._bell.close()
