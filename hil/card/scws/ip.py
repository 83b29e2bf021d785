"""A card with an IP stack of its own, ``localuicc`` to its device: here a TLS server on a port of loopback."""

from __future__ import annotations

import socket
import socketserver
from threading import Thread

from hil.card.scws.connection import Connection
from hil.card.scws.web import WebServer

IDLE_SECONDS = 30.0


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        connection = self.server.web.connection(secure=True)
        self.request.settimeout(IDLE_SECONDS)
        try:
            self._carry(connection)
        except OSError:
            return  # the client went away, and nobody else is interested

    def _carry(self, connection: Connection) -> None:
        client: socket.socket = self.request
        while not connection.closing:
            data = client.recv(16384)
            if not data:
                return
            connection.receive(data)
            client.sendall(connection.take(connection.pending))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, web: WebServer) -> None:
        self.web = web
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a connection that broke is the client's to notice."""


class IpStack:
    """Serves from when it is made until `close`."""

    def __init__(self, web: WebServer) -> None:
        self._server = _Server(web)
        host, port = self._server.server_address[:2]
        self.address = str(host), int(port)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="localuicc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
