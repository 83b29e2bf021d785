"""OpenSSL's own client and server at the other end of our TLS (DM HTTP Binding §5.4, DM Security §5.3)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.http.settings import HttpSettings
from hil.http.transport import Transport, TransportFailed
from hil.server.app import create_app
from hil.server.engine import Reply
from hil.server.host import Host
from hil.tls.authority import Authority, Issued
from hil.tls.context import server_context
from hil.tls.settings import ClientTls, ServerTls
from tests.peers import require

OLD = ["-cipher", "DEFAULT:@SECLEVEL=0"]
"""What OpenSSL's programs need for TLS 1.1."""


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture(scope="module")
def stranger() -> Iterator[Authority]:
    with Authority("somebody else's") as made:
        yield made


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Issued:
    return authority.server(["127.0.0.1", "localhost"])


# Our server


@contextmanager
def served(tls: ServerTls, told: list[str] | None = None) -> Iterator[Host]:
    notes: list[str] = [] if told is None else told
    app = create_app(lambda body, *_: Reply(200, "a/b", b"you said " + body))
    host = Host(app, tls=server_context(tls), told=notes.append)
    host.start()
    try:
        yield host
    finally:
        host.stop()


def s_client(host: Host, authority: Authority, *options: str) -> tuple[bool, str]:
    """Whether a request got its answer, and everything that was printed."""
    require("openssl")
    request = b"POST /dm HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
    verify = ["-verify_return_error", "-CAfile", str(authority.ca), "-verify_hostname", "localhost"]
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{host.port}", "-ign_eof", *verify, *options],
        input=request,
        capture_output=True,
        timeout=30,
        check=False,
    )
    printed = (done.stdout + done.stderr).decode("utf-8", "replace")
    return "you said hello" in printed, printed


@pytest.mark.parametrize(("option", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_the_server_speaks_what_is_sound(
    authority: Authority, certificate: Issued, option: str, version: str
) -> None:
    with served(ServerTls(certificate=certificate.certificate, key=certificate.key)) as host:
        answered, printed = s_client(host, authority, option)
    assert answered
    assert "Verify return code: 0 (ok)" in printed
    assert f"{version}, Cipher is" in printed
    assert "Server public key is 256 bit" in printed


def test_the_newest_is_taken(authority: Authority, certificate: Issued) -> None:
    with served(ServerTls(certificate=certificate.certificate, key=certificate.key, legacy=True)) as host:
        assert "TLSv1.3, Cipher is" in s_client(host, authority)[1]


def test_tls_11_only_for_those_who_ask_for_it(authority: Authority, certificate: Issued) -> None:
    own = {"certificate": certificate.certificate, "key": certificate.key}
    with served(ServerTls.model_validate(own)) as host:
        assert not s_client(host, authority, "-tls1_1", *OLD)[0]
    told: list[str] = []
    with served(ServerTls.model_validate({**own, "legacy": True}), told) as host:
        assert s_client(host, authority, "-tls1_1", *OLD)[0]
    assert told == ["a device came with TLSv1.1, which is broken"]


def test_a_certificate_of_the_client(authority: Authority, stranger: Authority, certificate: Issued) -> None:
    tls = ServerTls(
        certificate=certificate.certificate, key=certificate.key, clients="required", client_ca=authority.ca
    )
    known, unknown = authority.client("device"), stranger.client("device")
    with served(tls) as host:
        assert not s_client(host, authority)[0]
        assert not s_client(host, authority, "-cert", str(unknown.certificate), "-key", str(unknown.key))[0]
        assert s_client(host, authority, "-cert", str(known.certificate), "-key", str(known.key))[0]
    with served(tls.model_copy(update={"clients": "asked"})) as host:
        assert s_client(host, authority)[0]


def test_openssl_finds_nothing_wrong_with_our_certificates(authority: Authority, certificate: Issued) -> None:
    require("openssl")
    for issued, purpose in ((certificate, "sslserver"), (authority.client("device"), "sslclient")):
        command = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", str(authority.ca)]
        done = subprocess.run([*command, str(issued.certificate)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert issued.key.stat().st_mode & 0o077 == 0


# Our device


@contextmanager
def s_server(issued: Issued, *options: str) -> Iterator[str]:
    """``openssl s_server`` with its page about the connection; yields the URL."""
    require("openssl")
    own = ["-cert", str(issued.certificate), "-key", str(issued.key)]
    process = subprocess.Popen(
        ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", *own, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "s_server has ended"
            found = re.match(r"ACCEPT.*:(\d+)\s*$", line)
        yield f"https://127.0.0.1:{found[1]}/"
    finally:
        process.kill()
        process.communicate()


def get(url: str, tls: ClientTls) -> str:
    transport = Transport(settings=HttpSettings(tls=tls), read_seconds=10)
    try:
        return transport.get(url, {}).body.decode()
    finally:
        transport.close()


@pytest.mark.parametrize(("option", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_the_device_speaks_what_is_sound(
    authority: Authority, certificate: Issued, option: str, version: str
) -> None:
    with s_server(certificate, option) as url:
        assert f"New, {version}, Cipher is" in get(url, ClientTls(ca=authority.ca))
        assert "TLSv1.3" in get(url, ClientTls(ca=authority.ca)) or version == "TLSv1.2"


def test_the_device_speaks_tls_11_when_told_to(authority: Authority, certificate: Issued) -> None:
    with s_server(certificate, "-tls1_1", *OLD) as url:
        with pytest.raises(TransportFailed, match="TLS failed"):
            get(url, ClientTls(ca=authority.ca))
        assert "Protocol  : TLSv1.1" in get(url, ClientTls(ca=authority.ca, legacy=True))


def test_the_device_trusts_nobody_without_a_reason(
    authority: Authority, stranger: Authority, certificate: Issued
) -> None:
    with s_server(certificate) as url:
        for tls in (ClientTls(), ClientTls(ca=stranger.ca)):
            with pytest.raises(TransportFailed, match=r"TLS failed .*certificate"):
                get(url, tls)
        assert "Cipher is" in get(url, ClientTls(verify=False))
    with (
        s_server(authority.server(["other.invalid"])) as url,
        pytest.raises(TransportFailed, match=r"TLS failed .*mismatch"),
    ):
        get(url, ClientTls(ca=authority.ca))
    with (
        s_server(authority.server(["127.0.0.1"], expired=True)) as url,
        pytest.raises(TransportFailed, match=r"TLS failed .*expired"),
    ):
        get(url, ClientTls(ca=authority.ca))


def test_the_device_shows_its_certificate(authority: Authority, certificate: Issued, tmp_path: Path) -> None:
    own = authority.client("IMEI:004999010640000")
    with s_server(certificate, "-Verify", "1", "-verify_return_error", "-CAfile", str(authority.ca)) as url:
        with pytest.raises(TransportFailed, match="TLS failed"):
            get(url, ClientTls(ca=authority.ca))
        page = get(url, ClientTls(ca=authority.ca, certificate=own.certificate, key=own.key))
        assert "IMEI:004999010640000" in page
        both = tmp_path / "both.pem"
        both.write_bytes(own.certificate.read_bytes() + own.key.read_bytes())
        assert "IMEI:004999010640000" in get(url, ClientTls(ca=authority.ca, certificate=both))
