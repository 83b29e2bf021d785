"""OTA-HTTP with the device as listener: a terminal (`simulator.push.terminal`) behind HTTP, TLS and credentials.

The gateway has its answer as soon as the push is known to be one for DM; what the device makes of it happens in
the scheduler's thread, to which it was posted before the answer went out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.wrappers import Request, Response

from hil.listen.settings import HttpSettings
from hil.push.contract import HttpTerminal
from hil.server.host import Host
from hil.server.login import LoginGate, guard_of
from hil.server.reach import Reach
from hil.tls.context import server_context
from simulator.push.terminal import Taken, Terminal, TerminalSettings
from simulator.push.wsp import Push
from simulator.security.nonce import Random

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST = 256 * 1024
"""Octets of a request: of a push with what wraps it."""

Post = Callable[[Callable[[], None]], None]


class HttpListener:
    """Listens from `start` to `stop`. ``take`` and ``refused`` are called in the scheduler's thread."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        post: Post,
        take: Callable[[Push], None],
        refused: Callable[[str], None],
        there: Callable[[], bool],
        now: Callable[[], datetime],
        random: Random,
        told: Callable[[str], None] = lambda _: None,
        terminal: TerminalSettings | None = None,
    ) -> None:
        """``there``: whether the device is on; while it is not, connections end without an answer.
        ``told`` hears of broken TLS, in any thread."""
        self._settings = settings
        self._post = post
        self._take = take
        self._refused = refused
        self._there = there
        self._terminal = Terminal(terminal or TerminalSettings())
        self._reach = Reach(())
        users = {settings.user: settings.password}
        http = self._reach.complete(settings)
        guard = guard_of(http, users, random)
        app: WSGIApplication = self._answer
        self._asks = guard is not None
        self._host = Host(
            self._if_there(app if guard is None else LoginGate(app, guard, now)),
            port=settings.port,
            tls=None if http.tls is None else server_context(http.tls),
            told=told,
        )

    def start(self) -> None:
        """Raises `PartMissing` when the port cannot be had."""
        self._host.start()

    def stop(self) -> None:
        """May be called twice, and without `start`."""
        self._host.stop()
        self._reach.close()

    def quiet(self) -> bool:
        return self._host.quiet()

    @property
    def terminal(self) -> HttpTerminal:
        """Where a gateway finds it; once it has started."""
        settings, ca = self._settings, self._reach.ca
        url = self._host.root + self._terminal.settings.paths[0]
        return HttpTerminal(url, ca, settings.user, settings.password) if self._asks else HttpTerminal(url, ca)

    def _if_there(self, app: WSGIApplication) -> WSGIApplication:
        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if not self._there():
                raise ConnectionAbortedError("the device is off")
            return app(environ, start_response)

        return answer

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        # One more than is taken: of a chunked body, werkzeug reads so much and leaves the rest without a word.
        request.max_content_length = LARGEST + 1
        try:
            body = request.get_data(cache=False)
            taken = self._terminal.answer(request.method, request.path, list(request.headers.items()), body)
        except ClientDisconnected as error:
            raise ConnectionAbortedError("the gateway went away in the midst of its request") from error
        except HTTPException as error:
            taken = Taken(error.code or 400, [], error.description or "the request cannot be read")
        self._pass_on(taken, request.method)
        response = Response(f"{taken.text}\n" if taken.text else b"", status=taken.status, headers=taken.headers)
        if not taken.text:
            response.headers.remove("Content-Type")
        return response(environ, start_response)

    def _pass_on(self, taken: Taken, method: str) -> None:
        push, text = taken.push, taken.text
        if push is not None:
            self._post(lambda: self._take(push))
        elif text and method == "POST":
            self._post(lambda: self._refused(text))
