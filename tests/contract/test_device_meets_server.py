"""The device's session engine and the bench's server engine, joined without a network: each holds to the other."""

from __future__ import annotations

import itertools
import random
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hil.server.commands import commands
from hil.server.engine import DmServer
from hil.server.settings import ANY_DEVICE, Credentials, DeviceAccount, Present, ServerSettings
from hil.server.store import MemoryStore
from hil.server.transitions import Outcome as ServerOutcome
from simulator.bootstrap import message as bootstraps
from simulator.codes.alert import AlertCode
from simulator.device import Device
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.security import mac
from simulator.security.credentials import AuthType
from simulator.security.mac import Formula, Integrity
from simulator.session.alerts import AlertItem
from simulator.session.events import Ended, Event, Noted, Outcome, Send
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding

NOW = datetime(2031, 3, 1, tzinfo=UTC)
SERVER_ID = "dm.example.com"
DEV_ID = "IMEI:1"
ACCOUNT = AccountData(
    server_id=SERVER_ID,
    addr="http://dm.example.com/",
    client=Credential("DIGEST", "device", "device-secret", b"client-1"),
    server=Credential("DIGEST", SERVER_ID, "server-secret", b"server-1"),
)
SIGNED = replace(
    ACCOUNT,
    client=Credential("HMAC", "device", "device-secret", b"client-1"),
    server=Credential("HMAC", SERVER_ID, "server-secret", b"server-1"),
)
WORK = commands(
    {"get": "./DevInfo/Man"},
    {"add": {"uri": "./DMAcc/dm.example.com/Ext/Note", "value": "a"}},
    {"sequence": [{"replace": {"uri": "./DMAcc/dm.example.com/Ext/Note", "value": "b"}}]},
    {"atomic": [{"add": {"uri": "./DMAcc/dm.example.com/Ext/More", "value": "c"}}]},
    {"get": "./DMAcc/dm.example.com/Ext/Note"},
)


def a_device(account: AccountData = ACCOUNT, **settings: object) -> Device:
    device = Device(
        standard.model(DevInfo(DEV_ID, "dmrig", "generic")),
        random=random.Random(1).randbytes,
        settings=SessionSettings(**settings),  # type: ignore[arg-type]
    )
    device.bootstrap(bootstraps.build(account), origin="card:1", now=NOW)
    return device


def a_server(
    settings: ServerSettings | None = None,
    *,
    secret: str = "device-secret",
    own: str = "server-secret",
    client_nonce: bytes = b"client-1",
    auth: AuthType = AuthType.MD5,
) -> tuple[DmServer, MemoryStore]:
    account = DeviceAccount(
        client=Credentials("device", secret, auth, client_nonce),
        server=Credentials(SERVER_ID, own, auth, b"server-1"),
    )
    store = MemoryStore({ANY_DEVICE: account})
    return DmServer(settings or ServerSettings(), store, random=random.Random(2).randbytes), store


def join(device: Device, server: DmServer, *, now: datetime = NOW, alert: int = 1201) -> list[Event]:
    session = device.open_session(SERVER_ID, alert=AlertCode(alert), now=now)
    events = session.start(now)
    for _ in range(200):
        last = events[-1]
        if isinstance(last, Ended):
            return events
        assert isinstance(last, Send)
        reply = server.receive(last.body, last.headers["Content-Type"], now, last.headers)
        events += session.receive(reply.status, reply.content_type, reply.body, now, reply.headers)
    raise AssertionError("the two never come to an end")


def outcome(events: list[Event]) -> Outcome:
    last = events[-1]
    assert isinstance(last, Ended)
    return last.outcome


def nonces(device: Device) -> tuple[bytes, bytes]:
    account = dmacc.find(device.tree, SERVER_ID)
    assert account is not None
    assert account.client is not None
    assert account.server is not None
    return account.client.nonce, account.server.nonce


WAYS = list(
    itertools.product(
        list(Encoding), (Present.ALWAYS, Present.CHALLENGED), (False, True), (212, 200), (b"client-1", b"stale")
    )
)


@pytest.mark.parametrize(("encoding", "present", "every_message", "accepted", "nonce"), WAYS)
def test_they_agree(
    encoding: Encoding, present: Present, every_message: bool, accepted: int, nonce: bytes
) -> None:
    device = a_device(encoding=encoding, accepted_status=accepted)
    server, store = a_server(ServerSettings(present=present, every_message=every_message), client_nonce=nonce)
    for number in range(3):
        batch = server.queue(WORK if number == 0 else commands({"get": "./DevInfo/Mod"}), DEV_ID)
        events = join(device, server, now=NOW + timedelta(hours=number))
        assert outcome(events) is Outcome.COMPLETED
        assert server.sessions[-1].outcome is ServerOutcome.FINISHED
        assert all(answer.status == 200 for answer in batch.answers)
        assert [event for event in events if isinstance(event, Noted) and "not trusted" not in event.text] == []
        # What both will use next is the same, or the next notification would be ignored.
        assert nonces(device) == (store.nonce(DEV_ID, "CLCRED"), store.nonce(DEV_ID, "SRVCRED"))
    assert device.tree.value("./DMAcc/dm.example.com/Ext/Note") == "b"


@pytest.mark.parametrize("encoding", list(Encoding))
def test_small_messages(encoding: Encoding) -> None:
    device = a_device(encoding=encoding, max_msg_size=2000)
    server, _ = a_server()
    batch = server.queue(commands(*({"get": "./DevInfo/Man"} for _ in range(30))))
    assert outcome(join(device, server)) is Outcome.COMPLETED
    assert [answer.status for answer in batch.answers] == [200] * 30, batch.answers


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize(
    "value", ["<large> & small " * 900, "\u20ac" * 5000, b"\0\xff" * 6000], ids=["text", "euro", "octets"]
)
def test_large_objects_both_ways(encoding: Encoding, value: str | bytes) -> None:
    """Neither side takes messages as long as the object: each cuts it, and puts the other's together."""
    device = a_device(encoding=encoding, max_msg_size=2500)
    server, _ = a_server(ServerSettings(max_msg_size=1800))
    uri = "./DMAcc/dm.example.com/Ext/Note"
    given = {"hex": value.hex()} if isinstance(value, bytes) else {"value": value}
    batch = server.queue(
        commands(
            {"add": {"uri": uri, "format": "bin" if isinstance(value, bytes) else "chr", **given}}, {"get": uri}
        )
    )
    events = join(device, server)
    assert outcome(events) is Outcome.COMPLETED
    assert [answer.status for answer in batch.answers] == [200, 200], batch.answers
    assert device.tree.value(uri) == value
    (found,) = batch.answers[1].results
    data = b64decode(found.data) if found.format == "b64" and isinstance(found.data, str) else found.data
    assert data == value
    sizes = [len(event.body) for event in events if isinstance(event, Send)]
    assert max(sizes[1:]) <= 1800
    assert [str(event) for event in events if isinstance(event, Noted)] == []


@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_server_takes_small_messages(encoding: Encoding) -> None:
    device = a_device(encoding=encoding)
    server, _ = a_server(ServerSettings(max_msg_size=1500))
    batch = server.queue(commands(*({"get": "./DevInfo/Man"} for _ in range(30))))
    events = join(device, server)
    assert outcome(events) is Outcome.COMPLETED
    assert [answer.status for answer in batch.answers] == [200] * 30, batch.answers
    assert max(len(event.body) for event in events[1:] if isinstance(event, Send)) <= 1500


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("integrity", [mac.SHA256, mac.MD5, Integrity(Formula.HMAC_SHA256, "HMAC-SHA256")])
@pytest.mark.parametrize("nonce", [b"client-1", b"stale"])
def test_integrity_both_ways(encoding: Encoding, integrity: Integrity, nonce: bytes) -> None:
    device = a_device(SIGNED, encoding=encoding, integrity=integrity)
    server, store = a_server(ServerSettings(integrity=integrity), auth=AuthType.MAC, client_nonce=nonce)
    for number in range(2):
        batch = server.queue(WORK if number == 0 else commands({"get": "./DevInfo/Mod"}), DEV_ID)
        events = join(device, server, now=NOW + timedelta(hours=number))
        assert outcome(events) is Outcome.COMPLETED
        assert all(answer.status == 200 for answer in batch.answers)
        assert all("x-syncml-hmac" in event.headers for event in events if isinstance(event, Send))
    assert nonces(device) == (store.nonce(DEV_ID, "CLCRED"), store.nonce(DEV_ID, "SRVCRED"))
    assert device.tree.value("./DMAcc/dm.example.com/Ext/Note") == "b"


def test_what_the_device_tells() -> None:
    device = a_device()
    server, _ = a_server()
    device.alert(SERVER_ID, AlertItem("urn:x", "low", source="./DevDetail"), correlator="c")
    device.alert(SERVER_ID, AlertItem("text/plain", "plugged in"), code=AlertCode.CLIENT_EVENT)
    assert outcome(join(device, server)) is Outcome.COMPLETED
    assert [alert.code for alert in server.sessions[-1].alerts] == [1226, 1224]
    assert len(device.alerts) == 0
    report = device.report(SERVER_ID, AlertItem("urn:x", "<all/>"))
    (send,) = report.start(NOW)
    assert isinstance(send, Send)
    reply = server.receive(send.body, send.headers["Content-Type"], NOW, send.headers)
    assert outcome(report.receive(reply.status, reply.content_type, reply.body, NOW)) is Outcome.COMPLETED


def test_basic_both_ways() -> None:
    account = AccountData(
        server_id=SERVER_ID,
        addr="http://dm.example.com/",
        client=Credential("BASIC", "device", "device-secret"),
        server=Credential("BASIC", SERVER_ID, "server-secret"),
    )
    server, _ = a_server(auth=AuthType.BASIC)
    server.queue(WORK)
    device = a_device(account)
    assert outcome(join(device, server)) is Outcome.COMPLETED
    assert device.tree.value("./DMAcc/dm.example.com/Ext/Note") == "b"


def test_the_device_has_a_wrong_password() -> None:
    device = a_device()
    server, _ = a_server(secret="other")
    server.queue(WORK)
    assert outcome(join(device, server)) is Outcome.CLIENT_REFUSED
    assert nonces(device) == (b"client-1", b"server-1")


@pytest.mark.parametrize("present", list(Present))
def test_the_server_has_a_wrong_password(present: Present) -> None:
    device = a_device()
    server, _ = a_server(ServerSettings(present=present), own="other")
    server.queue(WORK)
    assert outcome(join(device, server)) is Outcome.SERVER_REFUSED
    assert device.tree.value("./DMAcc/dm.example.com/Ext/Note") is None
    assert nonces(device) == (b"client-1", b"server-1")


def test_the_server_aborts() -> None:
    device = a_device()
    server, _ = a_server()
    server.queue(commands({"get": "./DevInfo/Man"}, {"alert": 1223}))
    assert outcome(join(device, server)) is Outcome.ABORTED_BY_SERVER
