"""Pushes that a device receives: good notifications make a session due, all else is passed over in silence."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.bootstrap import message as bootstraps
from simulator.codes.alert import AlertCode
from simulator.codes.mime import NOTIFICATION_12, NOTIFICATION_13
from simulator.device import Device, PushIgnored, SessionDue
from simulator.errors import SessionError
from simulator.notification import message as notifications
from simulator.notification.message import Format, Notification, UIMode
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.session.events import Ended, Outcome, Send

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
SERVER = "www.example.com"
ACCOUNT = AccountData(
    server_id=SERVER,
    addr="http://dm.example/",
    server=Credential("DIGEST", SERVER, "srvpwd", b"Nonce"),
)
VECTOR_12 = bytes.fromhex(
    "675db62eb680dd43e55776b4811ad22b" + "02d800000000010f" + "7777772e6578616d706c652e636f6d"
)
"""The notification of DM 1.2 worked out for this account."""


def a_device(account: AccountData = ACCOUNT, *, resync: bool = True) -> Device:
    device = Device(standard.model(DevInfo("IMEI:1", "dmrig", "generic")), random=bytes, resync=resync)
    device.bootstrap(bootstraps.build(account), origin="card:1", now=NOW)
    return device


def a_push(
    *,
    session_id: int = 0xA,
    nonce: bytes = b"Nonce",
    secret: str = "srvpwd",
    server_id: str = SERVER,
    days: int | None = 7,
) -> bytes:
    notification = Notification(
        server_id,
        session_id,
        UIMode.INFORMATIVE,
        format=Format.DM_1_3,
        timestamp=NOW - timedelta(hours=1),
        timeout_days=days,
    )
    return notifications.encode(notification, secret, nonce)


def receive(device: Device, body: bytes, now: datetime = NOW) -> SessionDue | PushIgnored:
    (event,) = device.receive_push(NOTIFICATION_13, 7, body, now)
    assert isinstance(event, (SessionDue, PushIgnored))
    return event


def test_the_12_vector() -> None:
    assert a_device().receive_push(NOTIFICATION_12, "x-wap-application:syncml.dm", VECTOR_12, NOW) == [
        SessionDue(SERVER, AlertCode.SERVER_INITIATED_MGMT, "1", UIMode.BACKGROUND)
    ]


def test_a_13_notification_and_its_session() -> None:
    device = a_device()
    due = receive(device, a_push(session_id=0x00AF))
    assert due == SessionDue(SERVER, AlertCode.SERVER_INITIATED_MGMT, "AF", UIMode.INFORMATIVE)
    assert isinstance(due, SessionDue)
    session = device.open_session(due.server_id, alert=due.alert, session_id=due.session_id, now=NOW)
    (send,) = session.start(NOW)
    assert isinstance(send, Send)
    assert send.message.sync_hdr.session_id == "AF"
    assert getattr(send.message.sync_body.commands[0], "data", None) == "1200"


@pytest.mark.parametrize(
    "application", [7, "7", "x-wap-application:syncml.dm", "X-Wap-Application:syncml.dm", None]
)
def test_application_ids_of_dm(application: str | int | None) -> None:
    (event,) = a_device().receive_push(f"{NOTIFICATION_13}; charset=utf-8", application, a_push(), NOW)
    assert isinstance(event, SessionDue)


def changed(body: bytes, place: int) -> bytes:
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


@pytest.mark.parametrize(
    ("content_type", "application", "body", "says"),
    [
        ("text/plain", 7, a_push(), "text/plain"),
        ("", 7, a_push(), "no notification"),
        (NOTIFICATION_13, 4, a_push(), "application 4"),
        (NOTIFICATION_13, "x-wap-application:mms.ua", a_push(), "mms.ua"),
        (NOTIFICATION_13, 7, b"", "cannot be read"),
        (NOTIFICATION_13, 7, a_push()[:-1], "cannot be read"),
        (NOTIFICATION_13, 7, b"\x02" + a_push()[1:], "VER is 2"),
        (NOTIFICATION_13, 7, bytes(70_000), "70000 octets"),
        (NOTIFICATION_13, 7, a_push(server_id="evil.example"), "evil.example"),
        (NOTIFICATION_13, 7, a_push(secret="guessed"), "digest"),
        (NOTIFICATION_13, 7, a_push(nonce=b"old"), "digest"),
        (NOTIFICATION_13, 7, changed(a_push(), 9), "digest"),
        (NOTIFICATION_12, 7, changed(VECTOR_12, 0), "digest"),
        (NOTIFICATION_12, 7, changed(VECTOR_12, 16), "cannot be read"),
        (NOTIFICATION_12, 7, changed(VECTOR_12, 23), "no account"),
    ],
)
def test_ignored(content_type: str, application: str | int | None, body: bytes, says: str) -> None:
    device = a_device()
    (event,) = device.receive_push(content_type, application, body, NOW)
    assert isinstance(event, PushIgnored)
    assert says in event.reason
    assert "srvpwd" not in event.reason
    # A good one is still good after it.
    assert isinstance(receive(device, a_push()), SessionDue)


def test_a_digest_is_required() -> None:
    notification = Notification(SERVER, 1, hash_name=None)
    event = receive(a_device(), notifications.encode(notification, "", b""))
    assert event == PushIgnored("the notification has no digest")


def test_without_an_account_nothing_wakes_the_device() -> None:
    device = Device(standard.model(DevInfo("IMEI:1", "dmrig", "generic")), random=bytes)
    assert receive(device, a_push()) == PushIgnored(f"no account for the server {SERVER!r}")
    without = a_device(replace(ACCOUNT, server=None))
    assert "no credentials" in getattr(receive(without, a_push()), "reason", "")


def test_timeout() -> None:
    device = a_device()
    event = receive(device, a_push(days=2), NOW + timedelta(days=3))
    assert isinstance(event, PushIgnored)
    assert "too old" in event.reason
    assert isinstance(receive(device, a_push(days=2), NOW + timedelta(days=1)), SessionDue)
    assert isinstance(receive(a_device(), a_push(days=None), NOW + timedelta(days=999)), SessionDue)


def test_one_session_for_a_session_id() -> None:
    device = a_device()
    body = a_push(session_id=5)
    assert isinstance(receive(device, body), SessionDue)
    again = receive(device, body)
    assert isinstance(again, PushIgnored)
    assert "before" in again.reason
    assert isinstance(receive(device, a_push(session_id=5, days=3)), PushIgnored)
    # Another id is another session, also while one runs.
    session = device.open_session(SERVER, alert=AlertCode.SERVER_INITIATED_MGMT, session_id="5", now=NOW)
    session.start(NOW)
    assert isinstance(receive(device, body), PushIgnored)
    assert isinstance(receive(device, a_push(session_id=6)), SessionDue)
    with pytest.raises(SessionError, match="not ended"):
        device.open_session(SERVER, alert=AlertCode.SERVER_INITIATED_MGMT, session_id="6", now=NOW)
    session.fail("gone", NOW)
    # The copy that comes late is known; a server that always uses the same id is not shut out.
    assert isinstance(receive(device, body), PushIgnored)
    assert isinstance(receive(device, a_push(session_id=5, days=3)), SessionDue)


@pytest.mark.parametrize("nonce", [bytes(4), b"0x00000000"])
def test_nonces_that_went_apart_meet_at_the_default_nonce(nonce: bytes) -> None:
    """DM Security §5.7: the session's credentials are made with the default nonce, too."""
    device = a_device(replace(ACCOUNT, client=Credential("DIGEST", "dev", "pw", b"lost")))
    due = receive(device, a_push(nonce=nonce))
    assert isinstance(due, SessionDue)
    session = device.open_session(SERVER, alert=due.alert, session_id=due.session_id, now=NOW)
    (send,) = session.start(NOW)
    assert isinstance(send, Send)
    assert send.message.sync_hdr.cred is not None
    inner = b64encode(hashlib.md5(b"dev:pw", usedforsecurity=False).digest())
    expected = b64encode(hashlib.md5(inner + b":" + nonce, usedforsecurity=False).digest()).decode()
    assert send.message.sync_hdr.cred.data == expected
    assert session.mutual.server.nonce == nonce
    session.fail("gone", NOW)
    # Only that session: the next one goes on with what the account has.
    following = device.open_session(SERVER, alert=due.alert, session_id="2", now=NOW)
    assert following.mutual.client.nonce == b"lost"


def test_a_device_may_keep_to_its_own_nonces() -> None:
    assert isinstance(receive(a_device(resync=False), a_push(nonce=bytes(4))), PushIgnored)


def test_a_session_needs_an_account() -> None:
    device = a_device()
    with pytest.raises(SessionError, match=r"'nobody'.*www\.example\.com"):
        device.open_session("nobody", alert=AlertCode.CLIENT_INITIATED_MGMT, now=NOW)
    ids = []
    for _ in range(3):
        session = device.open_session(SERVER, alert=AlertCode.CLIENT_INITIATED_MGMT, now=NOW)
        ids.append(session.session_id)
        assert session.abort("no") == [Ended(Outcome.ABORTED_BY_CLIENT, "no")]
    assert len(set(ids)) == 3
    assert all(len(session_id) <= 4 for session_id in ids)


@given(
    st.sampled_from([NOTIFICATION_12, NOTIFICATION_13, "x"]),
    st.integers(0, 9) | st.text(max_size=9),
    st.binary(max_size=99),
)
def test_any_push_is_passed_over_in_peace(content_type: str, application: int | str, body: bytes) -> None:
    device = a_device()
    before = {view.uri: view for view in device.tree.walk(".")}
    (event,) = device.receive_push(content_type, application, body, NOW)
    assert isinstance(event, PushIgnored)
    assert {view.uri: view for view in device.tree.walk(".")} == before
    assert dmacc.find(device.tree, SERVER) is not None
