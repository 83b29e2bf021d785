"""Faults of a server, between the network and the DM server: what a device has to survive."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Fault(StrEnum):
    """What becomes of a request, or of its reply."""

    HTTP_500 = "http-500"
    """The DM server does not see the request."""
    DROP = "drop"
    """The connection ends without a reply; the DM server does not see the request."""
    EMPTY = "empty"
    """Status 200 without a body; the DM server does not see the request."""
    TAMPER = "tamper"
    """Someone on the way changes the reply: it reads the same, and is not the same octets."""
    LOSE = "lose"
    """The DM server answers, and the connection ends before the reply gets through."""


class Faults:
    """WSGI middleware: applies each queued fault to one request, in order, and lets all others through."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._next: deque[Fault] = deque()
        self._lock = Lock()

    def add(self, fault: Fault, times: int = 1) -> None:
        with self._lock:
            self._next.extend([fault] * times)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            fault = self._next.popleft() if self._next else None
        match fault:
            case None:
                return self._app(environ, start_response)
            case Fault.HTTP_500:
                read_request(environ)
                body = b"a fault that was asked for\n"
                headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
                start_response("500 Internal Server Error", headers)
                return [body]
            case Fault.EMPTY:
                read_request(environ)
                start_response("200 OK", [("Content-Length", "0")])
                return []
            case Fault.DROP:
                read_request(environ)
                raise ConnectionAbortedError("a fault that was asked for")
            case Fault.TAMPER:
                return [_tampered(b"".join(self._app(environ, _without_length(start_response))))]
            case Fault.LOSE:
                b"".join(self._app(environ, lambda *_: lambda _: None))
                raise ConnectionAbortedError("a fault that was asked for")


def read_request(environ: WSGIEnvironment) -> None:
    """Take the request off the wire: closing a socket with unread data resets it before the reply is read."""
    # A chunked body stays: only the end of a connection that is dropped anyway would need it.
    length = environ.get("CONTENT_LENGTH") or "0"
    if length.isdigit():
        environ["wsgi.input"].read(min(int(length), 1024 * 1024))


def _without_length(start_response: StartResponse) -> StartResponse:
    """The reply's length changes on the way."""

    def start(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        return start_response(status, kept, *rest)  # type: ignore[arg-type]

    return start  # type: ignore[return-value]


def _tampered(body: bytes) -> bytes:
    """XML with white space behind it, WBXML of another minor version: either says what it said before."""
    if body.lstrip().startswith(b"<"):
        return body + b"\n"
    return bytes([0x02 if body[:1] == b"\x03" else 0x03]) + body[1:]
