"""A bound, in real time, on a whole HTTP exchange, its TLS handshake too.

urllib3's time-outs begin anew with every byte that comes: a server that sends one now and then would keep a run
waiting for ever. Here the connection is shut when the time is over, wherever the exchange is by then.
"""

from __future__ import annotations

import socket
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from hil.resets import reset_when_closed


class Deadline:
    """Of one exchange at a time of one pool manager."""

    def __init__(self, pool: urllib3.PoolManager) -> None:
        self.seconds = 0.0
        self.passed = False
        # The sockets, not the connections: one that is to be closed after its answer forgets its socket at once.
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        open_ = self._open

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                open_.add(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                open_.add(self.sock)

        class PlainPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Secure

        pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def watch(self, connection: socket.socket) -> None:
        """Shut this one too: urllib3 tells of a connection over TLS when the handshake is over."""
        self._open.add(connection)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Around one exchange."""
        self.seconds, self.passed = seconds, False
        timer = Timer(seconds, self._shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def reset(self) -> None:
        """Have open connections reset when they are closed, instead of ended in order."""
        for each in list(self._open):
            with suppress(OSError):
                reset_when_closed(each)

    def _shut(self) -> None:
        """In the timer's thread: whoever reads from the socket finds its end."""
        self.passed = True
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
