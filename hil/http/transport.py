"""A device's HTTP exchange with its server, on urllib3 (DM HTTP Binding §5.3).

One request, one answer, bounded in time and size. Redirects are not followed: where a session goes on is for
its RespURI to say. Everything that urllib3 raises becomes `TransportFailed`.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from urllib3 import exceptions as broken

from hil.errors import PartBroke, PartMissing
from hil.trace.dmtext import as_json, summary
from hil.trace.record import Way
from hil.trace.recorder import Recorder
from simulator.errors import CodecError
from simulator.syncml.encoding import decode

MAX_ANSWER = 1024 * 1024
_CHUNK = 64 * 1024


class TransportFailed(PartBroke):
    """There was no HTTP answer; the message says why. An answer with an error status is none of these."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    content_type: str | None
    headers: Mapping[str, str]
    """Names as the server wrote them; of several with one name, all values joined with commas."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Tls:
    """How the server's certificate is checked."""

    ca: Path | None = None
    """A file of PEM certificates to trust instead of the system's."""
    verify: bool = True
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2

    def context(self) -> ssl.SSLContext:
        """Raises `PartMissing` when the file of certificates cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise PartMissing(f"no certificates can be read from {self.ca}: {error}") from error
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.minimum_version = self.minimum
        return context


class Transport:
    """One device's connections. `close` it."""

    def __init__(
        self,
        recorder: Recorder | None = None,
        *,
        part: str = "server",
        connect_seconds: float = 5.0,
        read_seconds: float = 20.0,
        max_answer: int = MAX_ANSWER,
        tls: Tls | None = None,
    ) -> None:
        """Times are real ones, whatever the scenario's clock does; ``read_seconds`` bounds the whole answer."""
        self._recorder = recorder
        self._part = part
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._max_answer = max_answer
        if tls is not None and not tls.verify:
            # Whoever switched the check off knows that it is off.
            urllib3.disable_warnings(broken.InsecureRequestWarning)
        self._pool = urllib3.PoolManager(retries=False, ssl_context=(tls or Tls()).context())

    def close(self) -> None:
        """Let go of open connections."""
        self._pool.clear()

    def exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """POST ``body`` and return the answer, whatever its status. Raises `TransportFailed`."""
        _check(url)
        self._record_request(url, headers, body)
        try:
            answer = self._exchange(url, headers, body)
        except TransportFailed as failure:
            if self._recorder is not None:
                self._recorder.record(self._part, "http", "in", f"no answer: {failure}", url=url)
            raise
        self._record_answer(url, answer)
        return answer

    def _exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        deadline = time.monotonic() + self._read_seconds
        try:
            response = self._pool.request(
                "POST",
                url,
                body=body,
                headers=dict(headers),
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=self._connect_seconds, read=self._read_seconds),
            )
            try:
                received = self._read(response, url, deadline)
            except BaseException:
                response.close()  # half read: of no use to the next request
                raise
            response.release_conn()
        except broken.HTTPError as error:
            raise TransportFailed(f"no answer from {_host(url)}: {_because(error)}", hint=_hint(error)) from error
        except (OSError, ValueError) as error:
            # What urllib3 lets through: a header that cannot be written, a socket that fails in between.
            raise TransportFailed(f"no answer from {_host(url)}: {error}") from error
        content_type = response.headers.get("Content-Type")
        return HttpAnswer(response.status, content_type, dict(response.headers.items()), received)

    def _read(self, response: urllib3.BaseHTTPResponse, url: str, deadline: float) -> bytes:
        """The answer's body, chunked or not; a compressed one is counted as it unfolds."""
        received = bytearray()
        for chunk in response.stream(_CHUNK):
            received += chunk
            if len(received) > self._max_answer:
                raise TransportFailed(f"the answer of {_host(url)} is larger than {self._max_answer} bytes")
            if time.monotonic() > deadline:
                raise TransportFailed(
                    f"the answer of {_host(url)} was not complete after {self._read_seconds:g} s"
                )
        return bytes(received)

    def _record_request(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        if self._recorder is None:
            return
        text = f"POST {url}, {len(body)} bytes"
        self._recorder.record(self._part, "http", "out", text, body, method="POST", url=url, headers=dict(headers))
        content_type = next((v for k, v in headers.items() if k.lower() == "content-type"), None)
        self._record_message("out", content_type, body)

    def _record_answer(self, url: str, answer: HttpAnswer) -> None:
        if self._recorder is None:
            return
        text = f"HTTP {answer.status}, {len(answer.body)} bytes"
        self._recorder.record(
            self._part,
            "http",
            "in",
            text,
            answer.body,
            url=url,
            status=answer.status,
            headers=dict(answer.headers),
        )
        if answer.status == 200:
            self._record_message("in", answer.content_type, answer.body)

    def _record_message(self, way: Way, content_type: str | None, body: bytes) -> None:
        """The DM message inside, when there is one: what is none has been recorded as it came."""
        if self._recorder is None or not body:
            return
        try:
            message, encoding = decode(body, content_type)
        except CodecError:
            return
        self._recorder.record(
            self._part, "dm", way, summary(message, way), encoding=encoding.name, message=as_json(message)
        )


def _check(url: str) -> None:
    """Raises `TransportFailed` for an address that no HTTP request can go to: it comes from an account."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise TransportFailed(
            f"{url[:200]!r} is no address of a server",
            hint="the account's address begins with http:// or https://",
        )


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (broken.SSLError, "TLS failed"),
    (broken.NameResolutionError, "its name is not known"),
    (ConnectionRefusedError, "it refused the connection"),
    (broken.NewConnectionError, "no connection could be made"),
    (broken.ConnectTimeoutError, "it did not take the connection in time"),
    (broken.ReadTimeoutError, "it did not answer in time"),
    (broken.InvalidChunkLength, "the chunks of the answer are damaged"),
    (broken.IncompleteRead, "the connection ended in the middle of the answer"),
    (broken.DecodeError, "the answer's compression is damaged"),
    (broken.LocationValueError, "the address is damaged"),
    (broken.ProtocolError, "the connection was dropped"),
)
"""The first that fits. To urllib3 an unknown name is a kind of failed connection, and that a kind of time-out."""


def _because(error: Exception) -> str:
    """Why, in words. urllib3 wraps errors in others, as arguments or causes: the table looks at all of them."""
    layers = [error, *(a for a in error.args if isinstance(a, BaseException)), error.__cause__]
    fitting = (reason for kind, reason in _REASONS if any(isinstance(layer, kind) for layer in layers))
    reason = next(fitting, "the exchange failed")
    details = [detail for layer in layers if (detail := _detail(layer))]
    return f"{reason} ({details[-1]})" if details else reason


def _detail(error: BaseException | None) -> str:
    """What the operating system or the TLS library said."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ConnectionRefusedError):
        return ""  # says no more than the reason
    return error.strerror or "" if isinstance(error, OSError) else ""


def _hint(error: Exception) -> str | None:
    if isinstance(error, broken.SSLError):
        return "is the server's certificate signed by an authority that is trusted here?"
    if isinstance(error, broken.NameResolutionError):
        return "is the host's name right, and does this machine reach a name server?"
    if isinstance(error, broken.NewConnectionError):
        return (
            "is the server running, and is the port right? For a card or account with a fixed address, give the "
            "rig's server that port (server: {kind: builtin, port: ...}); a card image can say ${server.url}"
        )
    return None
