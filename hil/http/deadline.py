"""A bound, in real time, on a whole HTTP exchange.

urllib3's time-outs begin anew with every byte that comes: a server that sends one now and then would keep a run
waiting for ever. Here the connection is shut when the time is over, wherever the exchange is by then.
"""

from __future__ import annotations

import socket
import weakref
from contextlib import suppress
from threading import Timer
from types import TracebackType

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection


class Deadline:
    """A context around one exchange at a time of one pool manager."""

    def __init__(self, pool: urllib3.PoolManager, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        # The sockets, not the connections: one that is to be closed after its answer forgets its socket at once.
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._timer: Timer | None = None
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

    def __enter__(self) -> Deadline:
        self.passed = False
        self._timer = Timer(self.seconds, self._shut)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _shut(self) -> None:
        """In the timer's thread: whoever reads from the socket finds its end."""
        self.passed = True
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
