"""Faults on the way between a device and the built-in server: WSGI middleware, whatever device it is."""

from __future__ import annotations

import io
import socket
import struct
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from hil.faults import DAMAGE, Faults, Way, What

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_REQUEST = 4 * 1024 * 1024
"""Of a request's body, which is read whole here: more than the server takes."""


class FaultyDoor:
    """The way to an application, on which things go wrong."""

    def __init__(self, app: WSGIApplication, faults: Faults, hold: Callable[[timedelta], None]) -> None:
        self._app = app
        self._faults = faults
        self._hold = hold

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._faults.used:
            return self._app(environ, start_response)
        body = body_of(environ)
        fault = self._faults.next(body)
        if fault is None:
            return self._answered(environ, body, start_response)
        request = fault.way is Way.REQUEST
        match fault.what:
            case What.DROP | What.RESET:
                if not request:
                    self._answered(environ, body, _unheard)
                if fault.what is What.RESET:
                    _reset(environ)
                raise ConnectionAbortedError("a fault that was asked for")
            case What.DELAY:
                self._hold(fault.by)
            case What.DUPLICATE:
                self._answered(environ, body, _unheard)
        if fault.what in DAMAGE and request:
            body = self._faults.damaged(fault, body)
        reply = self._answered(environ, body, start_response)
        # A reply that is cut keeps the length that its header says: its connection ends in the midst of it.
        return [self._faults.damaged(fault, reply[0])] if fault.what in DAMAGE and not request else reply

    def _answered(self, environ: WSGIEnvironment, body: bytes, start_response: StartResponse) -> list[bytes]:
        given = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        given.pop("HTTP_TRANSFER_ENCODING", None)
        return [b"".join(self._app(given, start_response))]


def body_of(environ: WSGIEnvironment) -> bytes:
    """A request's body, taken off the wire."""
    body: bytes = environ["wsgi.input"].read(_length(environ))
    return body


def _length(environ: WSGIEnvironment) -> int:
    if environ.get("wsgi.input_terminated"):
        return MAX_REQUEST
    said = environ.get("CONTENT_LENGTH") or "0"
    return min(int(said), MAX_REQUEST) if said.isdigit() else 0


def _unheard(status: str, headers: list[tuple[str, str]], *rest: object) -> Callable[[bytes], object]:
    """A reply that nobody gets."""
    return lambda _: None


def _reset(environ: WSGIEnvironment) -> None:
    """Have the connection reset when it is closed, instead of ended in order (RFC 9293 §3.10.7)."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
