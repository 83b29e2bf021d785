"""The device's transport meets servers that ask for credentials, that lie, or that are slow with TLS."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from hil.http.settings import HttpSettings
from hil.http.transport import ATTEMPTS, HttpAnswer, Transport, TransportFailed
from hil.server.app import create_app
from hil.server.engine import Reply
from hil.server.host import Host
from hil.server.login import LoginGate
from hil.tls.authority import Authority
from hil.tls.context import server_context
from hil.tls.settings import ClientTls, ServerTls
from hil.trace.recorder import Recorder
from simulator.http.guard import Guard, Scheme
from simulator.http.login import DIGEST, Login

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BODY = b"x" * 5000


def echo(body: bytes, content_type: str | None, headers: Mapping[str, str], path: str) -> Reply:
    chunked = headers.get("Transfer-Encoding", "")
    return Reply(200, "a/b", body[::-1] + chunked.encode())


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    host = Host(app)
    host.start()
    try:
        yield host.url
    finally:
        host.stop()


def gate(app: WSGIApplication, **options: object) -> LoginGate:
    guard = Guard({"user": "password"}, Scheme.DIGEST, random=Random(1).randbytes, **options)  # type: ignore[arg-type]
    return LoginGate(app, guard, lambda: NOW)


def login(password: str = "password") -> Login:
    return Login(DIGEST, "user", password, random=Random(2).randbytes)


@contextmanager
def transport(settings: HttpSettings | None = None, requests: list[str] | None = None) -> Iterator[Transport]:
    recorder = Recorder(lambda: NOW)
    seen = [] if requests is None else requests
    recorder.subscribe(lambda record: seen.append(record.text) if record.way == "out" else None)
    made = Transport(recorder, settings=settings, read_seconds=10)
    try:
        yield made
    finally:
        made.close()


def post(transport: Transport, url: str, login: Login | None) -> HttpAnswer:
    return transport.exchange(url, {"Content-Type": "a/b"}, BODY, login=login)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_challenge_is_answered_with_the_whole_body_again(chunked: bool) -> None:
    requests: list[str] = []
    with served(gate(create_app(echo))) as url, transport(HttpSettings(chunked=chunked), requests) as device:
        who = login()
        for _ in range(2):
            assert post(device, url, who).body == BODY[::-1] + (b"chunked" if chunked else b"")
        assert post(device, url, None).status == 401
    # Asked once, then known; and once without credentials.
    assert len(requests) == 4


def test_a_stale_nonce_costs_one_more_request() -> None:
    requests: list[str] = []
    with served(gate(create_app(echo), nonce_uses=1)) as url, transport(requests=requests) as device:
        who = login()
        assert [post(device, url, who).status for _ in range(3)] == [200] * 3
    assert len(requests) == 6


def test_a_wrong_password() -> None:
    with (
        served(gate(create_app(echo))) as url,
        transport() as device,
        pytest.raises(TransportFailed, match="HTTP 401: the server refuses the credentials of 'user'"),
    ):
        post(device, url, login("other"))


def test_a_server_that_never_has_enough() -> None:
    """Each of its nonces is stale at once."""
    requests: list[str] = []
    refuse = Reply(401, "a/b", b"", {"WWW-Authenticate": 'Digest realm="x", nonce="n", qop="auth", stale=true'})
    with (
        served(create_app(lambda *_: refuse)) as url,
        transport(requests=requests) as device,
        pytest.raises(TransportFailed, match=f"asked for credentials {ATTEMPTS} times"),
    ):
        post(device, url, login())
    assert len(requests) == ATTEMPTS


def test_a_server_that_does_not_know_the_password() -> None:
    def lie(body: bytes, content_type: str | None, headers: Mapping[str, str], path: str) -> Reply:
        if "Authorization" not in headers:
            return Reply(401, "a/b", b"", {"WWW-Authenticate": 'Digest realm="x", nonce="n", qop="auth"'})
        return Reply(200, "a/b", b"trust me", {"Authentication-Info": f'rspauth="{"0" * 32}"'})

    with (
        served(create_app(lie)) as url,
        transport() as device,
        pytest.raises(TransportFailed, match="does not prove that it knows the password"),
    ):
        post(device, url, login())


def test_one_slow_handshake_keeps_nobody_waiting() -> None:
    with Authority() as authority:
        issued = authority.server(["127.0.0.1"])
        tls = server_context(ServerTls(certificate=issued.certificate, key=issued.key))
        notes: list[str] = []
        host = Host(create_app(echo), tls=tls, told=notes.append)
        host.start()
        try:
            with (
                socket.create_connection(("127.0.0.1", host.port)),
                transport(HttpSettings(tls=ClientTls(ca=authority.ca))) as device,
            ):
                assert post(device, host.url, None).status == 200
                assert not host.quiet()
        finally:
            host.stop()
    assert len(notes) <= 1


def test_a_run_without_tls_loads_no_cryptography() -> None:
    look = "import hil.server.part, hil.device.simulated, hil.steps, sys; print('cryptography' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "False"
