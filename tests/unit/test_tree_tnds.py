"""Subtrees as TNDS documents (DM Tree and Description Serialization §5.3; DM Representation Protocol §7.6)."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import EncodeError, TreeError
from simulator.tnds import wbxml, xml
from simulator.tnds.document import MgmtTree, Node, RTProperties
from simulator.tree import Tree, empty
from simulator.tree.acl import parse
from simulator.tree.description import Description

S = "srv.example"
FREE = parse("Add=*&Delete=*&Get=*&Replace=*")


def tree_of(*uris: str) -> Tree:
    tree = Tree(empty(acl=FREE))
    for uri in uris:
        tree.add(uri, value=uri)
    return tree


def interior(
    name: str | None, *nodes: Node, acl: str | None = None, path: str | None = None, type: str = ""
) -> Node:
    return Node(name, path, RTProperties(acl=acl, format="node", ddf_name=type), nodes=list(nodes))


def leaf(name: str, value: str | bytes | None = "v", format: str | None = "chr", **more: str) -> Node:
    return Node(name, None, RTProperties(format=format, mime="text/plain", **more), value)


def document(*nodes: Node) -> MgmtTree:
    return MgmtTree(nodes=list(nodes))


def refused(status: int, tree: Tree, command: Callable[[], object]) -> TreeError:
    before, acls = list(tree.walk()), tree.store.acls.merged()
    with pytest.raises(TreeError) as error:
        command()
    assert error.value.status == status
    assert list(tree.walk()) == before
    assert tree.store.acls.merged() == acls
    return error.value


def uris(tree: Tree, top: str = ".") -> list[str]:
    return [view.uri for view in tree.walk(top)]


# -- Add


def test_add_places_the_top_node_under_the_target() -> None:
    tree = tree_of("./A/x")
    added = tree.add_tnds("./A", document(interior("B", leaf("C", "1"))), S)
    assert added == ["./A/B"]
    assert tree.value("./A/B/C") == "1"


def test_empty_nodename_takes_the_name_from_the_target() -> None:
    tree = tree_of()
    assert tree.add_tnds("./A/Named", document(interior("", leaf("C"))), S) == ["./A/Named"]
    assert tree.exists("./A/Named/C")


@pytest.mark.parametrize("path", ["P/Q", "./P/Q", "./P/Q/", " P/Q "])
def test_path_is_relative_to_the_target(path: str) -> None:
    tree = tree_of()
    assert tree.add_tnds("./A", document(interior("B", leaf("C"), path=path)), S) == ["./A/P/Q/B"]


def test_a_hierarchy_can_continue_elsewhere_in_the_document() -> None:
    """§5.3: a node with neither Value nor nodes goes on in another top node, whose Path names it."""
    tree = tree_of()
    continued = interior("C", leaf("D"), path="A/B")
    added = tree.add_tnds(".", document(interior("A", Node("B")), continued), S)
    assert added == ["./A", "./A/B/C"]
    assert tree.value("./A/B/C/D") == "v"


def test_missing_format_is_node_with_nodes_and_chr_with_a_value() -> None:
    tree = tree_of()
    tree.add_tnds(".", document(Node("A", nodes=[Node("B", value="x"), leaf("C", None, None)])), S)
    assert [(view.uri, view.format, view.value) for view in tree.walk("./A")] == [
        ("./A", "node", None),
        ("./A/B", "chr", "x"),
        ("./A/C", "chr", ""),
    ]


@pytest.mark.parametrize("value", ["AP8=", b"AP8=", b"\x00\xff"])
def test_values_in_base64(value: str | bytes) -> None:
    tree = tree_of()
    tree.add_tnds(".", document(leaf("A", value, "b64")), S)
    assert tree.value("./A") == b"\x00\xff"


def test_octets_of_format_bin_are_not_base64() -> None:
    tree = tree_of()
    tree.add_tnds(".", document(leaf("A", b"AP8=", "bin")), S)
    assert tree.value("./A") == b"AP8="


def test_acls_come_with_the_document_and_replace_the_creators() -> None:
    tree = Tree(empty(acl=parse("Add=*&Get=*")))
    tree.add_tnds(".", document(interior("A", interior("B", leaf("C"), acl="Get=*"), acl=f"Get={S}&Add=x")), S)
    assert [(view.uri, view.acl) for view in tree.walk("./A")] == [
        ("./A", f"Add=x&Get={S}"),
        ("./A/B", "Get=*"),
        ("./A/B/C", ""),
    ]


BAD: list[tuple[int, Node]] = [
    (415, leaf("Z", "x", "int")),
    (415, leaf("Z", "%", "b64")),
    (418, leaf("C")),
    (400, Node(None)),
    (400, Node("")),
    (400, leaf("a/b")),
    (400, interior("Z", acl="Nonsense=*")),
    (400, Node("Z", value="x", nodes=[leaf("Y")])),
    (400, Node("Z", rt_properties=RTProperties(format="chr"), nodes=[leaf("Y")])),
    (415, Node("Z", rt_properties=RTProperties(format="node"), value="x")),
]


@pytest.mark.parametrize(("status", "bad"), BAD)
def test_one_bad_node_and_nothing_is_added(status: int, bad: Node) -> None:
    tree = tree_of("./A/x")
    refused(status, tree, lambda: tree.add_tnds("./A", document(leaf("F"), interior("B", leaf("C"), bad)), S))


def test_top_node_that_exists_is_418_and_an_empty_document_400() -> None:
    tree = tree_of("./A/B")
    refused(418, tree, lambda: tree.add_tnds("./A", document(leaf("N"), leaf("B")), S))
    refused(400, tree, lambda: tree.add_tnds("./A", document(), S))


def test_without_the_add_right_nothing_is_added() -> None:
    tree = tree_of("./A/x", "./B/x")
    tree.set_acl("./B", "Get=*")
    refused(425, tree, lambda: tree.add_tnds(".", document(leaf("N"), interior("M", path="B")), S))


def test_a_bottomless_document_is_413() -> None:
    tree = tree_of()
    top = node = interior("a")
    for _ in range(5000):
        node.nodes = [interior("a")]
        node = node.nodes[0]
    refused(413, tree, lambda: tree.add_tnds(".", document(top), S))


# -- Replace


def test_replace_makes_the_subtree_equal_to_the_document() -> None:
    tree = tree_of("./A/Old/x", "./A/Kept", "./Other")
    tree.set_acl("./A/Kept", "Delete=*&Get=*")
    replaced = tree.replace_tnds(".", document(interior("A", leaf("Kept", "new"), interior("New", leaf("y")))), S)
    assert replaced == ["./A"]
    assert uris(tree) == [".", "./A", "./A/Kept", "./A/New", "./A/New/y", "./Other"]
    assert (tree.value("./A/Kept"), tree.get("./A/Kept").acl) == ("new", "")


def test_replace_by_empty_nodename_and_of_a_leaf() -> None:
    tree = tree_of("./A/B", "./A/C")
    assert tree.replace_tnds("./A", document(interior("", leaf("D"))), S) == ["./A"]
    assert uris(tree, "./A") == ["./A", "./A/D"]
    tree.replace_tnds("./A", document(leaf("D", "12", "int")), S)
    assert (tree.get("./A/D").value, tree.get("./A/D").format) == ("12", "int")


def test_replace_of_what_does_not_exist_is_404() -> None:
    tree = tree_of("./A/B")
    refused(404, tree, lambda: tree.replace_tnds(".", document(interior("A", leaf("C")), interior("N")), S))


@pytest.mark.parametrize(("status", "bad"), [entry for entry in BAD if entry[0] != 418])
def test_one_bad_node_and_nothing_is_replaced(status: int, bad: Node) -> None:
    tree = tree_of("./A/B/C", "./A/D")
    tree.set_acl("./A/B", FREE)
    refused(status, tree, lambda: tree.replace_tnds(".", document(interior("A", leaf("C"), bad)), S))


def test_replace_needs_the_right_on_the_node_and_to_delete_what_goes() -> None:
    tree = tree_of("./A/B")
    tree.set_acl("./A/B", "Get=*")
    refused(425, tree, lambda: tree.replace_tnds(".", document(interior("A")), S))
    tree = tree_of("./A/B")
    tree.set_acl("./A", "Add=*&Delete=*&Get=*")
    refused(425, tree, lambda: tree.replace_tnds(".", document(interior("A")), S))


def test_replace_asks_for_rights_before_anything_is_taken_away() -> None:
    tree = tree_of("./A/B/C")
    tree.set_acl("./A", "Add=*&Get=*&Replace=*")
    tree.set_acl("./A/B", "Delete=*")  # which C inherits
    tree.replace_tnds(".", document(interior("A", leaf("D"))), S)
    assert uris(tree, "./A") == ["./A", "./A/D"]


def test_replace_sets_the_acl_of_a_standing_leaf_only_with_the_right_on_its_parent() -> None:
    tree = tree_of("./A/B")
    tree.set_acl("./A", f"Get=*&Replace={S}")
    tree.set_acl("./A/B", "Get=*&Replace=*")
    new = document(leaf("B", acl="Get=*&Replace=other"))
    refused(425, tree, lambda: tree.replace_tnds("./A", new, "other"))
    tree.replace_tnds("./A", new, S)
    assert tree.get("./A/B").acl == "Get=*&Replace=other"


def test_replace_takes_no_permanent_node_away() -> None:
    fixed = Description(format="node", children={"P": Description(format="chr", permanent=True)})
    tree = Tree(empty(Description(format="node", children={"A": fixed}), acl=FREE))
    tree.add("./A/P", value="x")
    refused(405, tree, lambda: tree.replace_tnds(".", document(interior("A")), S))


def test_replace_between_leaf_and_interior_is_405() -> None:
    tree = tree_of("./A/B")
    refused(405, tree, lambda: tree.replace_tnds(".", document(leaf("A")), S))
    refused(405, tree, lambda: tree.replace_tnds("./A", document(interior("B")), S))


# -- there and back

_names = st.from_regex(r"[A-Za-z0-9_.-]{1,8}", fullmatch=True).filter(lambda name: name not in (".", ".."))
_leaves = st.one_of(
    st.builds(lambda name, text: leaf(name, text), _names, st.text(max_size=12)),
    st.builds(lambda name, octets: leaf(name, octets, "bin"), _names, st.binary(max_size=12)),
    st.builds(lambda name, number: leaf(name, str(number), "int", acl="Get=*"), _names, st.integers()),
    st.builds(lambda name, title: leaf(name, "true", "bool", title=title), _names, st.text(max_size=9)),
)


def _unique(nodes: list[Node]) -> list[Node]:
    return list({node.node_name: node for node in nodes}.values())


_interiors = st.recursive(
    st.builds(lambda name: interior(name), _names),
    lambda below: st.builds(
        lambda name, type, acl, nodes: interior(name, *_unique(nodes), type=type, acl=acl),
        _names,
        st.sampled_from(["", "urn:x:mo:1.0"]),
        st.sampled_from([None, "Get=*", "Add=a+b&Get=*"]),
        st.lists(_leaves | below, max_size=5),
    ),
    max_leaves=20,
)


@settings(max_examples=150)
@given(_interiors)
def test_a_subtree_added_elsewhere_is_equal(top: Node) -> None:
    tree = tree_of()
    (first,) = tree.add_tnds("./First", document(top))
    (second,) = tree.add_tnds("./Second/Place", tree.tnds(first))
    assert shape(tree, first) == shape(tree, second)
    assert len(shape(tree, first)) == count(top)


@settings(max_examples=60)
@given(_interiors, st.sampled_from([xml, wbxml]))
def test_a_subtree_carried_in_either_encoding_is_equal(top: Node, codec: ModuleType) -> None:
    """S-TNS-03: encoded, decoded and added elsewhere."""
    tree = tree_of()
    (first,) = tree.add_tnds("./First", document(top))
    try:
        carried = codec.encode(tree.tnds(first))
    except EncodeError:  # text that has no form in XML, or a NUL in a WBXML string
        return
    (second,) = tree.add_tnds("./Second", codec.decode(carried))
    assert shape(tree, first) == shape(tree, second)


@settings(max_examples=80)
@given(_interiors, _interiors)
def test_replace_gives_what_add_gives(old: Node, new: Node) -> None:
    new.node_name = old.node_name
    tree = tree_of()
    tree.add_tnds("./First", document(old))
    tree.add_tnds("./Second", document(new))
    old_acl = tree.get(f"./First/{old.node_name}").acl
    tree.replace_tnds("./First", document(new))
    first, second = (shape(tree, f"./{place}/{new.node_name}") for place in ("First", "Second"))
    # The top node keeps type and ACL where the document says none.
    assert first[1:] == second[1:]
    assert first[0][3] == (second[0][3] or old_acl)


def shape(tree: Tree, top: str) -> list[tuple[object, ...]]:
    return [
        (view.uri.removeprefix(top), view.format, view.value, view.acl, view.title, sorted(view.children))
        for view in tree.walk(top)
    ]


def count(node: Node) -> int:
    return 1 + sum(map(count, node.nodes))
