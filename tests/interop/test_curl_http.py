"""curl as the device's HTTP: credentials of HTTP itself, chunks, TLS (DM HTTP Binding §5.3, §5.4)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hil.server.app import create_app
from hil.server.engine import Reply
from hil.server.host import Host
from hil.server.login import LoginGate
from hil.server.offer import Offer
from hil.tls.authority import Authority
from hil.tls.context import server_context
from hil.tls.settings import ServerTls
from simulator.http.digest import Algorithm
from simulator.http.guard import Guard, Scheme
from tests.peers import require

USER, PASSWORD = 'Jürgen "the device"', "pass:wörd"
BODY = bytes(range(256)) * 20


def echo(body: bytes, content_type: str | None, headers: Mapping[str, str], path: str) -> Reply:
    return Reply(200, content_type or "none/given", body[::-1], {"Cache-Control": "private"})


@contextmanager
def served(guard: Guard | None = None, tls: ServerTls | None = None, *, chunked: bool = False) -> Iterator[str]:
    app = create_app(echo, chunked=chunked, offer=lambda: Offer(b"a bootstrap"))
    gated = app if guard is None else LoginGate(app, guard, lambda: datetime.now(UTC))
    host = Host(gated, tls=None if tls is None else server_context(tls))
    host.start()
    try:
        yield host.url
    finally:
        host.stop()


def guard(scheme: Scheme, *algorithms: Algorithm, uses: int = 100, next_nonce: bool = False) -> Guard:
    return Guard(
        {USER: PASSWORD},
        scheme,
        random=os.urandom,
        algorithms=algorithms or (Algorithm.SHA256, Algorithm.MD5),
        nonce_uses=uses,
        nonce_lifetime=timedelta(minutes=1),
        next_nonce=next_nonce,
    )


def curl(*arguments: str, body: bytes | None = BODY) -> tuple[str, bytes]:
    """The answers' status codes, and the last one's body."""
    require("curl")
    data = [] if body is None else ["--data-binary", "@-", "-H", "Content-Type: a/b"]
    command = ["curl", "--silent", "--max-time", "20", "--write-out", "%{stderr}%{http_code} ", *data, *arguments]
    done = subprocess.run(command, input=body, capture_output=True, timeout=30, check=False)
    return done.stderr.decode().strip(), done.stdout


def test_basic() -> None:
    with served(guard(Scheme.BASIC)) as url:
        assert curl("--basic", "-u", f"{USER}:{PASSWORD}", url) == ("200", BODY[::-1])
        assert curl("--basic", "-u", f"{USER}:wrong", url)[0] == "401"
        assert curl(url)[0] == "401"


@pytest.mark.parametrize("algorithm", [Algorithm.SHA256, Algorithm.MD5])
@pytest.mark.parametrize("next_nonce", [False, True])
def test_digest(algorithm: Algorithm, next_nonce: bool) -> None:
    with served(guard(Scheme.DIGEST, algorithm, next_nonce=next_nonce)) as url:
        code, answer = curl("--digest", "-u", f"{USER}:{PASSWORD}", f"{url}/some?where=x&y")
        assert (code, answer) == ("200", BODY[::-1])
        assert curl("--digest", "-u", f"{USER}:wrong", url)[0] == "401"
        assert curl("--digest", "-u", f"nobody:{PASSWORD}", url)[0] == "401"


def test_digest_with_both_algorithms_and_a_nonce_for_one_request() -> None:
    """curl uses a nonce again for the next address of one call: here each time it is stale by then."""
    with served(guard(Scheme.DIGEST, uses=1)) as url:
        codes, _ = curl("--digest", "-u", f"{USER}:{PASSWORD}", url, url, url)
        assert codes.split() == ["200"] * 3


def test_curl_picks_from_any_offer() -> None:
    for scheme in Scheme:
        with served(guard(scheme)) as url:
            assert curl("--anyauth", "-u", f"{USER}:{PASSWORD}", url)[0] == "200"


def test_a_bootstrap_needs_no_credentials() -> None:
    with served(guard(Scheme.DIGEST)) as url:
        root = url.removesuffix("/dm")
        assert curl(f"{root}/bootstrap", body=None) == ("200", b"a bootstrap")
        assert curl(f"{root}/OMA/DM/Bootstrap.xml", body=None) == ("200", b"a bootstrap")
        assert curl(url, body=None)[0] == "405"


def test_chunks_both_ways() -> None:
    with served(guard(Scheme.DIGEST), chunked=True) as url:
        assert curl("-H", "Transfer-Encoding: chunked", "--digest", "-u", f"{USER}:{PASSWORD}", url) == (
            "200",
            BODY[::-1],
        )
        _, head = curl("--digest", "-u", f"{USER}:{PASSWORD}", "--dump-header", "-", "--output", os.devnull, url)
        assert b"transfer-encoding: chunked" in head.lower()
        assert b"content-length" not in head.lower().rpartition(b"200 ok")[2]


def test_over_tls(tmp_path: Path) -> None:
    with Authority() as authority:
        issued = authority.server(["127.0.0.1"])
        tls = ServerTls(certificate=issued.certificate, key=issued.key)
        with served(guard(Scheme.DIGEST), tls) as url:
            user = ("--digest", "-u", f"{USER}:{PASSWORD}")
            assert curl(*user, "--cacert", str(authority.ca), url) == ("200", BODY[::-1])
            assert curl(*user, url)[0] == "000"
