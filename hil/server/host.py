"""A web application served on this machine by a thread.

Werkzeug's server, not granian: a DM server's sessions live in one process, while granian's workers are
processes of their own, and its embedded form (2.8) takes ASGI and RSGI applications, not WSGI ones.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable
from threading import Lock, Thread
from typing import TYPE_CHECKING

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from hil.errors import PartMissing
from hil.resets import is_reset_when_closed
from hil.tls.settings import BROKEN_VERSIONS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IDLE_SECONDS = 60
"""A connection on which nothing comes for so long is closed."""

MAX_CONNECTIONS = 256
"""Each has a thread; one more is closed at once."""

HANDSHAKE_SECONDS = 10
"""A TLS handshake that takes longer is given up."""

Told = Callable[[str], None]
"""Is told what a device's TLS came to when it failed or is broken. Called in threads of the server's."""


class _Handler(WSGIRequestHandler):
    # HTTP/1.1, so that a device may ask for 100 Continue; werkzeug closes after each reply all the same.
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: what crosses the seam is in the trace."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """The device went away, or a fault wants it to think that we did: no second request here."""
        self.close_connection = True


class _Server(ThreadedWSGIServer):
    def __init__(
        self, host: str, port: int, app: WSGIApplication, fd: int, tls: ssl.SSLContext | None, told: Told
    ) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = Lock()
        self._told = told
        self.handshakes = 0
        """How many are under way."""
        super().__init__(host, port, app, handler=_Handler, fd=fd)
        # Werkzeug itself would wrap the listening socket: then one slow handshake keeps all others waiting.
        self.ssl_context = tls

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing; see `_Handler.log`."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a connection that broke is the device's to notice."""

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with self._lock:
            full = len(self._connections) >= MAX_CONNECTIONS
            if not full:
                self._connections.add(request)
                self.handshakes += self.ssl_context is not None
        if full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def finish_request(self, request: object, client_address: object) -> None:
        """In a thread of its own, the TLS handshake as well."""
        assert isinstance(request, socket.socket)
        if self.ssl_context is None:
            super().finish_request(request, client_address)
            return
        secured = self._shake_hands(request, self.ssl_context)
        with self._lock:
            self.handshakes -= 1
            self._connections.discard(request)
            if secured is None:
                return
            self._connections.add(secured)
        try:
            super().finish_request(secured, client_address)
        finally:
            with self._lock:
                self._connections.discard(secured)
            secured.close()

    def _shake_hands(self, request: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket | None:
        request.settimeout(HANDSHAKE_SECONDS)
        try:
            secured = tls.wrap_socket(request, server_side=True)
        except OSError as error:
            reason = getattr(error, "reason", None) or str(error)
            self._told(f"a TLS handshake failed: {str(reason).lower().replace('_', ' ')}")
            return None
        if secured.version() in BROKEN_VERSIONS:
            self._told(f"a device came with {secured.version()}, which is broken")
        return secured

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        with self._lock:
            self._connections.discard(request)
        if is_reset_when_closed(request):
            self.close_request(request)  # an orderly end first would be all that the device sees
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that are still open: their threads wake up and end."""
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class Host:
    """Serves ``app`` from `start` to `stop`."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        told: Told = lambda _: None,
    ) -> None:
        """Port 0: any free one, known after `start`."""
        self.host = host
        self.port = port
        self._app = app
        self._tls = tls
        self._told = told
        self._in_flight = 0
        self._lock = Lock()
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Raises `PartMissing` when the address cannot be had."""
        # Bound here: werkzeug prints and exits the program when it cannot bind.
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            listener = socket.create_server((self.host, self.port), family=family, backlog=128)
        except (OSError, OverflowError) as error:
            raise PartMissing(
                f"cannot listen on {self.host} port {self.port}: {error}",
                hint="another program may use this port; port 0 takes any free one",
            ) from error
        with listener:
            self.port = listener.getsockname()[1]
            self._server = _Server(self.host, self.port, self._count, listener.fileno(), self._tls, self._told)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="dm-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, end open connections. May be called twice."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        server.hang_up()
        if self._thread is not None:
            self._thread.join()

    @property
    def root(self) -> str:
        """The URL without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self._tls is None else 'https'}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """Where a device posts to, as this server says it; every other path will do."""
        return f"{self.root}/dm"

    def quiet(self) -> bool:
        """Whether no request is being answered, and no handshake is under way."""
        server = self._server
        with self._lock:
            return self._in_flight == 0 and (server is None or server.handshakes == 0)

    def _count(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            self._in_flight += 1
        try:
            # A reply of ours is short: made whole here, it is done when this returns.
            return list(self._app(environ, start_response))
        finally:
            with self._lock:
                self._in_flight -= 1
