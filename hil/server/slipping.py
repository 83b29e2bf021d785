"""A server that says or hears something wrong: WSGI middleware around an application that knows nothing of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from hil.server.faulty import body_of
from hil.slips import Slips

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


STATUS = "Status"
"""What the status line is called among the headers."""


class SlippingDoor:
    """Only what is posted, which is DM messages."""

    def __init__(self, app: WSGIApplication, slips: Callable[[], tuple[Slips, Slips]]) -> None:
        """``slips``: what is said and what is heard wrong at the moment."""
        self._app = app
        self._slips = slips

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        says, hears = self._slips()
        if not (says or hears) or environ["REQUEST_METHOD"] != "POST":
            return self._app(environ, start_response)
        body = hears.body(body_of(environ), environ.get("CONTENT_TYPE"))
        begun: list[tuple[str, dict[str, str]]] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            begun.append((status, dict(headers)))
            return lambda _: None

        given = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        given.pop("HTTP_TRANSFER_ENCODING", None)
        reply = b"".join(self._app(given, start))
        status, headers = begun[-1]
        reply = says.body(reply, headers.get("Content-Type"))
        kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        said = says.headers({STATUS: status, **kept})
        start_response(said.pop(STATUS, status), [*said.items(), ("Content-Length", str(len(reply)))])
        return [reply]
