"""The DM server's engine, message by message: how sessions end, and hostile input."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.server.commands import commands
from hil.server.engine import Reply
from hil.server.events import (
    Authenticated,
    SessionClosed,
    SessionOpened,
)
from hil.server.settings import ServerSettings
from hil.server.transitions import TRANSITIONS, Heard, Outcome, State
from simulator.codes import mime
from simulator.security import nonce
from simulator.security.credentials import AuthType
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, encode
from tests.dm_client import (
    DEVICE_ID,
    FIRST_NONCE,
    Refused,
    basic_cred,
    codes,
    md5_cred,
    sent,
)
from tests.server_bed import START, Bed, account


@pytest.fixture
def bed() -> Bed:
    return Bed()


def fresh_chal(octets: bytes, kind: str = AuthType.MD5) -> dm.Chal:
    return dm.Chal(dm.Meta(format="b64", type=kind, next_nonce=nonce.to_text(octets)))


# Endings


def test_no_command_left_ends_the_session(bed: Bed) -> None:
    client = bed.managed()
    assert client.last is not None
    assert sent(client.last) == []
    assert client.last.sync_body.final
    assert bed.outcome is Outcome.FINISHED
    assert [type(e) for e in bed.events] == [SessionOpened, Authenticated, SessionClosed]


def test_a_device_that_answers_the_last_message_gets_statuses_and_no_new_session(bed: Bed) -> None:
    client = bed.managed()
    reply = client.answer(only_header=True)
    assert codes(reply) == ["212"]
    assert sent(reply) == []
    assert len(bed.server.sessions) == 1


def test_abort_by_the_device(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    client = bed.managed()
    reply = client.answer(dm.Alert("", data="1223"), only_header=True)
    assert codes(reply) == ["212", "200"]
    assert sent(reply) == []
    assert reply.sync_body.final
    assert bed.outcome is Outcome.ABORTED_BY_DEVICE
    assert batch.answers[0].note == "no answer: aborted by the device"
    # What was not sent is sent next time.
    again = bed.client("2")
    assert [type(c).__name__ for c in sent(again.begin(cred=md5_cred(client.nonce)))] == ["Exec"]


def test_abort_by_a_device_that_did_not_authenticate_itself(bed: Bed) -> None:
    client = bed.client()
    client.begin()
    client.send(client.message(dm.Alert("", data="1223")))
    assert bed.outcome is Outcome.DEVICE_NOT_AUTHENTICATED


def test_abort_by_the_server(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}, {"alert": 1223}, {"get": "./B"}))
    client = bed.managed()
    reply = client.answer()
    (alert,) = sent(reply)
    assert isinstance(alert, dm.Alert)
    assert alert.data == "1223"
    assert reply.sync_body.final
    assert bed.outcome is Outcome.ABORTED_BY_SERVER


def test_a_package_in_several_messages_is_asked_for_to_its_end(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}, {"get": "./B"}, {"exec": "./C"}))
    client = bed.managed()
    assert client.last is not None
    a, b = (c.cmd_id for c in sent(client.last))
    first = client.message(
        dm.Status("", "1", "0", "SyncHdr", data="212"), dm.Status("", "1", a, "Get", data="200"), final=False
    )
    reply = client.send(first)
    (alert,) = sent(reply)
    assert isinstance(alert, dm.Alert)
    assert alert.data == "1222"
    assert not reply.sync_body.final
    assert batch.answers == []
    reply = client.send(client.message(dm.Status("", "1", b, "Get", data="404")))
    assert [x.status for x in batch.answers] == [200, 404]
    assert [type(c).__name__ for c in sent(reply)] == ["Exec"]


def test_an_endless_package_is_aborted() -> None:
    bed = Bed(ServerSettings(max_messages=5))
    client = bed.client()
    client.send(client.message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE), final=False))
    for _ in range(4):
        reply = client.send(client.message(final=False))
    assert [dm.text(c.data) for c in sent(reply) if isinstance(c, dm.Alert)] == ["1223"]
    assert bed.outcome is Outcome.ABORTED_BY_SERVER


def test_a_device_that_does_not_come_back(bed: Bed) -> None:
    batch = bed.server.queue(commands({"exec": "./A"}, {"exec": "./B"}))
    client = bed.managed()
    bed.now += timedelta(minutes=9)
    bed.server.expire(bed.now)
    assert bed.outcome is None
    bed.now += timedelta(minutes=2)
    bed.server.expire(bed.now)
    assert bed.outcome is Outcome.ABANDONED
    assert batch.answers[0].note == "no answer: the device did not come back"
    again = bed.client("1")
    assert len(sent(again.begin(cred=md5_cred(client.nonce)))) == 1


def test_open_sessions_are_bounded() -> None:
    bed = Bed(ServerSettings(max_sessions=3))
    for number in range(5):
        bed.client(str(number)).begin()
        bed.now += timedelta(seconds=1)
    assert [s.outcome for s in bed.server.sessions] == [Outcome.ABANDONED] * 2 + [None] * 3


def test_a_session_id_that_is_always_the_same(bed: Bed) -> None:
    bed.server.queue(commands({"exec": "./A"}, {"exec": "./B"}))
    client = bed.managed()
    again = bed.client("1")
    reply = again.begin(cred=md5_cred(client.nonce))
    assert [s.outcome for s in bed.server.sessions] == [Outcome.ABANDONED, None]
    assert reply.sync_hdr.msg_id == "1"
    assert len(sent(reply)) == 1


def test_the_same_message_twice_is_answered_the_same_and_done_once(bed: Bed) -> None:
    """The reply was lost on the way, and the device's HTTP client tried again."""
    batch = bed.server.queue(commands({"exec": "./A"}))
    client = bed.managed()
    assert client.last is not None
    answer = client.message(
        dm.Status("", "1", "0", "SyncHdr", data="212"),
        dm.Status("", "1", sent(client.last)[0].cmd_id, "Exec", data="202"),
    )
    first = client.send(answer)
    told = len(bed.events)
    assert client.send(answer) == first
    assert len(bed.events) == told
    assert [a.status for a in batch.answers] == [202]


@pytest.mark.parametrize(("proto", "dtd", "code"), [("DM/9.9", "1.2", "513"), ("DM/1.3", "7", "505")])
def test_a_version_that_is_not_spoken(bed: Bed, proto: str, dtd: str, code: str) -> None:
    client = bed.client()
    client.ver_proto, client.ver_dtd = proto, dtd
    assert codes(client.begin(cred=md5_cred(FIRST_NONCE))) == [code] * 3
    assert bed.outcome is Outcome.VERSION_NOT_SUPPORTED


def test_a_device_of_dm_1_2_is_answered_in_dm_1_2(bed: Bed) -> None:
    client = bed.client()
    client.ver_proto = "DM/1.2"
    assert client.begin(cred=md5_cred(FIRST_NONCE)).sync_hdr.ver_proto == "DM/1.2"


def test_a_device_that_refuses_the_servers_version(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.managed()
    reply = client.answer(header=513, only_header=True)
    assert sent(reply) == []
    assert bed.outcome is Outcome.REFUSED_BY_DEVICE


# What is no DM message


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", mime.DM_WBXML, 400),
        (b"\x03\x01", mime.DM_WBXML, 400),
        (b"<SyncML><SyncHdr>", mime.DM_XML, 400),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><SyncML>&a;</SyncML>', mime.DM_XML, 400),
        (b"hello", None, 400),
        (b"hello", "text/html", 415),
        (b"hello", "", 415),
    ],
)
def test_what_is_no_message(bed: Bed, body: bytes, content_type: str | None, status: int) -> None:
    reply = bed.server.receive(body, content_type, START)
    assert reply.status == status
    assert reply.content_type.startswith("text/plain")
    assert not bed.events


def test_truncated_anywhere(bed: Bed) -> None:
    client = bed.client()
    body = encode(client.message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE)), Encoding.WBXML)
    for end in range(len(body) - 1):
        assert bed.server.receive(body[:end], mime.DM_WBXML, START).status == 400, end
    assert not bed.events


@pytest.mark.parametrize(
    "content_type", ["application/vnd.syncml+xml", "application/vnd.syncml.dm+xml;charset=utf-8", None]
)
def test_names_of_media_types_are_read_liberally(bed: Bed, content_type: str | None) -> None:
    body = encode(bed.client().message(dm.Alert("", data="1201")), Encoding.XML)
    reply = bed.server.receive(body, content_type, START)
    assert (reply.status, reply.content_type) == (200, Encoding.XML.mime)


@pytest.mark.parametrize(("device_id", "session_id"), [("", "1"), ("x" * 600, "1"), ("x", ""), ("x", "1" * 65)])
def test_a_message_of_nobody(bed: Bed, device_id: str, session_id: str) -> None:
    client = bed.client(session_id, device_id=device_id)
    with pytest.raises(Refused) as refused:
        client.begin()
    assert refused.value.status == 400


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([None, mime.DM_WBXML, mime.DM_XML]))
def test_arbitrary_octets_get_a_reply(body: bytes, content_type: str | None) -> None:
    reply = Bed().server.receive(body, content_type, START)
    assert isinstance(reply, Reply)


def test_a_damaged_message_never_breaks_the_server(bed: Bed) -> None:
    client = bed.client()
    body = encode(
        client.message(
            dm.Alert("", data="1201"),
            dm.Status("", "1", "0", "SyncHdr", chal=fresh_chal(b"x"), data="401"),
            cred=md5_cred(FIRST_NONCE),
            meta=dm.Meta(max_msg_size="5000"),
        ),
        Encoding.WBXML,
    )
    for position in range(len(body)):
        damaged = bytearray(body)
        damaged[position] ^= 0x41
        assert bed.server.receive(bytes(damaged), mime.DM_WBXML, START).status in (200, 400)


def test_every_state_says_something_to_everything_heard() -> None:
    for state, row in TRANSITIONS.items():
        assert set(row) == set(Heard), state
        for _, following, outcome in row.values():
            assert (outcome is not None) <= (following is State.ENDED)


def test_a_device_whose_sessions_all_begin_with_the_same_octets() -> None:
    """Session id always 1, no nonce: the second session is one, and not the first one's message again."""
    bed = Bed(accounts={DEVICE_ID: account(AuthType.BASIC)})
    assert sent(bed.client().begin(cred=basic_cred())) == []
    bed.server.queue(commands({"get": "./A"}))
    assert len(sent(bed.client().begin(cred=basic_cred()))) == 1
    assert len(bed.server.sessions) == 2
