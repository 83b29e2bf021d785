"""auth-MAC at the server: headers in and out, a nonce for each message (DM Security §5.6)."""

from __future__ import annotations

import base64
import hashlib

import pytest

from hil.server.commands import commands
from hil.server.engine import Reply
from hil.server.settings import Credentials, DeviceAccount, ServerSettings
from hil.server.transitions import Outcome
from simulator.security import mac, nonce
from simulator.security.credentials import AuthType
from simulator.security.mac import Formula, Integrity
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, decode, encode
from tests.dm_client import (
    DEVICE_ID,
    FIRST_NONCE,
    FIRST_SERVER_NONCE,
    PASSWORD,
    SERVER,
    SERVER_PASSWORD,
    USER,
    Client,
    codes,
    md5_cred,
    sent,
)
from tests.server_bed import Bed

SERVER_NONCE = b"the device's next"


class Sealed:
    """A device that seals its messages, and keeps the server's header."""

    def __init__(self, bed: Bed, integrity: Integrity = mac.SHA256, ver_proto: str = "DM/1.3") -> None:
        self.bed = bed
        self.integrity = integrity
        self.headers: dict[str, str] = {}
        self.reply: Reply | None = None
        self.password = PASSWORD
        self.sealing = True
        self.tamper = False
        self.client = Client(self._post)
        self.client.ver_proto = ver_proto

    def _post(self, body: bytes, content_type: str) -> tuple[int, str | None, bytes]:
        headers = {}
        if self.sealing:
            seal = mac.sign(USER, self.password, self.client.nonce, body, self.integrity)
            headers["X-SyncML-HMAC"] = seal
        if self.tamper:
            body = bytes([body[0] ^ 1]) + body[1:]
        self.reply = self.bed.server.receive(body, content_type, self.bed.now, headers)
        return self.reply.status, self.reply.content_type, self.reply.body


def bed(settings: ServerSettings | None = None, auth: AuthType = AuthType.MAC) -> Bed:
    account = DeviceAccount(
        client=Credentials(USER, PASSWORD, auth, FIRST_NONCE),
        server=Credentials(SERVER, SERVER_PASSWORD, auth, FIRST_SERVER_NONCE),
    )
    return Bed(settings, {DEVICE_ID: account})


def fresh(octets: bytes = SERVER_NONCE) -> dm.Chal:
    return dm.Chal(dm.Meta(format="b64", type=AuthType.MAC, next_nonce=nonce.to_text(octets)))


def nested(hash_: str, user: str, password: str, nonce_: bytes, body: bytes) -> str:
    """The formula written out: B64(H(B64(H(user:password)):nonce:B64(H(body))))."""

    def h(data: bytes) -> bytes:
        return hashlib.new(hash_, data, usedforsecurity=False).digest()

    inner = base64.b64encode(h(f"{user}:{password}".encode()))
    return base64.b64encode(h(inner + b":" + nonce_ + b":" + base64.b64encode(h(body)))).decode()


@pytest.mark.parametrize(
    ("ver_proto", "integrity", "hash_"), [("DM/1.3", mac.SHA256, "sha256"), ("DM/1.2", mac.MD5, "md5")]
)
def test_both_sides_seal_every_message(ver_proto: str, integrity: Integrity, hash_: str) -> None:
    here = bed()
    here.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    device = Sealed(here, integrity, ver_proto)
    reply = device.client.begin()
    expected = FIRST_SERVER_NONCE
    for octets in (b"one", b"two"):
        # 200, never 212: a MAC is for one message (§5.6).
        assert codes(reply)[0] == "200"
        assert reply.sync_hdr.cred is None
        assert reply.sync_hdr.source.loc_name == SERVER
        assert device.reply is not None
        seal = mac.parse(device.reply.headers[mac.HEADER])
        assert seal.username == SERVER
        written = nested(hash_, SERVER, SERVER_PASSWORD, expected, device.reply.body)
        assert base64.b64encode(seal.mac).decode() == written
        expected = octets
        reply = device.client.answer(header=200, chal=fresh(octets))
    assert here.outcome is Outcome.FINISHED
    assert here.session.device_authenticated
    assert here.session.server_authenticated
    assert here.store.nonce(DEVICE_ID, "SRVCRED") == b"two"
    assert here.store.nonce(DEVICE_ID, "CLCRED") == device.client.nonce
    assert sent(reply) == []


def test_the_nonce_changes_with_every_message() -> None:
    here = bed()
    here.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    device = Sealed(here)
    seen = {device.client.nonce}
    device.client.begin()
    seen.add(device.client.nonce)
    device.client.answer(header=200, chal=fresh())
    seen.add(device.client.nonce)
    assert len(seen) == 3


@pytest.mark.parametrize("what", ["no header", "wrong password", "changed on the way"])
def test_what_is_not_proved_is_not_believed(what: str) -> None:
    here = bed()
    here.server.queue(commands({"get": "./A"}))
    device = Sealed(here)
    device.sealing = what != "no header"
    device.password = "other" if what == "wrong password" else PASSWORD
    device.tamper = what == "changed on the way"
    for _ in range(2):
        reply = device.client.begin()
        assert codes(reply)[0] == ("407" if what == "no header" else "401")
        assert sent(reply) == []
        chal = device.client.header_status().chal
        assert chal is not None
        assert (chal.meta.type, chal.meta.format) == (AuthType.MAC, "b64")
        assert device.reply is not None
        assert mac.HEADER not in device.reply.headers
    device.client.begin()
    assert here.outcome is Outcome.DEVICE_NOT_AUTHENTICATED


def test_a_session_that_loses_its_seal_on_the_way() -> None:
    here = bed()
    here.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    device = Sealed(here)
    device.client.begin()
    device.tamper = True
    reply = device.client.answer(header=200, chal=fresh())
    assert codes(reply)[0] == "401"
    assert here.session.answers == []


def test_a_stale_nonce_is_challenged_once() -> None:
    here = bed()
    device = Sealed(here)
    device.client.nonce = b"an old one"
    assert codes(device.client.begin())[0] == "401"
    assert codes(device.client.begin())[0] == "200"


def test_a_cred_where_a_mac_is_due_is_another_type() -> None:
    here = bed()
    device = Sealed(here)
    device.sealing = False
    assert codes(device.client.begin(cred=md5_cred(FIRST_NONCE)))[0] == "401"
    device.client.begin(cred=md5_cred(device.client.nonce))
    assert here.outcome is Outcome.DEVICE_NOT_AUTHENTICATED


def test_an_account_without_integrity_pays_no_heed_to_the_header() -> None:
    here = bed(auth=AuthType.MD5)
    device = Sealed(here)
    assert codes(device.client.begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"
    assert device.reply is not None
    assert mac.HEADER not in device.reply.headers


def test_another_formula() -> None:
    other = Integrity(Formula.HMAC_SHA256, "HMAC-SHA256")
    here = bed(ServerSettings(integrity=other))
    device = Sealed(here, other)
    device.client.begin()
    assert here.session.device_authenticated
    assert device.reply is not None
    assert mac.parse(device.reply.headers[mac.HEADER]).algorithm == "HMAC-SHA256"


def test_a_sealed_sessionless_report() -> None:
    here = bed()
    item = dm.Item(meta=dm.Meta("chr", "urn:oma:at:x"), data="x")
    header = dm.SyncHdr("1.2", "DM/1.3", "5", "1", dm.Target("x"), dm.Source(DEVICE_ID, USER))
    message = dm.SyncML(header, dm.SyncBody([dm.Alert("1", data="1230", items=[item])], final=True))
    body = encode(message, Encoding.XML)
    seal = mac.sign(USER, PASSWORD, FIRST_NONCE, body)
    here.server.receive(body, Encoding.XML.mime, here.now, {mac.HEADER: seal})
    assert here.server.reports[0].authenticated
    here.server.receive(body + b" ", Encoding.XML.mime, here.now, {mac.HEADER: seal})
    assert not here.server.reports[1].authenticated
    assert decode(body, None)
