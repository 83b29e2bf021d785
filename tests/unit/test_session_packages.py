"""Packages of several messages, and what there is room for, against a scripted server (DM Protocol §7)."""

from __future__ import annotations

from base64 import b64encode

import pytest

from simulator.session.events import Executed, Outcome
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import (
    Alert,
    Atomic,
    Command,
    Get,
    Item,
    Target,
)
from tests.unit.scripted_server import (
    ScriptedServer,
    drive,
)
from tests.unit.session_bench import a_session, a_tree, add, ended, get


def test_a_package_of_several_messages_is_answered_by_next_message() -> None:
    tree = a_tree()
    server = ScriptedServer(
        packages=[[add("./Shop/A", "a")], [add("./Shop/B", "b")], [add("./Shop/C", "c")]], open_messages=2
    )
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    assert [message.sync_body.final for message in server.messages] == [True, False, False, True]
    for message in server.messages[1:3]:
        last = message.sync_body.commands[-1]
        assert isinstance(last, Alert)
        assert last.data == "1222"
    assert [tree.value(f"./Shop/{name}") for name in "ABC"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("encoding", "limit"),
    [(Encoding.WBXML, 500), (Encoding.WBXML, 1500), (Encoding.XML, 1500), (Encoding.XML, 2500)],
)
def test_no_message_is_longer_than_the_server_takes(encoding: Encoding, limit: int) -> None:
    tree = a_tree()
    for number in range(20):
        tree.add(f"./Shop/N{number}", value=f"{number} " * 20)
    server = ScriptedServer(packages=[[get(f"./Shop/N{number}") for number in range(20)]], max_msg_size=limit)
    events = drive(a_session(tree, settings=SessionSettings(encoding=encoding)), server)
    assert ended(events).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    assert [item.data for result in server.results for item in result.items] == [f"{n} " * 20 for n in range(20)]
    assert max(map(len, server.bodies[1:])) <= limit
    finals = [message.sync_body.final for message in server.messages]
    assert finals == [True] + [False] * (len(finals) - 2) + [True]
    assert len(finals) > 2


def test_what_fits_in_no_message_is_answered_with_413() -> None:
    """By a device that has no large objects (DM Representation §7.6.7)."""
    tree = a_tree()
    tree.replace("./DevDetail/LrgObj", "false")
    tree.add("./Shop/Big", value="x" * 3000)
    server = ScriptedServer(
        packages=[[get("./DevInfo/Man"), get("./Shop/Big"), get("./DevInfo/Mod")]], max_msg_size=1500
    )
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert server.codes(1) == ["212", "200", "413", "200"]
    assert [item.data for result in server.results for item in result.items] == ["dmrig", "generic"]


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("value", ["x<y " * 900, "\u20ac" * 2000, bytes(range(256)) * 15])
def test_a_large_value_is_sent_in_chunks(encoding: Encoding, value: str | bytes) -> None:
    """DM Protocol §7.3: MoreData, Size in the first chunk, and no message longer than the server takes."""
    tree = a_tree()
    tree.add("./Shop/Big", value=value, format="bin" if isinstance(value, bytes) else "chr")
    server = ScriptedServer(
        packages=[[get("./DevInfo/Man"), get("./Shop/Big"), get("./DevInfo/Mod")]], max_msg_size=1500
    )
    events = drive(a_session(tree, settings=SessionSettings(encoding=encoding)), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert server.codes(1) == ["212", "200", "200", "200"]
    carried = value
    if isinstance(value, bytes) and encoding is Encoding.XML:
        carried = b64encode(value).decode()
    assert server.values == [("./DevInfo/Man", "dmrig"), ("./Shop/Big", carried), ("./DevInfo/Mod", "generic")]
    assert max(map(len, server.bodies[1:])) <= 1500
    assert len(server.bodies) > 5


def test_an_object_larger_than_the_server_takes_is_not_sent() -> None:
    tree = a_tree()
    tree.add("./Shop/Big", value="x" * 3000)
    server = ScriptedServer(
        packages=[[get("./Shop/Big"), get("./DevInfo/Man")]], max_msg_size=1500, max_obj_size=2999
    )
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert server.codes(1) == ["212", "413", "200"]
    assert Executed("Get", "./Shop/Big", 413) in events
    assert server.values == [("./DevInfo/Man", "dmrig")]


def test_no_more_waits_to_be_sent_than_there_is_room_for() -> None:
    """However often a server that names no MaxMsgSize asks for the same."""
    tree = a_tree()
    tree.add("./Shop/Leaf", value="x" * 1000)
    asked = Get("", items=[Item(target=Target("./Shop/Leaf")) for _ in range(300)])
    server = ScriptedServer(packages=[[asked], [get("./Shop/Leaf")]])
    events = drive(a_session(tree, settings=SessionSettings(max_unsent=10_000)), server)
    assert ended(events).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    # Afterwards, when it was sent, there is room again.
    assert (server.codes(1), server.codes(2)) == (["212", "200", "413"], ["212", "200"])
    assert 5 < len(server.values) < 11
    assert Executed("Get", "./Shop/Leaf", 413) in events


def test_what_was_not_sent_yet_leaves_less_room() -> None:
    """The answers to one message go out in several; a server that asks on meanwhile gets no second helping."""
    tree = a_tree()
    tree.add("./Shop/Leaf", value="x" * 1000)
    asked = Get("", items=[Item(target=Target("./Shop/Leaf")) for _ in range(8)])
    server = ScriptedServer(packages=[[asked], [asked]], open_messages=1, max_msg_size=1500)
    events = drive(a_session(tree, settings=SessionSettings(max_unsent=10_000)), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert [event.status for event in events if isinstance(event, Executed)].count(413) >= 5
    assert len(server.values) < 12


def test_many_items_are_told_in_several_messages() -> None:
    tree = a_tree()
    for number in range(60):
        tree.add(f"./Shop/N{number}", value=f"{number} " * 9)
    server = ScriptedServer(packages=[[get("./Shop?list=StructData")]], max_msg_size=1000)
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert [uri for uri, _ in server.values] == ["./Shop", *(f"./Shop/N{n}" for n in range(60))]
    assert max(map(len, server.bodies[1:])) <= 1000


def test_an_atomic_whose_answers_fit_in_no_message() -> None:
    """517, everything undone, and the statuses in as many messages as they take."""
    tree = a_tree()
    many: list[Command] = [add(f"./Shop/N{number}", "x") for number in range(40)]
    server = ScriptedServer(packages=[[get("./DevInfo/Man")], [Atomic("", commands=many)]], max_msg_size=1200)
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    assert server.codes(2) == ["212", "517", *["216"] * 40]
    assert not tree.exists("./Shop/N0")
    assert max(map(len, server.bodies[1:])) <= 1200


def test_an_atomic_whose_answers_just_fit() -> None:
    tree = a_tree()
    server = ScriptedServer(
        packages=[[get("./DevInfo/Man")], [Atomic("", commands=[add(f"./Shop/N{n}", "x") for n in range(8)])]],
        max_msg_size=1200,
    )
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert server.codes(2) == ["212", *["200"] * 9]
    assert len(server.messages) == 3


def test_a_server_that_takes_nothing_ends_the_session() -> None:
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]], max_msg_size=90)
    end = ended(drive(a_session(a_tree()), server))
    assert end.outcome is Outcome.FAILED
    assert "MaxMsgSize is 90" in end.reason
    assert len(server.messages) == 1
