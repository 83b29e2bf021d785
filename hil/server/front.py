"""A DM server that answers HTTP requests: engine, lock and clock, faults, Flask, a thread that serves it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING

from hil.server.app import MAX_BODY, create_app
from hil.server.engine import DmServer, Reply
from hil.server.faults import Fault, Faults
from hil.server.host import Host, Told
from hil.server.http import ServerHttp
from hil.server.login import LoginGate, guard_of
from hil.server.offer import Offer
from hil.tls.context import server_context
from simulator.security.nonce import Random

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came to the server and what it said, as the network saw both."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    reply: Reply


class Front:
    def __init__(
        self,
        server: DmServer,
        *,
        now: Callable[[], datetime],
        failed: Callable[[Exception], None],
        host: str = "127.0.0.1",
        port: int = 0,
        max_body: int = MAX_BODY,
        http: ServerHttp | None = None,
        users: Mapping[str, str] | None = None,
        random: Random = os.urandom,
        told: Told = lambda _: None,
        door: Callable[[WSGIApplication], WSGIApplication] = lambda app: app,
    ) -> None:
        """``failed`` is told, in a thread of the web server's, of an error that is a bug of ours.

        ``http``: how the server is reached; its TLS has to name a certificate. ``users``: passwords by name, for
        HTTP's own credentials, which ``http`` asks for or not. ``told`` hears of broken TLS. ``door``: what stands
        around the whole application.
        """
        self.server = server
        self.lock = RLock()
        """Whoever calls the server's methods holds it."""
        self._now = now
        self._failed = failed
        self.offer: Offer | None = None
        """What a GET for a bootstrap is answered with."""
        http = http or ServerHttp()
        app: WSGIApplication = create_app(
            self._receive, max_body=max_body, chunked=http.chunked, offer=lambda: self.offer
        )
        guard = guard_of(http, users or {}, random)
        self.watched: Callable[[Exchange], None] = lambda _: None
        """Told of each exchange, in a thread of the web server's, before the reply leaves."""
        self._faults = Faults(app if guard is None else LoginGate(app, guard, now))
        tls = None if http.tls is None else server_context(http.tls)
        self.host = Host(door(self._faults), host=host, port=port, tls=tls, told=told)

    def fault(self, fault: Fault, times: int = 1) -> None:
        """Let something go wrong with the next requests."""
        self._faults.add(fault, times)

    def _receive(
        self,
        body: bytes,
        content_type: str | None,
        headers: Mapping[str, str] | None = None,
        path: str = "",
    ) -> Reply:
        try:
            with self.lock:
                reply = self.server.receive(body, content_type, self._now(), headers, path)
            self.watched(Exchange(self.host.root + path, headers or {}, body, reply))
            return reply
        except Exception as error:
            self._failed(error)
            return Reply(500, "text/plain; charset=utf-8", b"the DM server failed; its log says why\n")
