"""Faults on the way between a device and the built-in server: WSGI middleware, whatever device it is."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from hil.faults import Fault, Faults, Hold, What
from hil.resets import reset_when_closed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_REQUEST = 4 * 1024 * 1024
"""Of a request's body, which is read whole here: more than the server takes."""


class FaultyDoor:
    """The way to an application, on which things go wrong."""

    def __init__(self, app: WSGIApplication, faults: Faults, hold: Hold) -> None:
        self._app = app
        self._faults = faults
        self._hold = hold

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._faults.used:
            return self._app(environ, start_response)
        body = body_of(environ)
        fault = self._faults.next(body)
        answer = answered(self._app, environ, body) if fault is None else self._befallen(fault, environ, body)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _befallen(self, fault: Fault, environ: WSGIEnvironment, body: bytes) -> Answered:
        def broken() -> NoReturn:
            if fault.what is What.RESET:
                _reset(environ)
            raise ConnectionAbortedError("a fault that was asked for")

        def spoilt(answer: Answered) -> Answered:
            # A reply that is cut keeps the length that its header says: its connection ends in the midst of it.
            return replace(answer, body=self._faults.damaged(fault, answer.body))

        return self._faults.befall(
            fault,
            body,
            lambda octets: answered(self._app, environ, octets),
            hold=self._hold,
            broken=broken,
            spoilt=spoilt,
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """What an application said to a request."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def answered(app: WSGIApplication, environ: WSGIEnvironment, body: bytes) -> Answered:
    """Give an application another body than the one that came; nothing of its reply has left yet."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
        begun.append((status, headers))
        return lambda _: None

    given = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    given.pop("HTTP_TRANSFER_ENCODING", None)
    said = b"".join(app(given, start))
    return Answered(*begun[-1], said)


def body_of(environ: WSGIEnvironment) -> bytes:
    """A request's body, taken off the wire."""
    body: bytes = environ["wsgi.input"].read(_length(environ))
    return body


def _length(environ: WSGIEnvironment) -> int:
    if environ.get("wsgi.input_terminated"):
        return MAX_REQUEST
    said = environ.get("CONTENT_LENGTH") or "0"
    return min(int(said), MAX_REQUEST) if said.isdigit() else 0


def _reset(environ: WSGIEnvironment) -> None:
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        reset_when_closed(connection)
