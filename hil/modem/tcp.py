"""A TCP port as the modem's end: programs connect with ``socket://host:port``, one at a time."""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Callable

from hil.errors import PartMissing
from hil.modem.port import READ_OCTETS, Port

REFUSAL = b"\r\nanother program has this modem; try again later\r\nERROR\r\n"


class TcpPort(Port):
    """What is said while nobody is connected is lost, as on a serial line that nobody has open."""

    def __init__(self, host: str, port: int, serve: Callable[[bytes], None]) -> None:
        """Raises `PartMissing` when the address cannot be listened on."""
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
            self._listener = socket.create_server((host, port), family=family, backlog=8)
        except OSError as error:
            raise PartMissing(
                f"the modem cannot listen on {host}:{port}: {error.strerror or error}",
                hint="is the port in use? Port 0 takes any free one",
            ) from error
        self._listener.setblocking(False)
        self._program: socket.socket | None = None
        shown = f"[{host}]" if ":" in host else host
        super().__init__(f"socket://{shown}:{self._listener.getsockname()[1]}", serve)

    def _register(self, selector: selectors.BaseSelector) -> None:
        if self._listener not in selector.get_map():
            selector.register(self._listener, selectors.EVENT_READ)
        program = self._program
        for key in list(selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket) and key.fileobj not in (self._listener, program):
                selector.unregister(key.fileobj)
        if program is None:
            with self.lock:
                self._out.clear()
        elif program in selector.get_map():
            selector.modify(program, self._wanted())
        else:
            selector.register(program, self._wanted())

    def _ready(self, key: selectors.SelectorKey, events: int) -> None:
        if key.fileobj is self._listener:
            self._accept()
        elif self._program is not None and key.fileobj is self._program:
            self._move(self._program, events)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            program, _ = self._listener.accept()
            program.setblocking(False)
            if self._program is None:
                program.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._program = program
                return
            with program:
                program.send(REFUSAL)
                # no reset before it has read that
                program.shutdown(socket.SHUT_WR)

    def _move(self, program: socket.socket, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                data = program.recv(READ_OCTETS)
                if not data:
                    raise ConnectionResetError
                self._take(data)
            with self.lock:
                if self._out:
                    del self._out[: program.send(self._out)]
        except BlockingIOError:
            pass
        except OSError:
            # the program has gone; another may come
            self._program = None
            program.close()

    def _hang_up(self) -> None:
        self._listener.close()
        if self._program is not None:
            self._program.close()
