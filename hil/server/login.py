"""HTTP credentials asked for before a request reaches the DM server (DM HTTP Binding §5.3.3, §5.3.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from hil.server.faults import read_request
from hil.server.http import ServerHttp
from simulator.http.guard import Guard, Scheme
from simulator.security.nonce import Random

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def guard_of(http: ServerHttp, users: Mapping[str, str], random: Random) -> Guard | None:
    """What asks for the credentials that settings want; None: they want none. ``users``: passwords by name."""
    if http.http_auth in (None, "none"):
        return None
    return Guard(
        users,
        Scheme(http.http_auth),
        random=random,
        algorithms=http.algorithms,
        nonce_uses=http.nonce_uses,
        next_nonce=http.next_nonce,
    )


class LoginGate:
    """WSGI middleware. Only POST is guarded: a device that fetches its bootstrap has no account yet."""

    def __init__(self, app: WSGIApplication, guard: Guard, now: Callable[[], datetime]) -> None:
        self._app = app
        self._guard = guard
        self._now = now
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method != "POST":
            return self._app(environ, start_response)
        target = environ.get("REQUEST_URI") or environ.get("PATH_INFO", "")
        with self._lock:
            verdict = self._guard.check(environ.get("HTTP_AUTHORIZATION"), method, target, self._now())
        if verdict.user is None:
            read_request(environ)
            body = f"this request is not authorised: {verdict.why}\n".encode()
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
            start_response("401 Unauthorized", [*headers, *verdict.headers])
            return [body]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *verdict.headers], *more)

        return self._app(environ, start)
