"""Sessions of the client against a scripted server: set-up, credentials, packages, ends (DM Protocol §6 to §9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.codes.alert import AlertCode
from simulator.errors import SessionError
from simulator.session.client import ClientSession
from simulator.session.events import Ended, Executed, Noted, Outcome, Received, Send
from simulator.session.settings import SessionSettings
from simulator.session.transitions import State
from simulator.syncml.encoding import Encoding, decode
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Command,
    Get,
    Item,
    Replace,
    Results,
    Sequence,
    Target,
)
from simulator.tree import Tree
from tests.unit.scripted_server import (
    DEV_ID,
    NOW,
    URL,
    ScriptedServer,
    drive,
)
from tests.unit.session_bench import a_session, a_tree, add, content, ended, get, nonces, noted


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("alert", [AlertCode.SERVER_INITIATED_MGMT, AlertCode.CLIENT_INITIATED_MGMT])
def test_package_1(encoding: Encoding, alert: AlertCode) -> None:
    settings = SessionSettings(encoding=encoding, max_msg_size=4321, user_agent="Acme/2")
    (send,) = a_session(a_tree(), settings=settings, alert=alert, session_id="BEEF").start(NOW)
    assert isinstance(send, Send)
    assert send.url == URL
    assert send.headers["Content-Type"] == encoding.mime
    assert send.headers["User-Agent"] == "Acme/2"
    message, _ = decode(send.body, encoding.mime)
    assert message == send.message
    header = message.sync_hdr
    assert (header.ver_dtd, header.ver_proto, header.session_id, header.msg_id) == ("1.2", "DM/1.3", "BEEF", "1")
    assert (header.target.loc_uri, header.source.loc_uri) == (URL, DEV_ID)
    assert header.meta is not None
    assert header.meta.max_msg_size == "4321"
    first, info = message.sync_body.commands
    assert isinstance(first, Alert)
    assert first.data == str(int(alert))
    assert isinstance(info, Replace)
    assert {item.source.loc_uri: item.data for item in info.items if item.source} == {
        "./DevInfo/DevId": DEV_ID,
        "./DevInfo/Man": "dmrig",
        "./DevInfo/Mod": "generic",
        "./DevInfo/DmV": "1.3",
        "./DevInfo/Lang": "en-US",
    }
    assert message.sync_body.final


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_whole_session(encoding: Encoding) -> None:
    tree = a_tree()
    server = ScriptedServer(
        packages=[
            [get("./DevInfo/Man"), add("./Shop/Greeting", "hello")],
            [Replace("", items=[Item(target=Target("./Shop/Greeting"), data="again")]), get("./Shop/Greeting")],
        ]
    )
    events = drive(a_session(tree, settings=SessionSettings(encoding=encoding)), server)
    assert ended(events) == Ended(Outcome.COMPLETED)
    server.assert_all_answered()
    assert server.codes(1) == ["212", "200", "200"]
    assert server.codes(2) == ["212", "200", "200"]
    assert [item.data for result in server.results for item in result.items] == ["dmrig", "again"]
    assert tree.value("./Shop/Greeting") == "again"
    assert [event for event in events if isinstance(event, Executed)] == [
        Executed("Get", "./DevInfo/Man", 200),
        Executed("Add", "./Shop/Greeting", 200),
        Executed("Replace", "./Shop/Greeting", 200),
        Executed("Get", "./Shop/Greeting", 200),
    ]
    assert not [event for event in events if isinstance(event, Noted)]
    # MaxMsgSize holds until it is changed; credentials stand until 212.
    assert [message.sync_hdr.cred is not None for message in server.messages] == [True, False, False]
    # One exchange for package 1, one for each script entry, and no answer to the empty package.
    assert len(server.messages) == 3


def test_resp_uri_is_where_the_next_message_goes() -> None:
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]], resp_uri="http://node7.example/s?id=9")
    events = drive(a_session(a_tree()), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert server.urls == [URL, "http://node7.example/s?id=9"]


@pytest.mark.parametrize("uri", ["/relative", "ftp://dm.example/", "http://", "http://[::1", "file:///etc/passwd"])
def test_a_useless_resp_uri_is_noted_and_passed_over(uri: str) -> None:
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]], resp_uri=uri)
    events = drive(a_session(a_tree()), server)
    assert server.urls == [URL, URL]
    assert any(isinstance(event, Noted) and "RespURI" in event.text for event in events)


def test_the_server_aborts() -> None:
    tree = a_tree()
    server = ScriptedServer(packages=[[add("./Shop/X", "x"), Alert("", data="1223")]])
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.ABORTED_BY_SERVER
    assert len(server.messages) == 1
    assert not tree.exists("./Shop/X")


@pytest.mark.parametrize("outer", [Atomic, Sequence])
def test_the_server_aborts_from_within(outer: type[Atomic] | type[Sequence]) -> None:
    tree = a_tree()
    inner = Sequence("", commands=[Alert("", data="1223")])
    server = ScriptedServer(packages=[[add("./Shop/X", "x"), outer("", commands=[add("./Shop/Y", "y"), inner])]])
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.ABORTED_BY_SERVER
    assert len(server.messages) == 1
    assert not tree.exists("./Shop/X")
    assert not tree.exists("./Shop/Y")
    assert any("Alert 1223 within Sequence" in text for text in noted(events))


def test_next_message_from_within_is_answered_and_noted() -> None:
    server = ScriptedServer(packages=[[Sequence("", commands=[Alert("", data="1222"), get("./DevInfo/Man")])]])
    events = drive(a_session(a_tree()), server)
    assert ended(events).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    assert server.codes(1) == ["212", "200", "200", "200"]
    assert any("Alert 1222 within Sequence" in text for text in noted(events))


def test_the_client_aborts_at_the_next_opportunity() -> None:
    tree = a_tree()
    session = a_session(tree)
    server = ScriptedServer(packages=[[add("./Shop/X", "x")]])
    (send,) = session.start(NOW)
    assert isinstance(send, Send)
    assert session.abort("the user said so") == []
    events = session.receive(*server.exchange(send), NOW)
    last = events[-1]
    assert isinstance(last, Send)
    alert = last.message.sync_body.commands[-1]
    assert isinstance(alert, Alert)
    assert alert.data == "1223"
    assert session.state is State.CLOSING
    assert session.receive(500, None, b"whatever", NOW) == [Ended(Outcome.ABORTED_BY_CLIENT, "the user said so")]
    assert not tree.exists("./Shop/X")


def test_the_client_aborts_before_it_began() -> None:
    session = a_session(a_tree())
    assert session.abort("no") == [Ended(Outcome.ABORTED_BY_CLIENT, "no")]
    with pytest.raises(SessionError):
        session.start(NOW)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (500, b"<html>", "HTTP 500"),
        (404, b"", "HTTP 404"),
        (200, b"", "no body"),
        (200, b"\x03\x01", "damaged"),
        (200, b"<SyncML/>", "damaged"),
        (200, bytes(9 * 1024 * 1024), "octets"),
    ],
)
def test_no_usable_answer(status: int, body: bytes, says: str) -> None:
    tree = a_tree()
    before = content(tree)
    session = a_session(tree)
    session.start(NOW)
    end = ended(session.receive(status, Encoding.WBXML.mime, body, NOW))
    assert end.outcome is Outcome.FAILED
    assert says in end.reason
    assert content(tree) == before
    assert session.state is State.ENDED
    assert session.fail("late", NOW) == []


def to_the_second_answer() -> tuple[Tree, ClientSession, tuple[int, str, bytes]]:
    tree = a_tree()
    session = a_session(tree)
    server = ScriptedServer(packages=[[get("./DevInfo/Man")], [add("./Shop/X", "x")]])
    (send,) = session.start(NOW)
    assert isinstance(send, Send)
    send = session.receive(*server.exchange(send), NOW)[-1]
    assert isinstance(send, Send)
    return tree, session, server.exchange(send)


def test_a_damaged_answer_changes_nothing_by_half() -> None:
    """The client's new nonce came in a message that was read whole; that its own arrived, nobody knows."""
    _, _, (_, _, whole) = to_the_second_answer()
    for cut in range(1, len(whole), 5):
        tree, session, (status, mime, body) = to_the_second_answer()
        before = content(tree)
        assert ended(session.receive(status, mime, body[:cut], NOW)).outcome is Outcome.FAILED
        assert content(tree) == before
        assert nonces(tree) == (b"client-new-1", b"server-1")


def test_transport_failure() -> None:
    session = a_session(a_tree())
    session.start(NOW)
    assert session.fail("connection refused", NOW) == [Ended(Outcome.FAILED, "connection refused")]


def test_the_server_changes_the_encoding() -> None:
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]], encoding=Encoding.XML)
    events = drive(a_session(a_tree(), settings=SessionSettings(encoding=Encoding.WBXML)), server)
    types = [event.headers["Content-Type"] for event in events if isinstance(event, Send)]
    assert types == [Encoding.WBXML.mime, Encoding.XML.mime]
    assert server.codes(1) == ["212", "200"]


def test_an_unknown_protocol_is_answered_with_513() -> None:
    tree = a_tree()
    settings = SessionSettings(known_protos=frozenset({"DM/9"}))
    server = ScriptedServer(packages=[[add(f"./Shop/{n}", "x")] for n in range(5)])
    events = drive(a_session(tree, settings=settings), server)
    assert ended(events).outcome is Outcome.ABORTED_BY_CLIENT
    assert server.codes(1) == ["513", "513"]
    assert any(isinstance(event, Noted) and "'DM/1.3'" in event.text for event in events)
    assert not tree.exists("./Shop/0")


def test_a_session_has_an_end_whatever_the_server_does() -> None:
    server = ScriptedServer(packages=[[get("./DevInfo/Man")] for _ in range(40)])
    events = drive(a_session(a_tree(), settings=SessionSettings(max_messages=9)), server)
    assert ended(events).outcome is Outcome.ABORTED_BY_CLIENT
    assert len(server.messages) == 10


def test_rule_breaks_are_noted_and_survived() -> None:
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]], session_id="0")
    events = drive(a_session(a_tree()), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert any(isinstance(event, Noted) and "SessionID is '0'" in event.text for event in events)


def test_calls_out_of_turn_are_the_callers_mistake() -> None:
    session = a_session(a_tree())
    with pytest.raises(SessionError, match="idle"):
        session.receive(200, None, b"", NOW)
    session.start(NOW)
    with pytest.raises(SessionError, match="setup"):
        session.start(NOW)
    session.fail("gone", NOW)
    with pytest.raises(SessionError, match="ended"):
        session.receive(200, None, b"", NOW)
    with pytest.raises(SessionError, match="1222"):
        a_session(a_tree(), alert=AlertCode.NEXT_MESSAGE)


@given(st.binary(max_size=200), st.sampled_from([None, "text/html", *(e.mime for e in Encoding)]))
def test_any_octets_end_the_session_in_peace(body: bytes, content_type: str | None) -> None:
    tree = a_tree()
    before = content(tree)
    session = a_session(tree)
    session.start(NOW)
    events = session.receive(200, content_type, body, NOW)
    assert ended(events).outcome is Outcome.FAILED
    assert content(tree) == before


NAMES = st.sampled_from(
    ["./Shop/A", "./Shop/B", "./Shop/A/X", "./DevInfo/Man", "./Inbox", "./Shop?prop=ACL", ".", "x//y", ""]
)


ITEMS = st.builds(
    lambda uri, data: Item(target=Target(uri), data=data), NAMES, st.none() | st.text("abc", max_size=5)
)


PLAIN: list[Callable[..., Command]] = [Add, Replace, Get]


COMMANDS = st.builds(
    lambda kind, items: kind("", items=items), st.sampled_from(PLAIN), st.lists(ITEMS, min_size=1, max_size=3)
)


@given(
    st.lists(st.lists(COMMANDS, max_size=4), max_size=4),
    st.integers(0, 2),
    st.sampled_from([None, 500, 800, 3000]),
    st.booleans(),
    st.sampled_from(list(Encoding)),
)
def test_every_command_gets_its_status(
    packages: list[list[Command]], open_messages: int, limit: int | None, stale: bool, encoding: Encoding
) -> None:
    """Whatever the server asks, each command is answered, no message too long, and the session ends.

    (`ScriptedServer` asserts the rules for every message.)
    """
    while packages and not packages[-1]:
        packages.pop()
    server = ScriptedServer(
        packages=packages,
        open_messages=open_messages,
        max_msg_size=limit,
        client_nonce=b"moved on" if stale else b"client-1",
    )
    events = drive(a_session(a_tree(), settings=SessionSettings(encoding=encoding)), server, most=200)
    if limit in (500, 800) and encoding is Encoding.XML and ended(events).outcome is Outcome.FAILED:
        assert "MaxMsgSize is" in ended(events).reason  # which is too little for credentials in XML
        return
    assert ended(events).outcome is Outcome.COMPLETED
    if all(packages):
        server.assert_all_answered()
    if limit is not None:
        assert all(len(body) <= limit for body in server.bodies[2 if stale else 1 :])
    assert sum(isinstance(event, Received) for event in events) == len(server.messages)


def test_the_results_come_with_their_message_reference() -> None:
    server = ScriptedServer(packages=[[get("./DevInfo")]])
    drive(a_session(a_tree()), server)
    (result,) = server.results
    assert isinstance(result, Results)
    assert (result.msg_ref, result.cmd_ref) == ("1", "4")
    (item,) = result.items
    assert item.source is not None
    assert item.source.loc_uri == "./DevInfo"
    assert item.meta is not None
    assert (item.meta.format, item.meta.type) == ("node", None)
    assert item.data == "DevId/Man/Mod/DmV/Lang"
