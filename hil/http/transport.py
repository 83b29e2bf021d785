"""A device's HTTP exchange with its server, on urllib3 (DM HTTP Binding §5.3).

One request, one answer, bounded in time and size; a challenge of HTTP (401) is answered where there are
credentials. Redirects are not followed: where a session goes on is for its RespURI to say. Everything that
urllib3 raises becomes `TransportFailed`.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from urllib3 import exceptions as broken
from urllib3.util import parse_url

from hil.errors import PartBroke
from hil.http.deadline import Deadline
from hil.http.record import ExchangeRecorder
from hil.http.settings import HttpSettings
from hil.http.trouble import because, hint, reset
from hil.limits import Limits, TimedOut
from hil.tls.context import client_context
from hil.tls.settings import WARNING
from hil.trace.record import Way
from hil.trace.recorder import Recorder
from simulator.errors import EncodeError
from simulator.http.login import Login

MAX_ANSWER = 1024 * 1024
SENT_CHUNK = 1024
"""Octets in each chunk of a chunked request: so few that a message of some size has several."""
_CHUNK = 64 * 1024

Address = tuple[str, int]
"""Host and port."""

UNAUTHORIZED = 401
ATTEMPTS = 3
"""Of one request: without credentials, with them, and once more when their nonce was stale."""


class TransportFailed(PartBroke):
    """There was no HTTP answer; the message says why. An answer with an error status is none of these."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    content_type: str | None
    headers: Mapping[str, str]
    """Names as the server wrote them; of several with one name, all values joined with commas."""
    body: bytes

    def header(self, name: str) -> str | None:
        """A header's value, by its name in any case."""
        return next((value for known, value in self.headers.items() if known.lower() == name.lower()), None)


Through = Callable[[bytes, Callable[[bytes], HttpAnswer]], HttpAnswer]
"""What stands between a client and the network: it is given a request's body, and what sends one."""


class Transport:
    """One device's connections. `close` it."""

    def __init__(
        self,
        recorder: Recorder | None = None,
        *,
        part: str = "server",
        requests: Way = "out",
        connect_seconds: float = 5.0,
        read_seconds: float = 20.0,
        max_answer: int = MAX_ANSWER,
        settings: HttpSettings | None = None,
        trusted: Path | None = None,
        through: Through | None = None,
        limits: Limits | None = None,
    ) -> None:
        """``part`` and ``requests`` are for the trace: whose seam is crossed, and which way, seen from the device.
        Times are real ones, whatever the scenario's clock does; ``read_seconds`` bounds the whole answer.

        ``trusted``: authorities to trust beside the system's, where the settings name none. ``through``: each
        exchange goes through it, in its time; it may raise what urllib3 raises. ``limits``: of the run; what one
        of them cuts short raises `TimedOut`, and no `TransportFailed` that a device lives with.
        """
        self._through = through or (lambda body, send: send(body))
        self._record = ExchangeRecorder(recorder, part, requests)
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._max_answer = max_answer
        self._settings = settings or HttpSettings()
        tls = self._settings.tls
        if not tls.verify:
            # Whoever switched the check off knows that it is off.
            urllib3.disable_warnings(broken.InsecureRequestWarning)
        if tls.legacy and recorder is not None:
            # Exchanges are told of as the server's; what the device itself allows is the device's.
            recorder.note(WARNING, part="device")
        context = client_context(tls, trusted=trusted)
        self._pool = urllib3.PoolManager(retries=False, ssl_context=context)
        self._limits = limits or Limits()
        self._deadline = Deadline(self._pool)
        _tell_of_handshakes(context, self._record, self._deadline)

    def close(self) -> None:
        """Let go of open connections."""
        self._pool.clear()

    def exchange(
        self, url: str, headers: Mapping[str, str], body: bytes, *, login: Login | None = None
    ) -> HttpAnswer:
        """POST ``body`` and return the answer, whatever its status. Raises `TransportFailed`.

        With ``login``, a 401 is answered with its credentials; one that they cannot help with is a failure, and so
        is a server that proves that it does not know the password.
        """
        return self._request("POST", url, headers, body, login)

    def get(
        self, url: str, headers: Mapping[str, str], *, at: Address | None = None, method: str = "GET"
    ) -> HttpAnswer:
        """GET, or another ``method`` without a body. Raises `TransportFailed`.

        ``at``: where the server is really reached, whatever the URL says; its certificate has to be the URL's.
        """
        _check(url)
        return self._once(method, url, headers, b"", at)

    def break_off(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """POST half of ``body``, then have the connection reset. Raises `TransportFailed` when there is none."""
        _check(url)
        self._record.request("POST", url, headers, body)
        begun = []

        def half() -> Iterator[bytes]:
            begun.append(url)
            yield body[: len(body) // 2]
            self._deadline.reset()
            raise reset()

        try:
            with self._in_time(url):
                self._send("POST", url, {**headers, "Content-Length": str(len(body))}, half())
        except TransportFailed as failure:
            self._record.failure(url, str(failure))
            if not begun:
                raise

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, login: Login | None
    ) -> HttpAnswer:
        _check(url)
        if login is None:
            return self._once(method, url, headers, body)
        target = parse_url(url).request_uri
        for _ in range(ATTEMPTS):
            try:
                authorization = login.authorization(method, target)
            except EncodeError as error:
                raise TransportFailed(f"the account's HTTP credentials cannot be sent: {error}") from error
            said = {**headers, "Authorization": authorization} if authorization is not None else headers
            answer = self._once(method, url, said, body)
            if answer.status != UNAUTHORIZED:
                wrong = login.answered(answer.header("Authentication-Info"))
                if wrong is not None:
                    raise TransportFailed(wrong)
                return answer
            hopeless = login.challenged(answer.header("WWW-Authenticate"))
            if hopeless is not None:
                raise TransportFailed(f"HTTP {UNAUTHORIZED}: {hopeless}")
        raise TransportFailed(f"HTTP {UNAUTHORIZED}: the server asked for credentials {ATTEMPTS} times")

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, at: Address | None = None
    ) -> HttpAnswer:
        chunked = self._settings.chunked and method == "POST"
        sent = {**headers, "Transfer-Encoding": "chunked"} if chunked else headers
        self._limits.check()
        self._record.request(method, url, sent, body)
        try:
            answer = self._exchange(method, url, headers, body, at, chunked=chunked)
        except (TransportFailed, TimedOut) as failure:
            self._record.failure(url, str(failure))
            raise
        self._record.answer(url, answer.status, answer.headers, answer.content_type, answer.body)
        return answer

    def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        at: Address | None,
        *,
        chunked: bool,
    ) -> HttpAnswer:
        def send(octets: bytes) -> HttpAnswer:
            return self._send(method, url, headers, _pieces(octets) if chunked else octets, at, chunked=chunked)

        with self._in_time(url):
            return self._through(body, send)

    @contextmanager
    def _in_time(self, url: str) -> Iterator[None]:
        """Within the block, no longer than the whole exchange may take; what goes wrong is a `TransportFailed`."""
        whole = self._limits.seconds(self._connect_seconds + self._read_seconds)
        try:
            with self._deadline.within(whole):
                yield
            self._refuse_late(url)
        except broken.HTTPError as error:
            self._refuse_late(url)
            raise TransportFailed(f"no answer from {_host(url)}: {because(error)}", hint=hint(error)) from error
        except (OSError, ValueError) as error:
            # What urllib3 lets through: a header that cannot be written, a socket that fails in between.
            self._refuse_late(url)
            raise TransportFailed(f"no answer from {_host(url)}: {error}") from error

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Iterator[bytes],
        at: Address | None = None,
        *,
        chunked: bool = False,
    ) -> HttpAnswer:
        self._limits.check()
        connect, read = map(self._limits.seconds, (self._connect_seconds, self._read_seconds))
        response = self._requests(url, at)(
            method,
            url if at is None else parse_url(url).request_uri,
            body=body if method == "POST" else None,
            headers=dict(headers) if at is None else {**headers, "Host": _host(url)},
            chunked=chunked,
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=connect, read=read),
        )
        try:
            received = self._read(response, url)
        except BaseException:
            response.close()  # half read: of no use to the next request
            raise
        response.release_conn()
        said = response.headers
        return HttpAnswer(response.status, said.get("Content-Type"), dict(said.items()), received)

    def _requests(self, url: str, at: Address | None) -> Callable[..., urllib3.BaseHTTPResponse]:
        """What makes requests: of the URL's host, or of another that stands for it."""
        if at is None:
            return self._pool.request
        parts = urlsplit(url)
        secure = {"server_hostname": parts.hostname} if parts.scheme == "https" else {}
        return self._pool.connection_from_host(*at, scheme=parts.scheme, pool_kwargs=secure).request

    def _refuse_late(self, url: str) -> None:
        """An answer without a length ends, to all appearance, where the connection was shut.

        Raises `TimedOut` when that was because of a limit of the run.
        """
        self._limits.check(f"{_host(url)} has not answered")
        if self._deadline.passed:
            raise TransportFailed(
                f"the answer of {_host(url)} was not complete after {self._deadline.seconds:g} s"
            )

    def _read(self, response: urllib3.BaseHTTPResponse, url: str) -> bytes:
        """The answer's body, chunked or not; a compressed one is counted as it unfolds."""
        received = bytearray()
        for chunk in response.stream(_CHUNK):
            received += chunk
            if len(received) > self._max_answer:
                raise TransportFailed(f"the answer of {_host(url)} is larger than {self._max_answer} bytes")
        return bytes(received)


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[at : at + SENT_CHUNK] for at in range(0, len(body), SENT_CHUNK))


def _tell_of_handshakes(context: ssl.SSLContext, record: ExchangeRecorder, deadline: Deadline) -> None:
    """What was agreed on is known to the socket alone, which urllib3 lets go of before the answer is read."""

    class Watched(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            deadline.watch(self)
            super().do_handshake(block)
            cipher = self.cipher()
            record.handshake(self.version() or "", cipher[0] if cipher else "")

    context.sslsocket_class = Watched


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
