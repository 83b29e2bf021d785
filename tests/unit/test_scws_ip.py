"""A card with an IP stack of its own, and a URL whose host stands somewhere else than its name says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.card.scws.ip import IpStack
from hil.http.settings import HttpSettings
from hil.http.transport import Transport, TransportFailed
from hil.tls.run import RunCertificates
from simulator.bootstrap.fetch import SCWS_IP_URL
from tests.scws import MESSAGE, PATH, card


@pytest.fixture(scope="module")
def certificates() -> Iterator[RunCertificates]:
    made = RunCertificates()
    yield made
    made.close()


def served(certificates: RunCertificates, **said: object) -> IpStack:
    web = card(certificates=certificates, **said).web  # type: ignore[arg-type]
    assert web is not None
    return IpStack(web)


def get(url: str, at: tuple[str, int], ca: Path) -> tuple[int, bytes]:
    transport = Transport(settings=HttpSettings(), trusted=ca)
    try:
        answer = transport.get(url, {"Accept": "*/*"}, at=at)
    finally:
        transport.close()
    return answer.status, answer.body


def test_localuicc(certificates: RunCertificates) -> None:
    heard: list[str] = []
    stack = served(certificates, told=heard.append)
    try:
        for _ in range(2):
            assert get(SCWS_IP_URL, stack.address, certificates.authority()) == (200, MESSAGE)
        # The name in the URL is what the certificate is held against, not the place.
        with pytest.raises(TransportFailed, match=r"not valid for 'other\.example'"):
            get(f"https://other.example{PATH}", stack.address, certificates.authority())
    finally:
        stack.close()
    assert heard.count(f"https GET {PATH}: 200") == 2
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(stack.address, timeout=1)


def test_a_certificate_without_that_name(certificates: RunCertificates) -> None:
    stack = served(certificates, names=["localhost"])
    try:
        with pytest.raises(TransportFailed, match="not valid for 'localuicc'"):
            get(SCWS_IP_URL, stack.address, certificates.authority())
    finally:
        stack.close()


def test_the_host_header_is_the_urls(certificates: RunCertificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = Transport(read_seconds=0.3)
        with pytest.raises(TransportFailed):
            transport.get(f"http://localuicc:80{PATH}", {}, at=listener.getsockname())
        transport.close()
        client, _ = listener.accept()
        with client:
            head = client.recv(4096)
    assert head.startswith(f"GET {PATH} HTTP/1.1\r\n".encode())
    assert b"\r\nHost: localuicc:80\r\n" in head
    assert head.count(b"Host:") == 1


def test_clients_that_go(certificates: RunCertificates) -> None:
    stack = served(certificates)
    try:
        for said in (b"", b"\x16\x03", b"GET / HTTP/1.1\r\n\r\n"):
            with socket.create_connection(stack.address, timeout=5) as client:
                client.sendall(said)
        assert get(SCWS_IP_URL, stack.address, certificates.authority()) == (200, MESSAGE)
    finally:
        stack.close()
