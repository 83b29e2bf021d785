"""One TCP connection to the card's web server, without any I/O: octets in, octets out.

TLS works on memory buffers, as it must in a card that has no socket; HTTP is h11's.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Protocol

import h11

from hil.card.scws.site import Page, Site

LONGEST_HEAD = 4096
"""Octets of a request's head; a card has little memory."""
LONGEST_BODY = 16 * 1024
"""Octets of a request's body that are read over; what is longer ends the connection."""

Told = Callable[[str], None]
"""Hears what was asked and answered, and how TLS ended."""


class Channel(Protocol):
    """What a connection's octets pass through: TLS, or nothing."""

    def open(self, data: bytes) -> bytes:
        """What arrived, in plain. Raises `ssl.SSLError`."""
        ...

    def seal(self, data: bytes) -> None: ...

    def close(self) -> None:
        """Say goodbye, where there is a way to."""
        ...

    def sealed(self) -> bytes:
        """What is to be sent."""
        ...


class Plain:
    def __init__(self) -> None:
        self._out = bytearray()

    def open(self, data: bytes) -> bytes:
        return data

    def seal(self, data: bytes) -> None:
        self._out += data

    def close(self) -> None:
        """There is no such thing."""

    def sealed(self) -> bytes:
        out, self._out = bytes(self._out), bytearray()
        return out


class Tls:
    def __init__(self, context: ssl.SSLContext) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._shaken = False

    def open(self, data: bytes) -> bytes:
        self._in.write(data)
        plain = bytearray()
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            while piece := self._tls.read(16384):
                plain += piece
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        return bytes(plain)

    def seal(self, data: bytes) -> None:
        if data:
            self._tls.write(data)

    def close(self) -> None:
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            return  # it wants the other side's goodbye, and we do not wait for that

    def sealed(self) -> bytes:
        return self._out.read()


class Connection:
    """`receive` what comes, `take` what is to be sent; when that is all and `closing`, close the connection."""

    def __init__(
        self,
        site: Site,
        context: ssl.SSLContext | None,
        *,
        keep_alive: bool = False,
        chunked: bool = False,
        told: Told = lambda _: None,
    ) -> None:
        """``context`` None: plain HTTP."""
        self._site = site
        self._channel: Channel = Plain() if context is None else Tls(context)
        self._scheme = "http" if context is None else "https"
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        self._keep_alive = keep_alive
        self._chunked = chunked
        self._told = told
        self._request: h11.Request | None = None
        self._body = 0
        self._out = bytearray()
        self.closing = False

    @property
    def pending(self) -> int:
        """Octets to be sent."""
        return len(self._out)

    def take(self, count: int) -> bytes:
        taken = bytes(self._out[:count])
        del self._out[:count]
        return taken

    def receive(self, data: bytes) -> None:
        """Never raises, whatever comes: the other side hears an alert of TLS or a status of HTTP."""
        if self.closing:
            return
        try:
            plain = self._channel.open(data)
        except ssl.SSLError as error:
            self._told(f"TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}")
            self._out += self._channel.sealed()
            self.closing = True
            return
        if plain:
            self._feed(plain)
        self._out += self._channel.sealed()

    def _feed(self, plain: bytes) -> None:
        try:
            self._http.receive_data(plain)
            while not self.closing and self._next():
                pass
        except h11.RemoteProtocolError as error:
            if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                self._refuse(error.error_status_hint or 400, str(error))
            self._end()

    def _next(self) -> bool:
        """Take one thing of HTTP's; whether there may be another."""
        event = self._http.next_event()
        match event:
            case h11.Request():
                self._request, self._body = event, 0
            case h11.Data():
                self._body += len(event.data)
                if self._body > LONGEST_BODY:
                    self._refuse(413, "too much")
                    self._end()
            case h11.EndOfMessage():
                self._answer()
            case _:
                # more is needed, or the other side has closed
                return False
        return True

    def _answer(self) -> None:
        assert self._request is not None, "a message ends after it has begun"
        method = self._request.method.decode("ascii")
        target = self._request.target.decode("latin-1")
        page = self._site.answer(method, target)
        self._told(f"{self._scheme} {method} {target}: {page.status}")
        self._send(page, with_body=method != "HEAD")
        if self._keep_alive and self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self._end()

    def _refuse(self, status: int, why: str) -> None:
        self._told(f"{self._scheme}: {status} ({why})")
        self._send(Page("text/plain", b"", status))

    def _send(self, page: Page, *, with_body: bool = True) -> None:
        headers = [("Content-Type", page.content_type), *page.headers.items()]
        headers.append(
            ("Transfer-Encoding", "chunked") if self._chunked else ("Content-Length", str(len(page.body)))
        )
        if not self._keep_alive:
            headers.append(("Connection", "close"))
        self._seal(h11.Response(status_code=page.status, headers=headers))
        if with_body and page.truncated:
            self._seal(h11.Data(data=page.body[: len(page.body) // 2]))
            self._http.send_failed()
            return
        if with_body:
            self._seal(h11.Data(data=page.body))
        self._seal(h11.EndOfMessage())

    def _seal(self, event: h11.Event) -> None:
        self._channel.seal(self._http.send(event) or b"")

    def _end(self) -> None:
        self._channel.close()
        self.closing = True
