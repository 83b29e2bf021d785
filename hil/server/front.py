"""A DM server that answers HTTP requests: engine, lock and clock, faults, Flask, a thread that serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import RLock

from hil.server.app import MAX_BODY, create_app
from hil.server.engine import DmServer, Reply
from hil.server.faults import Fault, Faults
from hil.server.host import Host


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
    ) -> None:
        """``failed`` is told, in a thread of the web server's, of an error that is a bug of ours."""
        self.server = server
        self.lock = RLock()
        """Whoever calls the server's methods holds it."""
        self._now = now
        self._failed = failed
        self._faults = Faults(create_app(self._receive, max_body=max_body))
        self.host = Host(self._faults, host=host, port=port)

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
                return self.server.receive(body, content_type, self._now(), headers, path)
        except Exception as error:
            self._failed(error)
            return Reply(500, "text/plain; charset=utf-8", b"the DM server failed; its log says why\n")
