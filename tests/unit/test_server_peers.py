"""Real peers over the wire: HTTP/1.0, no User-Agent, SyncML's own media type, a connection for each message."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hil.server.commands import commands
from hil.server.engine import DmServer
from hil.server.front import Front
from hil.server.settings import ANY_DEVICE, Credentials, DeviceAccount, ServerSettings
from hil.server.store import MemoryStore
from hil.server.transitions import Outcome
from simulator.syncml.encoding import Encoding
from tests.dm_client import FIRST_NONCE, PASSWORD, USER, Client, codes, md5_cred

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SYNCML = "application/vnd.syncml+xml"


class Peer:
    """Writes HTTP by hand."""

    def __init__(self, version: str = "1.0") -> None:
        account = DeviceAccount(client=Credentials(USER, PASSWORD, nonce=FIRST_NONCE), server=None)
        self.server = DmServer(ServerSettings(), MemoryStore({ANY_DEVICE: account}), random=os.urandom)
        self.failures: list[Exception] = []
        self.front = Front(self.server, now=lambda: NOW, failed=self.failures.append)
        self.version = version
        self.connections = 0

    def post(self, body: bytes, content_type: str) -> tuple[int, str | None, bytes]:
        head = f"POST /dm HTTP/{self.version}\r\nContent-Type: {SYNCML}\r\nContent-Length: {len(body)}\r\n"
        head += "Host: x\r\nConnection: close\r\n" if self.version == "1.1" else ""
        with socket.create_connection(("127.0.0.1", self.front.host.port), timeout=10) as connection:
            self.connections += 1
            connection.sendall(head.encode() + b"\r\n" + body)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        before, _, content = answer.partition(b"\r\n\r\n")
        lines = before.decode().split("\r\n")
        kind = next((line.split(": ")[1] for line in lines if line.lower().startswith("content-type")), None)
        return int(lines[0].split()[1]), kind, content


@pytest.fixture(params=["1.0", "1.1"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    peer = Peer(request.param)
    peer.front.host.start()
    try:
        yield peer
    finally:
        peer.front.host.stop()


def test_a_session(peer: Peer) -> None:
    batch = peer.server.queue(commands({"get": "./DevInfo/Man"}))
    client = Client(peer.post, encoding=Encoding.XML, session_id="0")
    assert codes(client.begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"
    client.answer(values={"./DevInfo/Man": "dmrig"})
    assert batch.answers[0].value == "dmrig"
    assert peer.connections == 2
    assert peer.failures == []
    (session,) = peer.server.sessions
    assert session.outcome is Outcome.FINISHED
    noted = "; ".join(map(str, session.notes))
    for words in ("no User-Agent", "no Accept header", f"media type is '{SYNCML}'", "SessionID '0'"):
        assert noted.count(words) == 1


def test_one_that_does_not_come_back(peer: Peer) -> None:
    batch = peer.server.queue(commands({"get": "./DevInfo/Man"}))
    Client(peer.post, encoding=Encoding.XML).begin(cred=md5_cred(FIRST_NONCE))
    peer.server.expire(NOW + peer.server.settings.session_timeout)
    assert peer.server.sessions[0].outcome is Outcome.ABANDONED
    assert "did not come back" in batch.answers[0].note
