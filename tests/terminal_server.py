"""A terminal server with a pseudo-terminal behind it, for one connection: raw, or pyserial's own RFC 2217."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import serial
from serial.rfc2217 import PortManager

PATIENCE = 5.0


def _line(default: bool) -> property:
    """A modem line, which a pseudo-terminal has not got: every access to a real one is an error there."""
    return property(lambda self: default, lambda self, value: None)


class _Terminal(serial.Serial):
    cts = dsr = cd = _line(True)
    ri = _line(False)
    rts = dtr = _line(True)  # type: ignore[assignment]
    break_condition = _line(False)  # type: ignore[assignment]

    def _update_dtr_state(self) -> None:
        pass

    def _update_rts_state(self) -> None:
        pass


class _Raw:
    """Bytes as they are, both ways."""

    def filter(self, data: bytes) -> list[bytes]:
        return [data]

    escape = filter


class TerminalServer:
    """Serves the terminal at ``path`` on loopback; `url` is what to open."""

    def __init__(self, path: str, *, raw: bool = False, port: int = 0) -> None:
        self._raw = raw
        self._serial = _Terminal(path, timeout=0.1)
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = self._server.getsockname()[1]
        self._connection: socket.socket | None = None
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._from_network, daemon=True)]
        self._threads[0].start()
        self.url = f"{'socket' if raw else 'rfc2217'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._stopping.set()
        for each in (self._server, self._connection):
            if each is not None:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._serial.close()

    def _from_network(self) -> None:
        with suppress(OSError):
            self._connection, _ = self._server.accept()
            connection = self._connection
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            manager: Any = _Raw() if self._raw else PortManager(self._serial, _Writer(connection.sendall))
            other = threading.Thread(target=self._to_network, args=(connection, manager), daemon=True)
            self._threads.append(other)
            other.start()
            while not self._stopping.is_set() and (data := connection.recv(4096)):
                self._serial.write(b"".join(manager.filter(data)))

    def _to_network(self, connection: socket.socket, manager: Any) -> None:
        with suppress(OSError, serial.SerialException):
            while not self._stopping.is_set():
                data = self._serial.read(self._serial.in_waiting or 1)
                if data:
                    connection.sendall(b"".join(manager.escape(data)))


class _Writer:
    """What the manager answers to the client with."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write
