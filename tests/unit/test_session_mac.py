"""auth-MAC in both directions: a header beside each message, 200 and a new nonce each time (DM Security §5.6)."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field, replace

import pytest

from simulator.objects.dmacc import Credential
from simulator.security import mac
from simulator.security.mac import Formula, Integrity
from simulator.session.client import ClientSession
from simulator.session.events import Ended, Event, Noted, Outcome, Send
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Chal, Cred, Meta, Status
from tests.unit.scripted_server import CLIENT, NOW, SERVER, ScriptedServer
from tests.unit.session_bench import ACCOUNT, a_session, a_tree, add, content, ended, get, nonces

HEADER = "x-syncml-hmac"
SIGNED = replace(
    ACCOUNT,
    client=Credential("HMAC", *CLIENT, b"client-1"),
    server=Credential("HMAC", *SERVER, b"server-1"),
)


def a_mac(algorithm: str, who: tuple[str, str], nonce: bytes, body: bytes) -> str:
    """B64(H(B64(H(user:password)):nonce:B64(H(body)))), written out once more."""

    def h(data: bytes) -> bytes:
        return hashlib.new(algorithm, data, usedforsecurity=False).digest()

    inner = base64.b64encode(h(":".join(who).encode())) + b":" + nonce + b":" + base64.b64encode(h(body))
    return base64.b64encode(h(inner)).decode()


@dataclass
class MacServer(ScriptedServer):
    """Proves each message by a MAC, and takes no other proof."""

    auth: str = "syncml:auth-MAC"
    accepts_with: str = "200"
    algorithm: str = "sha256"
    name: str = "SHA256"
    client_signs: bool = True
    tamper: bool = False
    omit_from: int = 99
    """Number of the first answer that has no header."""
    headers: dict[str, str] = field(default_factory=dict)
    signatures: list[str | None] = field(default_factory=list)
    """The headers of the client's messages."""
    _body: bytes = b""

    def exchange(self, send: Send) -> tuple[int, str, bytes]:
        self.signatures.append(send.headers.get(HEADER))
        self._body = send.body
        status, mime, body = super().exchange(send)
        self.headers = {"Content-Type": mime}
        if self._msg_id < self.omit_from:
            value = a_mac(self.algorithm, (SERVER[0], self.secret), self.server_nonce, body)
            self.headers["X-SyncML-HMAC"] = f'algorithm={self.name}, username="{SERVER[0]}", mac={value}'
        return status, mime, body + b"\0" if self.tamper else body

    def _client_status(self, cred: Cred | None) -> tuple[str, Chal | None]:
        if not self.client_signs:
            return super()._client_status(cred)
        assert cred is None, "a MAC is never a Cred"
        header = self.signatures[-1]
        assert self.client_nonce is not None
        good = False
        if header is not None:
            found = re.fullmatch(r'algorithm=(\S+), username="([^"]*)", mac=(\S+)', header)
            assert found is not None
            expected = a_mac(self.algorithm, CLIENT, self.client_nonce, self._body)
            good = found.groups() == (self.name, CLIENT[0], expected)
            assert self.messages[-1].sync_hdr.source.loc_name == CLIENT[0]
        self._nonces += 1
        self.client_nonce = f"client-new-{self._nonces}".encode()
        text = base64.b64encode(self.client_nonce).decode()
        code = self.accepts_with if good else "407" if header is None else "401"
        return code, Chal(Meta(format="b64", type=self.auth, next_nonce=text))

    def _cred(self) -> Cred | None:
        return None


def drive(session: ClientSession, server: MacServer, *, most: int = 20) -> list[Event]:
    events = session.start(NOW)
    for _ in range(most):
        last = events[-1]
        if isinstance(last, Ended):
            return events
        assert isinstance(last, Send)
        status, mime, body = server.exchange(last)
        events += session.receive(status, mime, body, NOW, server.headers)
    raise AssertionError("the session does not end")


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize(
    ("algorithm", "name", "settings"),
    [
        ("sha256", "SHA256", SessionSettings()),
        ("md5", "MD5", SessionSettings(integrity=mac.MD5)),
        ("md5", "MD5", SessionSettings(ver_proto="DM/1.2")),
    ],
)
def test_every_message_is_signed_with_a_new_nonce(
    encoding: Encoding, algorithm: str, name: str, settings: SessionSettings
) -> None:
    tree = a_tree(SIGNED)
    server = MacServer(
        packages=[[get("./DevInfo/Man")], [add("./Shop/X", "x")]],
        algorithm=algorithm,
        name=name,
        speaks=settings.ver_proto,
        ver_proto=settings.ver_proto,
    )
    events = drive(a_session(tree, settings=replace(settings, encoding=encoding)), server)
    assert ended(events).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    assert None not in server.signatures
    assert len(set(server.signatures)) == len(server.messages) == 3
    assert [message.sync_hdr.cred for message in server.messages] == [None] * 3
    # The client answers each of the server's MACs with 200 and the nonce for the next one.
    for message in server.messages[1:]:
        status = message.sync_body.commands[0]
        assert isinstance(status, Status)
        assert status.data == "200"
        assert status.chal is not None
        assert (status.chal.meta.type, status.chal.meta.format) == ("syncml:auth-MAC", "b64")
        assert status.chal.meta.next_nonce
    assert tree.value("./Shop/X") == "x"
    assert nonces(tree) == (server.client_nonce, server.server_nonce)
    assert not [event for event in events if isinstance(event, Noted)]


def test_without_a_nonce_the_first_message_goes_bare_and_is_challenged() -> None:
    tree = a_tree(replace(SIGNED, client=Credential("HMAC", *CLIENT)))
    server = MacServer(packages=[[get("./DevInfo/Man")]])
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert [signature is None for signature in server.signatures] == [True, False, False]


def test_a_stale_nonce_costs_one_challenge() -> None:
    tree = a_tree(SIGNED)
    server = MacServer(packages=[[get("./DevInfo/Man")]], client_nonce=b"moved on")
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert len(server.messages) == 3


def test_a_wrong_secret() -> None:
    tree = a_tree(replace(SIGNED, client=Credential("HMAC", CLIENT[0], "other", b"client-1")))
    server = MacServer(packages=[[add("./Shop/X", "x")]])
    end = ended(drive(a_session(tree), server))
    assert end.outcome is Outcome.CLIENT_REFUSED
    assert len(server.messages) == 2
    assert not tree.exists("./Shop/X")


@pytest.mark.parametrize("first", [1, 2])
def test_a_missing_header_is_a_failed_authentication(first: int) -> None:
    """407 with a challenge; nothing is executed, also when earlier messages were good."""
    tree = a_tree(SIGNED)
    server = MacServer(packages=[[add("./Shop/A", "a")], [add("./Shop/B", "b")], []], omit_from=first)
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.SERVER_REFUSED
    assert tree.exists("./Shop/A") == (first == 2)
    assert not tree.exists("./Shop/B")
    assert server.codes(first)[0] == "407"


def test_a_tampered_body() -> None:
    tree = a_tree(SIGNED)
    before = content(tree)
    server = MacServer(packages=[[add("./Shop/A", "a")]] * 4, encoding=Encoding.XML, tamper=True)
    events = drive(a_session(tree, settings=SessionSettings(encoding=Encoding.XML)), server)
    assert ended(events).outcome is Outcome.SERVER_REFUSED
    assert server.codes(1)[0] == "401"
    assert content(tree) == before


def test_the_server_guesses() -> None:
    tree = a_tree(SIGNED)
    server = MacServer(packages=[[add("./Shop/A", "a")]] * 4, secret="guessed")
    assert ended(drive(a_session(tree), server)).outcome is Outcome.SERVER_REFUSED
    assert not tree.exists("./Shop/A")


def test_without_a_nonce_the_servers_mac_proves_nothing() -> None:
    """It could be one overheard anywhere: the server is challenged first."""
    tree = a_tree(replace(SIGNED, server=Credential("HMAC", *SERVER)))
    server = MacServer(packages=[[add("./Shop/A", "a")], [add("./Shop/A", "a")]], server_nonce=b"")
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert server.codes(1) == ["401", "401"]
    assert tree.exists("./Shop/A")


def test_212_for_a_mac_is_not_for_the_session() -> None:
    """Once used, there is one on every message until the end."""
    tree = a_tree(SIGNED)
    server = MacServer(packages=[[get("./DevInfo/Man")], [get("./DevInfo/Mod")]], accepts_with="212")
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert None not in server.signatures
    assert any(isinstance(event, Noted) and "212" in event.text for event in events)


def test_the_server_takes_the_md5_of_dm_1_2() -> None:
    tree = a_tree(SIGNED)
    server = MacServer(packages=[[add("./Shop/A", "a")]], client_signs=False, client_nonce=None)
    server.algorithm, server.name = "md5", "MD5"
    strict = SessionSettings(integrity=Integrity(Formula.NESTED_SHA256, "SHA256", accept_md5=False))
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert tree.exists("./Shop/A")
    again = MacServer(packages=[[add("./Shop/B", "b")]] * 4, client_signs=False, client_nonce=None)
    again.algorithm, again.name, again.server_nonce = "md5", "MD5", server.server_nonce
    assert ended(drive(a_session(tree, settings=strict), again)).outcome is Outcome.SERVER_REFUSED


def test_a_server_may_ask_for_a_mac_instead_of_a_digest() -> None:
    """Neither gives the password away."""
    tree = a_tree(replace(ACCOUNT, client=Credential("DIGEST", *CLIENT), server=None))
    server = MacServer(packages=[[get("./DevInfo/Man")]])
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert [signature is None for signature in server.signatures] == [True, False, False]


def test_a_cred_where_a_mac_is_asked_for() -> None:
    """Another type than was asked for ends the session, right or wrong (DM Security §5.3)."""

    class Digest(MacServer):
        def _cred(self) -> Cred | None:
            return ScriptedServer._cred(self)

    tree = a_tree(replace(SIGNED, client=None))
    server = Digest(packages=[[add("./Shop/A", "a")]] * 3, client_nonce=None, client_signs=False, omit_from=0)
    end = ended(drive(a_session(tree), server))
    assert end.outcome is Outcome.SERVER_REFUSED
    assert "auth-md5" in end.reason
    assert not tree.exists("./Shop/A")
