"""The card's web server without anything that carries its octets: HTTP, TLS, and what is none of both."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.card.scws.connection import LONGEST_BODY, LONGEST_HEAD, Connection
from hil.card.scws.site import Page, site
from hil.card.scws.web import WebServer
from hil.tls.run import RunCertificates
from simulator.codes import mime
from tests.scws import MESSAGE, PATH, card

SITE = site(Page(mime.DM_WBXML, MESSAGE))


def said(octets: bytes, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """An HTTP answer, taken apart by h11."""
    if not octets:
        return 0, {}, b""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    client.send(h11.EndOfMessage())
    client.receive_data(octets)
    client.receive_data(b"")
    status, headers, body = 0, {}, b""
    while True:
        match client.next_event():
            case h11.Response() as answer:
                status = answer.status_code
                headers = {name.decode().lower(): value.decode() for name, value in answer.headers}
            case h11.Data() as data:
                body += bytes(data.data)
            case _:
                return status, headers, body


def ask(request: bytes, connection: Connection | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = connection or Connection(SITE, None)
    connection.receive(request)
    return said(connection.take(100_000), "HEAD" if request.startswith(b"HEAD") else "GET")


def get(target: str = PATH, method: str = "GET", headers: str = "") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:4116\r\n{headers}\r\n".encode()


def test_the_bootstrap() -> None:
    status, headers, body = ask(get())
    assert (status, body) == (200, MESSAGE)
    assert headers["content-type"] == "application/vnd.syncml.dm+wbxml"
    assert headers["connection"] == "close"
    assert headers["content-length"] == str(len(MESSAGE))


def test_its_head_only() -> None:
    status, headers, body = ask(get(method="HEAD"))
    assert (status, body, headers["content-length"]) == (200, b"", str(len(MESSAGE)))


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/", 200),
        (f"https://127.0.0.1:4116{PATH}", 200),
        (f"HTTP://localhost{PATH}", 200),
        ("https://127.0.0.1:4116", 200),
        (f"{PATH}?", 404),
        (f"{PATH}?imei=1", 404),
        (PATH.lower(), 404),
        (PATH.upper(), 404),
        ("/oma/DM/Bootstrap.xml", 404),
        (f"/{PATH}", 404),
        (f"{PATH}/", 404),
        (f"/x/..{PATH}", 404),
        ("/OMA/DM/Bootstrap%2Exml", 404),
        ("*", 404),
    ],
)
def test_addresses(target: str, status: int) -> None:
    assert ask(get(target))[0] == status


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_pages_are_for_reading(method: str) -> None:
    status, headers, _ = ask(get(method=method, headers="Content-Length: 3\r\n") + b"abc")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_an_unknown_method() -> None:
    assert ask(get(method="FETCH"))[0] == 501


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET " + PATH.encode() + b" HTTP/1.1\r\n\r\n", 400),
        (b"GET " + PATH.encode() + b"\r\n\r\n", 400),
        (b"GET /" + b"x" * LONGEST_HEAD, 431),
        (get(headers="Content-Length: -1\r\n"), 400),
        (get(method="POST", headers=f"Content-Length: {LONGEST_BODY + 1}\r\n") + b"x" * (LONGEST_BODY + 1), 413),
    ],
)
def test_what_is_no_request(request_: bytes, status: int) -> None:
    connection = Connection(SITE, None)
    assert ask(request_, connection)[0] == status
    assert connection.closing


def test_in_pieces_and_in_chunks() -> None:
    connection = Connection(SITE, None, chunked=True)
    for octet in get():
        assert not connection.closing
        connection.receive(bytes([octet]))
    octets = b"".join(iter(lambda: connection.take(7), b""))
    status, headers, body = said(octets)
    assert (status, body, headers["transfer-encoding"]) == (200, MESSAGE, "chunked")


def test_kept_alive() -> None:
    connection = Connection(SITE, None, keep_alive=True)
    for _ in range(3):
        assert ask(get(), connection)[2] == MESSAGE
        assert not connection.closing
    assert ask(get(headers="Connection: close\r\n"), connection)[0] == 200
    assert connection.closing
    assert ask(get(), connection)[0] == 0, "nothing more is taken"


def test_http_1_0() -> None:
    assert ask(b"GET " + PATH.encode() + b" HTTP/1.0\r\n\r\n")[2] == MESSAGE


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_whatever_comes_is_survived(pieces: list[bytes]) -> None:
    connection = Connection(SITE, None)
    for piece in pieces:
        connection.receive(piece)
    assert connection.pending >= 0


# -- TLS


@pytest.fixture(scope="module")
def certificates() -> Iterator[RunCertificates]:
    made = RunCertificates()
    yield made
    made.close()


def web(certificates: RunCertificates, **said: object) -> WebServer:
    made = card(certificates=certificates, **said).web  # type: ignore[arg-type]
    assert made is not None
    return made


class Client:
    """TLS over two buffers, in pieces as BIP carries them."""

    def __init__(self, context: ssl.SSLContext, connection: Connection, host: str, piece: int = 200) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=host)
        self._connection = connection
        self._piece = piece

    def carry(self) -> bool:
        """Whether anything was under way."""
        out = self._out.read()
        for at in range(0, len(out), self._piece):
            self._connection.receive(out[at : at + self._piece])
        back = b"".join(iter(lambda: self._connection.take(self._piece), b""))
        self._in.write(back)
        return bool(out or back)

    def get(self) -> bytes:
        """All that comes after a GET. Raises `ssl.SSLError`."""
        received = b""
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                assert self.carry(), "both sides wait"
        self.tls.write(get())
        while True:
            try:
                piece = self.tls.read(4096)
            except ssl.SSLWantReadError:
                if not self.carry():
                    return received
                continue
            except ssl.SSLZeroReturnError:
                return received
            if not piece:
                return received
            received += piece


def trusting(certificates: RunCertificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates.authority())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "localuicc"])
@pytest.mark.parametrize("piece", [1, 200])
def test_tls_inside(certificates: RunCertificates, host: str, piece: int) -> None:
    told: list[str] = []
    server = web(certificates, told=told.append)
    client = Client(trusting(certificates), server.connection(secure=True), host, piece)
    assert said(client.get())[2] == MESSAGE
    assert client.tls.version() == "TLSv1.2"
    assert told == [f"https GET {PATH}: 200"]


def test_the_newest_tls(certificates: RunCertificates) -> None:
    client = Client(trusting(certificates), web(certificates, tls="1.3").connection(secure=True), "localuicc")
    assert said(client.get())[0] == 200
    assert client.tls.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("faults", "scws", "says"),
    [
        ({"certificate": "other authority"}, {}, "certificate verify failed"),
        ({"certificate": "expired"}, {}, "certificate verify failed"),
        ({"certificate": "other name"}, {}, "certificate is not valid for '127.0.0.1'"),
        ({}, {"names": ["localhost"]}, "certificate is not valid for '127.0.0.1'"),
        ({"psk_only": True}, {}, "handshake failure"),
    ],
)
def test_tls_that_no_client_should_take(
    certificates: RunCertificates, faults: dict[str, object], scws: dict[str, object], says: str
) -> None:
    connection = web(certificates, faults=faults, **scws).connection(secure=True)
    with pytest.raises(ssl.SSLError, match=says):
        Client(trusting(certificates), connection, "127.0.0.1").get()


def test_plain_http_at_the_port_for_tls(certificates: RunCertificates) -> None:
    told: list[str] = []
    server = web(certificates, told=told.append)
    connection = server.connection(secure=True)
    connection.receive(get())
    assert connection.closing
    assert told == ["TLS failed: http request"]


def test_over_plain_http_there_is_no_bootstrap(certificates: RunCertificates) -> None:
    assert ask(get(), web(certificates).connection(secure=False))[0] == 403
    assert ask(get("/"), web(certificates).connection(secure=False))[0] == 200
    assert ask(get(), web(certificates, plain="served").connection(secure=False))[2] == MESSAGE


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "body"),
    [
        ("not found", 404, "text/plain; charset=utf-8", None),
        ("http 500", 500, "text/plain; charset=utf-8", None),
        ("empty", 200, mime.DM_WBXML, b""),
        ("other type", 200, mime.OCTET_STREAM, MESSAGE),
    ],
)
def test_wrong_answers(
    certificates: RunCertificates, fault: str, status: int, content_type: str, body: bytes | None
) -> None:
    answer = ask(get(), web(certificates, plain="served", faults={"answer": fault}).connection(secure=False))
    assert (answer[0], answer[1]["content-type"]) == (status, content_type)
    assert body is None or answer[2] == body


def test_an_answer_that_is_cut_short(certificates: RunCertificates) -> None:
    connection = web(certificates, plain="served", faults={"answer": "truncated"}).connection(secure=False)
    connection.receive(get())
    assert connection.closing
    head, _, body = connection.take(100_000).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(MESSAGE)}".encode() in head
    assert body == MESSAGE[: len(MESSAGE) // 2]


def test_no_message_is_404(certificates: RunCertificates) -> None:
    assert ask(get(), web(certificates, message=None, plain="served").connection(secure=False))[0] == 404
