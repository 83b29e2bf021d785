"""Large objects on their way in: chunks are gathered, and the whole is done at once or not (DM Protocol §7.3)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.session.events import Executed, Outcome
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Command,
    Data,
    Item,
    Meta,
    Replace,
    Sequence,
    Source,
    Status,
    Target,
)
from simulator.tnds import xml as tnds_xml
from simulator.tnds.document import MgmtTree, Node, RTProperties
from simulator.tree import Tree
from tests.unit.scripted_server import SERVER_ID, ScriptedServer, drive
from tests.unit.session_bench import a_session, a_tree, add, content, ended, get, noted, replace


def chunk(
    uri: str,
    data: Data | None,
    *,
    size: int | str | None = None,
    more: bool = True,
    kind: type[Add] | type[Replace] = Add,
    **meta: str,
) -> Add | Replace:
    stated = {**meta, **({} if size is None else {"size": str(size)})}
    item = Item(target=Target(uri), meta=Meta(**stated) if stated else None, data=data, more_data=more)
    return kind("", items=[item])


def play(*messages: list[Command], tree: Tree | None = None, final: int = 1, **settings: Any) -> ScriptedServer:
    """One message after the other; the last ``final`` of them have Final."""
    server = ScriptedServer(packages=list(messages), open_messages=len(messages) - final)
    found = drive(a_session(tree or a_tree(), settings=SessionSettings(**settings)), server)
    assert ended(found).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    return server


def codes(server: ScriptedServer, message: int) -> list[str]:
    """Without the header's."""
    return server.codes(message)[1:]


def alerts(server: ScriptedServer) -> list[Alert]:
    """What the client said of its own accord in answers, other than Next Message."""
    found = [c for message in server.messages[1:] for c in message.sync_body.commands if isinstance(c, Alert)]
    return [alert for alert in found if alert.data != "1222"]


@pytest.mark.parametrize("encoding", list(Encoding))
def test_an_object_in_three_chunks(encoding: Encoding) -> None:
    tree = a_tree()
    server = play(
        [chunk("./Shop/Big", "one ", size=13)],
        [chunk("./Shop/Big", "two ")],
        [chunk("./Shop/Big", "three", more=False)],
        tree=tree,
        encoding=encoding,
    )
    assert [codes(server, number) for number in (1, 2, 3)] == [["213"], ["213"], ["200"]]
    assert tree.value("./Shop/Big") == "one two three"
    # Each chunk but the last is answered with Next Message as well, and no Final.
    assert [message.sync_body.final for message in server.messages] == [True, False, False, True]
    for message in server.messages[1:3]:
        last = message.sync_body.commands[-1]
        assert isinstance(last, Alert)
        assert last.data == "1222"


def test_nothing_is_there_before_the_last_chunk() -> None:
    tree = a_tree()
    tree.add("./Shop/Big", value="before")
    seen: list[object] = []
    tree_value = tree.value

    class Watching(ScriptedServer):
        def exchange(self, send: Any) -> tuple[int, str, bytes]:
            seen.append(tree_value("./Shop/Big"))
            return super().exchange(send)

    server = Watching(
        packages=[
            [chunk("./Shop/Big", "aft", size=5, kind=Replace)],
            [chunk("./Shop/Big", "er", kind=Replace, more=False)],
        ],
        open_messages=1,
    )
    drive(a_session(tree), server)
    assert seen == ["before", "before", "after"]


def test_format_and_type_of_the_first_chunk_count() -> None:
    tree = a_tree()
    play(
        [chunk("./Shop/Big", "/v4B", size=8, format="b64", type="image/png")],
        [chunk("./Shop/Big", "AgM=", more=False)],
        tree=tree,
    )
    node = tree.get("./Shop/Big")
    assert (node.value, node.format, node.type) == (b"\xfe\xfe\x01\x02\x03", "bin", "image/png")


def test_octets_and_text_may_be_mixed_and_characters_cut() -> None:
    tree = a_tree()
    euro = "\u20ac".encode()
    play(
        [chunk("./Shop/Big", b"12 " + euro[:1], size=9)],
        [chunk("./Shop/Big", euro[1:])],
        [chunk("./Shop/Big", " ok", more=False)],
        tree=tree,
    )
    assert tree.value("./Shop/Big") == "12 \u20ac ok"


def test_a_whole_document_in_chunks_is_added_whole() -> None:
    leaf = RTProperties(format="chr", mime="text/plain")
    shelf = MgmtTree(
        nodes=[
            Node(
                "Shelf",
                rt_properties=RTProperties(format="node"),
                nodes=[Node("Tea", rt_properties=leaf, value="Assam")],
            )
        ]
    )
    text = tnds_xml.encode(shelf)
    tree = a_tree()
    type_ = "application/vnd.syncml.dmtnds+xml"
    play(
        [chunk("./Shop", text[:60], size=len(text), type=type_, format="xml")],
        [chunk("./Shop", text[60:], more=False)],
        tree=tree,
    )
    assert tree.value("./Shop/Shelf/Tea") == "Assam"


@pytest.mark.parametrize(
    ("first", "second"), [("123456", "7890"), ("1", "2"), ("12345", ""), ("", ""), ("1234567890x", "")]
)
def test_another_size_than_was_said(first: str, second: str) -> None:
    """424, and nothing is committed."""
    tree = a_tree()
    before = content(tree)
    server = play([chunk("./Shop/Big", first, size=9)], [chunk("./Shop/Big", second, more=False)], tree=tree)
    assert codes(server, 2) == ["424"]
    assert {k: v for k, v in content(tree).items() if "AAuthData" not in k} == {
        k: v for k, v in before.items() if "AAuthData" not in k
    }


@pytest.mark.parametrize("size", [None, "", "many", "-1", "9" * 13])
def test_the_first_chunk_says_the_size(size: str | None) -> None:
    tree = a_tree()
    server = play([chunk("./Shop/Big", "1", size=size)], [chunk("./Shop/Big", "2", more=False)], tree=tree)
    assert codes(server, 1) == codes(server, 2) == ["411"]
    assert not tree.exists("./Shop/Big")


def test_larger_than_the_device_takes() -> None:
    """416 (DM Representation §7.4, MaxObjSize); what still comes of it is refused alike."""
    tree = a_tree()
    server = play(
        [chunk("./Shop/Big", "x" * 60, size=101)],
        [chunk("./Shop/Big", "x" * 41, more=False)],
        [add("./Shop/Big", "small")],
        tree=tree,
        max_obj_size=100,
    )
    assert [codes(server, number) for number in (1, 2, 3)] == [["416"], ["416"], ["200"]]
    assert tree.value("./Shop/Big") == "small"
    header = server.messages[0].sync_hdr
    assert header.meta is not None
    assert header.meta.max_obj_size == "100"
    assert codes(play([add("./Shop/Big", "x" * 101)], max_obj_size=100), 1) == ["416"]


def test_exactly_as_large_as_the_device_takes() -> None:
    tree = a_tree()
    play(
        [chunk("./Shop/Big", "x" * 60, size=100)],
        [chunk("./Shop/Big", "x" * 40, more=False)],
        tree=tree,
        max_obj_size=100,
    )
    assert tree.value("./Shop/Big") == "x" * 100


@pytest.mark.parametrize(
    "other",
    [
        get("./DevInfo/Man"),
        add("./Shop/Other", "x"),
        replace("./Shop/Big", "x"),
        Sequence("", commands=[]),
        Atomic("", commands=[chunk("./Shop/Big", "rest", more=False)]),
        Alert("", data="1100", items=[Item(data=""), Item(data="hello")]),
        chunk("./Shop/Big", "ab", size=2, more=False),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_new_command_breaks_an_object_off(other: Command) -> None:
    """Alert 1225 with the address of the object; nothing of it is committed."""
    tree = a_tree()
    server = play([chunk("./Shop/Big", "begun ", size=11)], [other], tree=tree)
    (alert,) = alerts(server)
    assert alert.data == "1225"
    assert [item.target for item in alert.items] == [Target("./Shop/Big")]
    assert tree.value("./Shop/Big") in (None, "ab", "rest")  # never anything of what was begun


def test_the_source_of_an_object_that_was_broken_off_is_named_too() -> None:
    begun = chunk("./Shop/Big", "a", size=2)
    begun.items[0].source = Source("./there")
    (alert,) = alerts(play([begun], [get("./DevInfo/Man")]))
    assert alert.items == [Item(target=Target("./Shop/Big"), source=Source("./there"))]


def test_a_package_that_ends_leaves_the_object_incomplete() -> None:
    server = ScriptedServer(packages=[[chunk("./Shop/Big", "a", size=2)], []], open_messages=1)
    tree = a_tree()
    found = drive(a_session(tree), server)
    assert ended(found).outcome is Outcome.COMPLETED
    assert [alert.data for alert in alerts(server)] == ["1225"]
    assert any("breaks off after 1 of 2" in note for note in noted(found))
    assert not tree.exists("./Shop/Big")


def test_another_command_in_the_same_message_breaks_it_off() -> None:
    server = play([chunk("./Shop/Big", "a", size=2), get("./DevInfo/Man")], [get("./DevInfo/Mod")])
    assert codes(server, 1) == ["213", "200"]
    assert [alert.data for alert in alerts(server)] == ["1225"]


def test_next_message_does_not_break_it_off() -> None:
    tree = a_tree()
    server = play(
        [chunk("./Shop/Big", "a", size=2)],
        [Alert("", data="1222")],
        [chunk("./Shop/Big", "b", more=False)],
        tree=tree,
    )
    assert alerts(server) == []
    assert tree.value("./Shop/Big") == "ab"


def test_final_with_every_chunk_is_noted_and_survived() -> None:
    tree = a_tree()
    server = ScriptedServer(
        packages=[[chunk("./Shop/Big", "a", size=2)], [chunk("./Shop/Big", "b", more=False)]], open_messages=0
    )
    found = drive(a_session(tree), server)
    assert tree.value("./Shop/Big") == "ab"
    assert any("MoreData in a message with Final" in note for note in noted(found))


def test_items_before_the_chunk_are_done_at_once() -> None:
    tree = a_tree()
    several = Add(
        "",
        items=[
            Item(target=Target("./Shop/Small"), data="s"),
            Item(target=Target("./Shop/Big"), meta=Meta(size="2"), data="a", more_data=True),
        ],
    )
    rest = Add(
        "",
        items=[
            Item(target=Target("./Shop/Big"), data="b"),
            Item(target=Target("./Shop/Last"), data="l"),
        ],
    )
    server = play([several], [rest], tree=tree)
    assert (codes(server, 1), codes(server, 2)) == (["200", "213"], ["200"])
    assert [tree.value(f"./Shop/{name}") for name in ("Small", "Big", "Last")] == ["s", "ab", "l"]


@pytest.mark.parametrize("outer", [Sequence, Atomic])
def test_no_chunks_within_others(outer: type[Sequence] | type[Atomic]) -> None:
    tree = a_tree()
    server = play([outer("", commands=[chunk("./Shop/Big", "a", size=2)])], tree=tree)
    assert codes(server, 1)[-1] == "426"
    assert not tree.exists("./Shop/Big")


def test_a_device_without_large_objects() -> None:
    tree = a_tree()
    tree.replace("./DevDetail/LrgObj", "false")
    server = play([chunk("./Shop/Big", "a", size=2)], [chunk("./Shop/Big", "b", more=False)], tree=tree)
    assert codes(server, 1) == codes(server, 2) == ["406"]
    assert not tree.exists("./Shop/Big")
    header = server.messages[0].sync_hdr
    assert header.meta is not None
    assert header.meta.max_obj_size is None


def test_a_whole_that_the_tree_refuses() -> None:
    tree = a_tree()
    tree.add("./Shop/Big", value="there")
    server = play([chunk("./Shop/Big", "a", size=2)], [chunk("./Shop/Big", "b", more=False)], tree=tree)
    assert (codes(server, 1), codes(server, 2)) == (["213"], ["418"])
    assert tree.value("./Shop/Big") == "there"


def test_a_document_in_place_is_no_chunk() -> None:
    assert codes(play([chunk("./Shop/Big", MgmtTree(), size=2)]), 1) == ["415"]
    server = play([chunk("./Shop/Big", "a", size=2)], [chunk("./Shop/Big", MgmtTree(), more=False)])
    assert codes(server, 2) == ["415"]


def test_chunks_of_a_server_that_is_not_trusted_are_not_gathered() -> None:
    tree = a_tree()
    server = ScriptedServer(
        packages=[[chunk("./Shop/Big", "a", size=2)], [chunk("./Shop/Big", "b", more=False)]],
        open_messages=1,
        secret="guessed",
    )
    assert ended(drive(a_session(tree), server)).outcome is Outcome.SERVER_REFUSED
    assert not tree.exists("./Shop/Big")


def test_what_is_told_of_chunks() -> None:
    server = ScriptedServer(
        packages=[[chunk("./Shop/Big", "a", size=2)], [chunk("./Shop/Big", "b", more=False)]], open_messages=1
    )
    found = drive(a_session(a_tree()), server)
    assert [event for event in found if isinstance(event, Executed)] == [
        Executed("Add", "./Shop/Big", 213),
        Executed("Add", "./Shop/Big", 200),
    ]


@given(st.data(), st.sampled_from(list(Encoding)))
def test_any_cut_gives_the_same(data: st.DataObject, encoding: Encoding) -> None:
    text = data.draw(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
    whole = "".join(character for character in text if character not in "\ufffe\uffff")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    size = len(whole.encode())
    messages: list[list[Command]] = [
        [chunk("./Shop/Big", part, size=size if number == 0 else None, more=number < len(parts) - 1)]
        for number, part in enumerate(parts)
    ]
    tree = a_tree()
    play(*messages, tree=tree, encoding=encoding)
    assert tree.value("./Shop/Big") == whole
    assert tree.get("./Shop/Big", SERVER_ID).format == "chr"


def test_statuses_name_the_chunk() -> None:
    server = play([chunk("./Shop/Big", "a", size=2)], [chunk("./Shop/Big", "b", more=False)])
    for number in ("1", "2"):
        found = [s for (msg, cmd), statuses in server.statuses.items() for s in statuses if msg == number]
        (status,) = [s for s in found if isinstance(s, Status) and s.cmd == "Add"]
        assert status.target_ref == ["./Shop/Big"]
