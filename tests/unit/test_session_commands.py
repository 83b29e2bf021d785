"""What each command does and is answered with (DM Representation §7.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.objects.devinfo import DevInfo
from simulator.objects.standard import model
from simulator.session import room
from simulator.session.commands import HANDLERS
from simulator.session.commands.context import Context, ExecRequest
from simulator.session.outbox import Unit
from simulator.session.room import Room
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Command,
    Copy,
    Data,
    Delete,
    Exec,
    Get,
    Item,
    Meta,
    Replace,
    Results,
    Sequence,
    Source,
    Status,
    Target,
)
from simulator.tnds import wbxml as tnds_wbxml
from simulator.tnds import xml as tnds_xml
from simulator.tnds.document import MgmtTree, Node, RTProperties
from simulator.tree import Tree
from simulator.tree.description import Access, Description
from simulator.tree.model import empty
from tests.unit.scripted_server import DEV_ID, NOW, SERVER_ID

ALL = "&".join(f"{right}={SERVER_ID}" for right in ("Add", "Delete", "Exec", "Get", "Replace"))


def a_tree() -> Tree:
    """./Shop belongs to the server; Price is a number, Picture octets, Update can be executed."""
    tree = Tree(model(DevInfo(DEV_ID, "dmrig", "generic")))
    tree.now = NOW
    tree.add("./Shop", format="node")
    tree.set_acl("./Shop", ALL)
    tree.add("./Shop/Name", value="Corner")
    tree.add("./Shop/Price", format="int", value="7")
    tree.add("./Shop/Picture", format="bin", type="image/png", value=b"\x89PNG\0")
    tree.add("./Shop/Shelf", format="node")
    return tree


def execute(
    command: Command,
    tree: Tree | None = None,
    *,
    encoding: Encoding = Encoding.WBXML,
    operations: dict[str, Callable[[ExecRequest], int]] | None = None,
    server_id: str = SERVER_ID,
    **more: Any,
) -> tuple[list[str], list[Item], Context]:
    """Run one command; its statuses in order, the Items of its Results, and the context."""
    number = iter(range(1, 100))

    def name(inner: Command) -> None:
        inner.cmd_id = str(next(number))
        if isinstance(inner, (Atomic, Sequence)):
            for child in inner.commands:
                name(child)

    name(command)
    context = Context(
        tree=tree or a_tree(),
        server_id=server_id,
        msg_ref="1",
        encoding=encoding,
        handlers=HANDLERS,
        operations=operations or {},
        **more,
    )
    units = context.execute(command)
    return codes(units), results(units), context


def codes(units: list[Unit]) -> list[str]:
    assert all(isinstance(unit.commands[0], Status) for unit in units)
    return [str(command.data) for unit in units for command in unit.commands if isinstance(command, Status)]


def results(units: list[Unit]) -> list[Item]:
    found = [command for unit in units for command in unit.commands if isinstance(command, Results)]
    return [item for command in found for item in command.items]


def item(uri: str, data: Data | None = None, **meta: str) -> Item:
    return Item(
        target=Target(uri),
        meta=Meta(format=meta.get("format"), type=meta.get("type")) if meta else None,
        data=data,
    )


def get(uri: str) -> Get:
    return Get("", items=[item(uri)])


def add(uri: str, data: str | bytes | None = "v", **meta: str) -> Add:
    return Add("", items=[item(uri, data, **meta)])


def replace(uri: str, data: str | bytes | None = "v", **meta: str) -> Replace:
    return Replace("", items=[item(uri, data, **meta)])


def delete(uri: str) -> Delete:
    return Delete("", items=[item(uri)])


def exec_(uri: str) -> Exec:
    return Exec("", items=[item(uri)])


SHELF = MgmtTree(
    nodes=[
        Node(
            "Top",
            rt_properties=RTProperties(format="node"),
            nodes=[Node("Tea", rt_properties=RTProperties(format="chr", mime="text/plain"), value="Assam")],
        )
    ]
)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (get("./Shop/Name"), "200"),
        (get("Shop/Name"), "200"),
        (get("./Shop/Missing"), "404"),
        (get("./Inbox"), "405"),
        (get("./Shop/Name?prop=Size"), "200"),
        (get("./Shop/Name?prop=Colour"), "406"),
        (get("./Shop?list=Struct"), "200"),
        (get("./Shop?list=Everything"), "406"),
        (get("no//uri"), "400"),
        (add("./Shop/New"), "200"),
        (add("./Shop/a/b/c"), "200"),
        (add("./Shop/Name"), "418"),
        (add("./Shop/Name/x"), "405"),
        (add("./Shop/Node", None, format="node"), "200"),
        (add("./Shop/Count", "many", format="int"), "415"),
        (add("./Shop/Raw", b"\xff\xfe"), "415"),
        (add("./Shop/Raw", b"\xff\xfe", format="bin"), "200"),
        (add("./Shop/Raw", "/v4=", format="b64"), "200"),
        (add("./Shop/Raw", "*", format="b64"), "415"),
        (add("./Shop/Shape", "x", format="triangle"), "415"),
        (add("./DevInfo/DevId"), "418"),
        (add("./Shop/Name?prop=Title"), "405"),
        (replace("./Shop/Name"), "200"),
        (replace("./Shop/Missing"), "404"),
        (replace("./Shop/Shelf"), "405"),
        (replace("./Shop/Price", "dear"), "415"),
        (replace("./Shop/Name?prop=Name", "Title"), "200"),
        (replace("./Shop/Name?prop=Name", "Price"), "418"),
        (replace("./Shop/Name?prop=Format", "int"), "405"),
        (replace("./DevInfo/Man"), "425"),
        (delete("./Shop/Name"), "200"),
        (delete("./Shop/Missing"), "404"),
        (delete("."), "405"),
        (delete("./DevInfo"), "425"),
        (exec_("./Shop/Name"), "405"),
        (exec_("./Shop/Missing"), "404"),
        (exec_("./DevInfo/Man"), "425"),
        (Exec("", items=[item("./Shop/Name"), item("./Shop/Price")]), "400"),
        (Get(""), "412"),
        (Get("", items=[Item()]), "412"),
        (Copy("", items=[item("./Shop/Copy")]), "412"),
        (Add("", items=[Item(target=Target("./Shop/Big"), data="half", more_data=True)]), "406"),
        (Alert("", data="1222"), "200"),
        (Alert("", data="1100", items=[Item(), Item(data="Hello")]), "406"),
        (Alert("", data="9999"), "406"),
        (Alert("", data=MgmtTree()), "406"),
        (Alert(""), "406"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_status(command: Command, code: str) -> None:
    tree = a_tree()
    before = {view.uri: view for view in tree.walk()}
    found, _, context = execute(command, tree)
    assert found == [code]
    assert [str(event.status) for event in context.executed] == [code]
    if code != "200":
        assert {view.uri: view for view in tree.walk()} == before


def test_results_say_format_and_type_where_they_are_not_the_defaults() -> None:
    expected: list[tuple[str, Meta | None, Data]] = [
        ("./Shop/Name", None, "Corner"),
        ("./Shop/Price", Meta(format="int"), "7"),
        ("./Shop/Picture", Meta(format="bin", type="image/png"), b"\x89PNG\0"),
        ("./Shop", Meta(format="node"), "Name/Price/Picture/Shelf"),
        ("./Shop/Shelf", Meta(format="node"), ""),
        ("./Shop/Price?prop=Format", None, "int"),
    ]
    for uri, meta, data in expected:
        _, (found,), _ = execute(get(uri))
        assert found == Item(source=Source(uri), meta=meta, data=data)


def test_xml_carries_octets_as_base64() -> None:
    _, (found,), _ = execute(get("./Shop/Picture"), encoding=Encoding.XML)
    assert found.meta == Meta(format="b64", type="image/png")
    assert found.data == b"\x89PNG\0"
    tree = a_tree()
    tree.replace("./Shop/Name", "null \0 char")
    _, (found,), _ = execute(get("./Shop/Name"), tree, encoding=Encoding.XML)
    assert found.meta == Meta(format="b64")
    assert found.data == b"null \0 char"


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_subtree_comes_as_tnds_in_the_messages_encoding(encoding: Encoding) -> None:
    _, (found,), _ = execute(get("./Shop?list=TNDS"), encoding=encoding)
    assert found.meta is not None
    if encoding is Encoding.XML:
        assert isinstance(found.data, str)
        assert found.meta.type == "application/vnd.syncml.dmtnds+xml"
        document = tnds_xml.decode(found.data.encode())
    else:
        assert isinstance(found.data, bytes)
        assert found.meta.type == "application/vnd.syncml.dmtnds+wbxml"
        document = tnds_wbxml.decode(found.data)
    assert [node.node_name for node in document.nodes[0].nodes] == ["Name", "Price", "Picture", "Shelf"]


@pytest.mark.parametrize(
    ("data", "type_"),
    [
        (SHELF, "application/vnd.syncml.dmtnds+wbxml"),
        (tnds_wbxml.encode(SHELF), "application/vnd.syncml.dmtnds+wbxml"),
        (tnds_xml.encode(SHELF), "application/vnd.syncml.dmtnds+xml"),
        (tnds_xml.encode(SHELF).decode(), "application/vnd.syncml.dmtnds+xml"),
    ],
    ids=["in place", "wbxml", "xml octets", "xml text"],
)
def test_add_and_replace_of_tnds(data: Data, type_: str) -> None:
    tree = a_tree()
    found, _, _ = execute(Add("", items=[item("./Shop/Shelf", data, type=type_)]), tree)
    assert found == ["200"]
    assert tree.value("./Shop/Shelf/Top/Tea") == "Assam"
    tree.replace("./Shop/Shelf/Top/Tea", "Darjeeling")
    tree.add("./Shop/Shelf/Top/Coffee", value="no")
    found, _, _ = execute(Replace("", items=[item("./Shop/Shelf", data, type=type_)]), tree)
    assert found == ["200"]
    assert tree.value("./Shop/Shelf/Top/Tea") == "Assam"
    assert not tree.exists("./Shop/Shelf/Top/Coffee")


def test_tnds_that_is_none() -> None:
    for data in ("rubbish", b"\x03\x01", "", None):
        found, _, _ = execute(add("./Shop/Shelf", data, type="application/vnd.syncml.dmtnds+xml"))
        assert found[0] in ("415", "400"), data


def test_the_meta_of_the_command_counts_for_its_items() -> None:
    tree = a_tree()
    command = Add(
        "", meta=Meta(format="int"), items=[item("./Shop/A", "1"), item("./Shop/B", "two", format="chr")]
    )
    assert execute(command, tree)[0] == ["200"]
    assert tree.get("./Shop/A").format == "int"
    assert tree.get("./Shop/B").format == "chr"


def test_items_that_fare_differently_get_a_status_each() -> None:
    command = Get("", items=[item("./Shop/Name"), item("./Shop/Missing"), item("./Shop/Price")])
    number = iter("1")
    command.cmd_id = next(number)
    context = Context(a_tree(), SERVER_ID, "1", Encoding.WBXML, HANDLERS)
    units = context.execute(command)
    assert codes(units) == ["200", "404"]
    references = [unit.commands[0].target_ref for unit in units if isinstance(unit.commands[0], Status)]
    assert references == [["./Shop/Name", "./Shop/Price"], ["./Shop/Missing"]]
    assert [found.data for found in results(units)] == ["Corner", "7"]


def test_the_parent_that_could_not_be_created_is_named() -> None:
    command = add("./Shop/Name/x/y")
    command.cmd_id = "1"
    (unit,) = Context(a_tree(), SERVER_ID, "1", Encoding.WBXML, HANDLERS).execute(command)
    (status,) = unit.commands
    assert isinstance(status, Status)
    assert [blamed.target.loc_uri for blamed in status.items if blamed.target] == ["./Shop/Name/x"]


def many(uri: str, times: int) -> Get:
    return Get("", items=[item(uri) for _ in range(times)])


def test_results_are_collected_as_far_as_there_is_room() -> None:
    tree = a_tree()
    tree.add("./Shop/Leaf", value="x" * 1000)
    each = room.AROUND + len("./Shop/Leaf") + 1000
    waiting = Room(limit=3 * each)
    statuses, found, context = execute(many("./Shop/Leaf", 5), tree, room=waiting)
    assert statuses == ["200", "413"]
    assert [entry.data for entry in found] == ["x" * 1000] * 3
    assert [event.status for event in context.executed] == [200] * 3 + [413] * 2
    assert waiting.taken == 3 * each


def test_a_short_answer_still_finds_room_after_a_long_one_found_none() -> None:
    tree = a_tree()
    tree.add("./Shop/Long", value="x" * 500)
    command = Get("", items=[item("./Shop/Long"), item("./DevInfo/Man")])
    statuses, found, _ = execute(command, tree, room=Room(limit=500))
    assert statuses == ["413", "200"]
    assert [entry.data for entry in found] == ["dmrig"]


def test_what_is_asked_for_in_vain_again_and_again_is_not_looked_up_any_more() -> None:
    tree = a_tree()
    for number in range(50):
        tree.add(f"./Shop/N{number}", value="x")
    waiting = Room(limit=1000)
    command = Get("", items=[*many("./Shop?list=StructData", 30).items, item("./DevInfo/Man")])
    statuses, found, _ = execute(command, tree, room=waiting)
    assert (statuses, found) == (["413"], [])
    assert waiting.refused == room.PATIENCE


def test_commands_without_results_need_no_room() -> None:
    statuses, _, _ = execute(add("./Shop/New"), room=Room(limit=0))
    assert statuses == ["200"]


def test_copy() -> None:
    tree = a_tree()
    for target, source, code in [
        ("./Shop/Copy", "./Shop/Picture", "200"),
        ("./Shop/Name", "./Shop/Price", "200"),
        ("./Shop/Shelf", "./Shop/Price", "403"),
        ("./Shop/Copy2", "./Shop/Shelf", "403"),
        ("./Shop/Copy2", "./Shop/Missing", "404"),
        ("./DevInfo/Man", "./Shop/Name", "425"),
    ]:
        command = Copy("", items=[Item(target=Target(target), source=Source(source))])
        assert execute(command, tree)[0] == [code], (target, source)
    assert tree.value("./Shop/Copy") == b"\x89PNG\0"
    assert tree.get("./Shop/Name").format == "int"


def test_exec_starts_what_the_device_has() -> None:
    """./Fw and ./Idle can be executed; only ./Fw has something behind it."""
    node = Description(format="node", access=Access.EXEC | Access.GET)
    tree = Tree(empty(Description(format="node", children={"Fw": node, "Idle": node})))
    for uri in ("./Fw", "./Idle"):
        tree.add(uri, format="node")
    tree.set_acl(".", ALL)
    asked: list[ExecRequest] = []

    def update(request: ExecRequest) -> int:
        asked.append(request)
        return 202

    command = Exec("", correlator="job 1", items=[item("./Fw", "now")])
    assert execute(command, tree, operations={"./Fw": update})[0] == ["202"]
    assert asked == [ExecRequest("./Fw", "now", "job 1", SERVER_ID)]
    assert execute(exec_("./Idle"), tree, operations={"./Fw": update})[0] == ["406"]


# -- Sequence and Atomic


def test_sequence_goes_on_after_a_failure() -> None:
    tree = a_tree()
    command = Sequence(
        "", commands=[add("./Shop/A"), get("./Shop/Missing"), replace("./Shop/A", "w"), get("./Shop/A")]
    )
    found, (result,), context = execute(command, tree)
    assert found == ["200", "200", "404", "200", "200"]
    assert result.data == "w"
    assert [event.cmd for event in context.executed] == ["Sequence", "Add", "Get", "Replace", "Get"]


def test_atomic_that_succeeds() -> None:
    tree = a_tree()
    found, _, _ = execute(
        Atomic("", commands=[add("./Shop/A"), replace("./Shop/Name"), delete("./Shop/Price")]), tree
    )
    assert found == ["200"] * 4
    assert tree.exists("./Shop/A")


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([add("./Shop/A"), delete("./Shop/Missing"), add("./Shop/B")], ["507", "216", "404", "215"]),
        ([delete("./Shop/Missing"), add("./Shop/B")], ["507", "404", "215"]),
        ([add("./Shop/A"), get("./Shop/Name")], ["507", "216", "500"]),
        ([add("./Shop/A"), exec_("./Shop/Name")], ["507", "216", "500"]),
        ([add("./Shop/A"), Atomic("", commands=[add("./Shop/B")])], ["507", "216", "500", "500"]),
        (
            [Sequence("", commands=[add("./Shop/A"), add("./Shop/Name")]), add("./Shop/B")],
            ["507", "216", "216", "418", "215"],
        ),
        ([add("./Shop/A"), Alert("", data="1101")], ["507", "216", "406"]),
        ([add("./Shop/A"), Sequence("", commands=[get("./Shop/Name")])], ["507", "216", "500", "500"]),
        (
            [delete("./Shop/Missing"), Sequence("", commands=[add("./Shop/B")])],
            ["507", "404", "215", "215"],
        ),
    ],
)
def test_atomic_that_fails_changes_nothing(commands: list[Command], expected: list[str]) -> None:
    tree = a_tree()
    before = {view.uri: view for view in tree.walk()}
    found, shown, context = execute(Atomic("", commands=commands), tree)
    assert found == expected
    assert shown == []
    assert {view.uri: view for view in tree.walk()} == before
    assert [str(event.status) for event in context.executed] == expected


def test_one_item_of_several_fails_the_atomic() -> None:
    tree = a_tree()
    both = Add("", items=[item("./Shop/A", "a"), item("./Shop/Name", "b")])
    found, _, _ = execute(Atomic("", commands=[both]), tree)
    assert found == ["507", "216", "418"]
    assert not tree.exists("./Shop/A")


def test_the_answers_to_an_atomic_that_succeeds_come_in_one_message() -> None:
    command = Atomic(
        "1", commands=[Add("2", items=[item("./Shop/A", "a")]), Delete("3", items=[item("./Shop/Name")])]
    )
    (unit,) = Context(a_tree(), SERVER_ID, "1", Encoding.WBXML, HANDLERS).execute(command)
    assert len(unit.commands) == 3


def test_answers_that_fit_in_no_message_undo_the_atomic() -> None:
    """517 (DM Representation §7.5)."""
    tree = a_tree()
    before = {view.uri: view for view in tree.walk()}
    asked: list[int] = []

    def fits(units: list[Unit]) -> bool:
        asked.append(len(codes(units)))
        return False

    command = Atomic("", commands=[add("./Shop/A"), Sequence("", commands=[replace("./Shop/Name")])])
    found, _, context = execute(command, tree, fits=fits)
    assert found == ["517", "216", "216", "216"]
    assert [str(event.status) for event in context.executed] == found
    assert asked == [4]
    assert {view.uri: view for view in tree.walk()} == before
    assert execute(Atomic("", commands=[delete("./Shop/Missing")]), tree, fits=fits)[0] == ["507", "404"]


@pytest.mark.parametrize(
    ("commands", "expected", "name"),
    [
        ([replace("./Shop/Name", "new"), delete("./Shop/Missing")], ["507", "516", "404"], "new"),
        ([add("./Shop/A"), replace("./Shop/Name", "new"), add("./Shop/A")], ["507", "216", "516", "418"], "new"),
        ([Sequence("", commands=[replace("./Shop/Name")]), delete("./X")], ["507", "516", "516", "404"], "v"),
        ([replace("./Shop/Price", "9"), replace("./Shop/Missing")], ["507", "216", "404"], "Corner"),
        ([replace("./Shop/Missing"), replace("./Shop/Name")], ["507", "404", "215"], "Corner"),
    ],
)
def test_what_cannot_be_undone(commands: list[Command], expected: list[str], name: str) -> None:
    """516: what such a command did stays done, all else is rolled back (DM Representation §7.5)."""
    tree = a_tree()
    found, _, context = execute(Atomic("", commands=commands), tree, irreversible=frozenset({"./Shop/Name"}))
    assert found == expected
    assert [str(event.status) for event in context.executed] == expected
    assert (tree.value("./Shop/Name"), tree.value("./Shop/Price"), tree.exists("./Shop/A")) == (name, "7", False)


def test_an_empty_atomic_is_fine() -> None:
    assert execute(Atomic(""))[0] == ["200"]


def test_other_servers_have_no_rights() -> None:
    for command in (get("./Shop/Name"), replace("./Shop/Name"), delete("./Shop/Name"), add("./Shop/X")):
        assert execute(command, server_id="other.example")[0] == ["425"]
