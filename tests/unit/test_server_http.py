"""Flask around the engine, served on loopback, with a device's transport at the other end; and its faults."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hil.errors import PartMissing
from hil.http.settings import HttpSettings
from hil.http.transport import Transport, TransportFailed
from hil.server.app import create_app
from hil.server.commands import commands
from hil.server.engine import DmServer, Reply
from hil.server.faults import Fault
from hil.server.front import Front
from hil.server.host import Host
from hil.server.settings import ANY_DEVICE, Credentials, DeviceAccount, ServerSettings
from hil.server.store import MemoryStore
from hil.server.transitions import Outcome
from hil.tls.settings import ClientTls
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from simulator.codes import mime
from simulator.syncml.encoding import Encoding
from tests.dm_client import (
    FIRST_NONCE,
    FIRST_SERVER_NONCE,
    PASSWORD,
    SERVER,
    SERVER_PASSWORD,
    USER,
    Client,
    codes,
    md5_cred,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEADERS = {"Content-Type": mime.DM_WBXML, "User-Agent": "test"}


def echo(body: bytes, content_type: str | None, headers: Mapping[str, str] | None = None, path: str = "") -> Reply:
    return Reply(200, content_type or "none/given", body[::-1], {"Cache-Control": "private"})


# The application by itself


def test_post_reaches_the_server_and_comes_back() -> None:
    answer = create_app(echo).test_client().post("/dm", data=b"abc", content_type="a/b; c=d")
    assert (answer.status_code, answer.data, answer.content_type) == (200, b"cba", "a/b; c=d")
    assert answer.headers["Cache-Control"] == "private"
    assert answer.headers["Content-Length"] == "3"


@pytest.mark.parametrize("path", ["/", "/dm", "/some/where?x=1"])
def test_every_path_will_do(path: str) -> None:
    assert create_app(echo).test_client().post(path, data=b"x").status_code == 200


def test_only_post() -> None:
    answer = create_app(echo).test_client().get("/dm")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert b"POST" in answer.data


def test_a_body_has_a_largest_size() -> None:
    client = create_app(echo, max_body=10).test_client()
    assert client.post("/dm", data=b"x" * 10).status_code == 200
    answer = client.post("/dm", data=b"x" * 11)
    assert (answer.status_code, answer.data) == (413, b"a request has at most 10 bytes\n")


# Over loopback


class Bed:
    def __init__(self) -> None:
        self.records: list[Record] = []
        self.failures: list[Exception] = []
        self.recorder = Recorder(lambda: NOW)
        self.recorder.subscribe(self.records.append)
        account = DeviceAccount(
            client=Credentials(USER, PASSWORD, nonce=FIRST_NONCE),
            server=Credentials(SERVER, SERVER_PASSWORD, nonce=FIRST_SERVER_NONCE),
        )
        self.server = DmServer(ServerSettings(), MemoryStore({ANY_DEVICE: account}), random=os.urandom)
        self.front = Front(self.server, now=lambda: NOW, failed=self.failures.append)
        self.transport = Transport(self.recorder, read_seconds=5)

    def post(self, body: bytes, content_type: str) -> tuple[int, str | None, bytes]:
        answer = self.transport.exchange(self.front.host.url, {"Content-Type": content_type}, body)
        return answer.status, answer.content_type, answer.body


@pytest.fixture
def bed() -> Iterator[Bed]:
    bed = Bed()
    bed.front.host.start()
    try:
        yield bed
    finally:
        bed.transport.close()
        bed.front.host.stop()


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_session_over_http(bed: Bed, encoding: Encoding) -> None:
    batch = bed.server.queue(commands({"get": "./DevInfo/Man"}, {"exec": "./X"}))
    client = Client(bed.post, encoding=encoding)
    client.begin()
    client.begin(cred=md5_cred(client.nonce))
    client.answer(values={"./DevInfo/Man": "dmrig"})
    client.answer()
    assert [(a.status, a.value) for a in batch.answers] == [(200, "dmrig"), (200, None)]
    assert bed.server.sessions[-1].outcome is Outcome.FINISHED
    assert bed.front.host.quiet()


def test_what_the_trace_shows(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./DevInfo/Man"}))
    client = Client(bed.post)
    client.begin(cred=md5_cred(FIRST_NONCE))
    client.answer(values={"./DevInfo/Man": "dmrig"})
    seen = [(r.part, r.kind, r.way) for r in bed.records]
    assert seen == [("server", kind, way) for _ in range(2) for way in ("out", "in") for kind in ("http", "dm")]
    assert [r.text for r in bed.records if r.kind == "dm"] == [
        "package 1: Alert 1201, Replace ×5",
        "package 2: header 212, Status 200 ×2, Get ./DevInfo/Man",
        "package 3: header 212, Status 200, Results ./DevInfo/Man",
        "package 4: header 212",
    ]
    request, message = bed.records[0], bed.records[1]
    assert (request.fields["method"], request.fields["url"]) == ("POST", bed.front.host.url)
    assert request.data
    assert message.fields["encoding"] == "WBXML"
    tree = message.fields["message"]
    assert isinstance(tree, dict)
    assert tree["sync_hdr"]["session_id"] == "1"  # type: ignore[index, call-overload]
    assert bed.records[2].fields["status"] == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [(b"\x03\x01", mime.DM_WBXML, 400), (b"", mime.DM_WBXML, 400), (b"x", "text/html", 415)],
)
def test_what_is_no_message_is_refused(bed: Bed, body: bytes, content_type: str, status: int) -> None:
    answered, said, sentence = bed.post(body, content_type)
    assert (answered, said) == (status, "text/plain; charset=utf-8")
    assert sentence.endswith(b"\n")
    # Such an answer is an answer; in the trace it is no DM message.
    assert [r.kind for r in bed.records] == ["http", "http"]


def test_a_chunked_request(bed: Bed) -> None:
    client = Client(bed.post)
    body = _first_package(client)
    with socket.create_connection((bed.front.host.host, bed.front.host.port), timeout=5) as line:
        head = (
            f"POST /dm HTTP/1.1\r\nHost: x\r\nContent-Type: {mime.DM_WBXML}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (body[:50], body[50:])) + b"0\r\n\r\n"
        line.sendall(head.encode() + chunks)
        answer = _all_of(line)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert mime.DM_WBXML.encode() in answer


def test_a_chunked_request_that_is_too_large() -> None:
    host = Host(create_app(echo, max_body=100))
    host.start()
    try:
        with socket.create_connection((host.host, host.port), timeout=5) as line:
            line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            line.sendall(b"40\r\n" + b"x" * 64 + b"\r\n" + b"40\r\n" + b"x" * 64 + b"\r\n0\r\n\r\n")
            line.shutdown(socket.SHUT_WR)
            assert _all_of(line).startswith(b"HTTP/1.1 413 ")
    finally:
        host.stop()


def test_http_1_0_without_keep_alive(bed: Bed) -> None:
    body = _first_package(Client(bed.post))
    with socket.create_connection((bed.front.host.host, bed.front.host.port), timeout=5) as line:
        line.sendall(b"POST /dm HTTP/1.0\r\nContent-Type: %s\r\n" % mime.DM_WBXML.encode())
        line.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        assert b" 200 OK\r\n" in _all_of(line)


@pytest.mark.parametrize(
    "octets", [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n", b"x" * 70000]
)
def test_what_is_no_http(bed: Bed, octets: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection((bed.front.host.host, bed.front.host.port), timeout=5) as line:
        try:
            line.sendall(octets)
            line.shutdown(socket.SHUT_WR)
            _all_of(line)
        except ConnectionError:
            pass
    # It still serves, and prints nothing.
    assert codes(Client(bed.post).begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"
    assert capfd.readouterr().err == ""


def test_a_device_that_hangs_up_in_the_middle(bed: Bed, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection((bed.front.host.host, bed.front.host.port), timeout=5) as line:
        line.sendall(b"POST /dm HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
    assert codes(Client(bed.post).begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"
    assert capfd.readouterr().err == ""


def test_a_bug_of_the_server_is_told_and_the_device_gets_a_500(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Reply:
        raise RuntimeError("oops")

    monkeypatch.setattr(bed.server, "receive", broken)
    assert bed.post(b"x", mime.DM_WBXML)[0] == 500
    assert [str(f) for f in bed.failures] == ["oops"]


def test_many_devices_at_once(bed: Bed) -> None:
    done: list[str] = []

    def one(number: int) -> None:
        client = Client(bed.post, device_id=f"IMEI:{number}")
        done.append(codes(client.begin(cred=md5_cred(FIRST_NONCE)))[0])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert done == ["212"] * 16


def test_stop_ends_an_open_connection_and_frees_the_port(bed: Bed) -> None:
    host = bed.front.host
    with socket.create_connection((host.host, host.port), timeout=5) as line:
        line.sendall(b"POST /dm HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
        host.stop()
        host.stop()
        assert _ends(line)
    Host(create_app(echo), port=host.port).start()


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        host = Host(create_app(echo), port=other.getsockname()[1])
        with pytest.raises(PartMissing, match=r"cannot listen on 127.0.0.1 port"):
            host.start()


# Faults


def test_http_500_and_back(bed: Bed) -> None:
    bed.front.fault(Fault.HTTP_500, 2)
    assert [bed.post(b"x", mime.DM_WBXML)[0] for _ in range(3)] == [500, 500, 400]
    assert not bed.server.sessions


def test_an_empty_body(bed: Bed) -> None:
    bed.front.fault(Fault.EMPTY)
    assert bed.post(b"x", mime.DM_WBXML)[::2] == (200, b"")


def test_a_dropped_connection(bed: Bed) -> None:
    bed.front.fault(Fault.DROP)
    with pytest.raises(TransportFailed, match="the connection was dropped"):
        bed.post(b"x", mime.DM_WBXML)
    assert bed.records[-1].text.startswith("no answer: ")
    assert not bed.server.sessions


def test_a_lost_reply_and_the_same_request_again(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    bed.front.fault(Fault.LOSE)
    client = Client(bed.post)
    message = client.message(cred=md5_cred(FIRST_NONCE))
    with pytest.raises(TransportFailed):
        client.send(message)
    assert len(bed.server.sessions) == 1
    # Without the memory of the last reply, the digest would be stale now.
    assert codes(client.send(message)) == ["212"]
    assert len(bed.server.sessions) == 1


# The transport against servers that are not ours


@contextmanager
def raw_server(serve: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """One connection, answered by ``serve`` after the request has been read."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def run() -> None:
            try:
                line, _ = listener.accept()
                with line if tls is None else tls.wrap_socket(line, server_side=True) as connection:
                    connection.settimeout(5)
                    _request_of(connection)
                    serve(connection)
            except OSError:
                return

        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


def exchange(port: int, scheme: str = "http", **settings: object) -> bytes:
    transport = Transport(None, **{"read_seconds": 2.0, **settings})  # type: ignore[arg-type]
    try:
        return transport.exchange(f"{scheme}://127.0.0.1:{port}/dm", HEADERS, b"hello").body
    finally:
        transport.close()


def says(*pieces: bytes) -> Callable[[socket.socket], None]:
    return lambda line: [line.sendall(piece) for piece in pieces] and None


def test_a_chunked_answer() -> None:
    with raw_server(
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n")
    ) as port:
        assert exchange(port) == b"abcde"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "the connection was dropped"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "the connection ended in the middle of the answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the chunks of the answer are damaged"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "compression is damaged"),
        (b"\x00\x01\x02\x03", "no answer from"),
        (b"SSH-2.0-x\r\n", "no answer from"),
    ],
)
def test_answers_that_are_none(answer: bytes, words: str) -> None:
    with raw_server(says(answer)) as port, pytest.raises(TransportFailed, match=words):
        exchange(port)


def test_an_answer_that_is_too_large() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n"
    with (
        raw_server(says(head, b"x" * 3000)) as port,
        pytest.raises(TransportFailed, match="larger than 1000 bytes"),
    ):
        exchange(port, max_answer=1000)


def test_a_compressed_answer_is_bounded_unfolded() -> None:
    import gzip

    bomb = gzip.compress(b"\0" * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with raw_server(says(head, bomb)) as port, pytest.raises(TransportFailed, match="larger than"):
        exchange(port)


def test_no_answer_in_time() -> None:
    with raw_server(lambda line: line.recv(1) and None) as port, pytest.raises(TransportFailed, match="in time"):
        exchange(port, read_seconds=0.2)


def test_a_redirect_is_an_answer() -> None:
    recorder = Recorder(lambda: NOW)
    transport = Transport(recorder)
    with raw_server(
        says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    ) as port:
        answer = transport.exchange(f"http://127.0.0.1:{port}/", HEADERS, b"hello")
    transport.close()
    assert answer.status == 302
    assert answer.headers["Location"] == "http://127.0.0.1:1/"


def test_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransportFailed) as failed:
        exchange(port)
    assert str(failed.value) == f"no answer from 127.0.0.1:{port}: it refused the connection"
    assert "is the server running" in (failed.value.hint or "")
    assert "${server.url}" in (failed.value.hint or "")


def test_no_way_to_the_server_is_not_called_a_refusal() -> None:
    transport = Transport(None)
    with pytest.raises(TransportFailed, match="no connection could be made"):
        transport.exchange("http://255.255.255.255/", HEADERS, b"x")


@pytest.mark.parametrize(
    "url", ["", "ftp://x/", "http://", "http://[::1", "http:///x", "http://x:99999/", "x" * 5000]
)
def test_an_address_that_is_none(url: str) -> None:
    transport = Transport(None)
    with pytest.raises(TransportFailed, match="is no address of a server"):
        transport.exchange(url, HEADERS, b"x")


def test_a_header_that_cannot_be_sent() -> None:
    with raw_server(says(b"")) as port:
        transport = Transport(None)
        with pytest.raises(TransportFailed):
            transport.exchange(f"http://127.0.0.1:{port}/", {"X": "a\r\nb"}, b"x")
        socket.create_connection(("127.0.0.1", port)).close()


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with the key and the certificate of 127.0.0.1, signed by itself."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_tls_with_a_certificate_that_is_trusted(certificate: Path, server_tls: ssl.SSLContext) -> None:
    with raw_server(says(OK), server_tls) as port:
        assert exchange(port, "https", settings=HttpSettings(tls=ClientTls(ca=certificate))) == b"ok"


def test_tls_is_verified_unless_told_otherwise(server_tls: ssl.SSLContext) -> None:
    with raw_server(says(OK), server_tls) as port, pytest.raises(TransportFailed, match="TLS failed") as failed:
        exchange(port, "https")
    assert "self-signed" in str(failed.value) or "self signed" in str(failed.value)
    with raw_server(says(OK), server_tls) as port:
        assert exchange(port, "https", settings=HttpSettings(tls=ClientTls(verify=False))) == b"ok"


def test_no_tls_at_the_other_end() -> None:
    with raw_server(says(OK)) as port, pytest.raises(TransportFailed, match="no answer from"):
        exchange(port, "https")


def test_certificates_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(PartMissing, match="no certificates"):
        Transport(None, settings=HttpSettings(tls=ClientTls(ca=tmp_path / "none.pem")))


# Helpers


def _first_package(client: Client) -> bytes:
    from simulator.syncml import message as dm
    from simulator.syncml.encoding import encode

    return encode(client.message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE)), Encoding.WBXML)


def _all_of(line: socket.socket) -> bytes:
    received = b""
    while piece := line.recv(65536):
        received += piece
    return received


def _request_of(line: socket.socket) -> bytes:
    """Head and body: what is left unread when a socket closes resets the connection."""
    received = b""
    while not received.endswith(b"hello"):
        piece = line.recv(65536)
        if not piece:
            break
        received += piece
        if received.startswith(b"\x16"):
            break  # a TLS handshake
    return received


def _ends(line: socket.socket) -> bool:
    try:
        return line.recv(65536) == b""
    except ConnectionError:
        return True
