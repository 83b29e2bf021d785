"""A server that says or hears something wrong: WSGI middleware around an application that knows nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hil.server.faulty import answered, body_of
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
        reply = answered(self._app, environ, body)
        octets = says.body(reply.body, dict(reply.headers).get("Content-Type"))
        kept = {name: value for name, value in reply.headers if name.lower() != "content-length"}
        said = says.headers({STATUS: reply.status, **kept})
        start_response(said.pop(STATUS, reply.status), [*said.items(), ("Content-Length", str(len(octets)))])
        return [octets]
