"""What Add, Replace, Delete and Get do to nodes (DM Representation Protocol §7.6, DM Tree and Description §7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulator.errors import TreeError
from simulator.tree import Tree, TreeOptions, empty
from simulator.tree.acl import parse
from simulator.tree.description import Access, Description

S = "srv.example"
FREE = parse("Add=*&Delete=*&Exec=*&Get=*&Replace=*")


def free_tree(description: Description | None = None, **options: int | bool) -> Tree:
    root = description or Description(format="node", open=True)
    return Tree(empty(root, acl=FREE, options=TreeOptions(**options)))  # type: ignore[arg-type]


def refused(status: int, tree: Tree, command: Callable[[], object]) -> TreeError:
    """The command is refused with that status and has changed nothing."""
    before = list(tree.walk())
    with pytest.raises(TreeError) as error:
        command()
    assert error.value.status == status
    assert list(tree.walk()) == before
    assert tree.store.count == len(before)
    return error.value


def test_add_existing_is_418() -> None:
    tree = free_tree()
    tree.add("./A", value="1", server=S)
    refused(418, tree, lambda: tree.add("A", value="2", server=S))
    refused(418, tree, lambda: tree.add(".", format="node", server=S))


def test_add_creates_missing_parents_as_interior_nodes() -> None:
    tree = free_tree()
    tree.add("./A/B/C", value="1", server=S)
    assert tree.get("./A/B", S).children == ("C",)
    assert [view.uri for view in tree.walk()] == [".", "./A", "./A/B", "./A/B/C"]


def test_add_without_implicit_parents_is_404() -> None:
    tree = free_tree(implicit_parents=False)
    refused(404, tree, lambda: tree.add("./A/B", value="1", server=S))


def test_add_below_a_leaf_is_405_and_names_the_parent_that_failed() -> None:
    tree = free_tree()
    tree.add("./Leaf", value="1")
    assert refused(405, tree, lambda: tree.add("./Leaf/X", value="1", server=S)).uri == "./Leaf/X"
    assert refused(405, tree, lambda: tree.add("./Leaf/X/Y", value="1", server=S)).uri == "./Leaf/X"


def test_add_when_full_is_420() -> None:
    tree = free_tree(max_nodes=3)
    tree.add("./A", value="1", server=S)
    refused(420, tree, lambda: tree.add("./B/C", value="1", server=S))
    tree.add("./B", value="1", server=S)
    tree.delete("./A", S)
    tree.add("./C", value="1", server=S)


@pytest.mark.parametrize(
    ("format", "value", "kept"),
    [
        (None, "text", "text"),
        ("chr", None, ""),
        ("chr", b"octets", "octets"),
        ("int", "-12", "-12"),
        ("bool", "true", "true"),
        ("float", "1.5e3", "1.5e3"),
        ("date", "20240229", "20240229"),
        ("xml", "<a/>", "<a/>"),
        ("null", None, None),
        ("bin", b"\x00\xff", b"\x00\xff"),
        ("b64", "AP8=", b"\x00\xff"),
        ("b64", "AP\r\n8=", b"\x00\xff"),
        ("bin", "AP8=", b"\x00\xff"),
        ("b64", b"\x00\xff", b"\x00\xff"),
    ],
)
def test_values_by_format(format: str | None, value: str | bytes | None, kept: str | bytes | None) -> None:
    tree = free_tree()
    tree.add("./A", format=format, value=value, server=S)
    assert tree.get("./A", S).value == kept


def test_base64_is_a_way_of_carrying_the_format_is_bin() -> None:
    tree = free_tree()
    tree.add("./A", format="b64", value="AP8=", server=S)
    assert tree.get("./A", S).format == "bin"


@pytest.mark.parametrize(
    ("format", "value"),
    [("int", "1x"), ("bool", "yes"), ("float", "."), ("b64", "%%%"), ("chr", b"\xff"), ("null", "x"), ("no", "x")],
)
def test_values_that_are_not_of_their_format_are_415(format: str, value: str | bytes) -> None:
    tree = free_tree()
    refused(415, tree, lambda: tree.add("./A", format=format, value=value, server=S))


def test_interior_node_with_a_value_is_415() -> None:
    tree = free_tree()
    refused(415, tree, lambda: tree.add("./A", format="node", value="x", server=S))


def test_replace_missing_is_404_and_never_creates() -> None:
    tree = free_tree()
    refused(404, tree, lambda: tree.replace("./A", "x", server=S))


def test_replace_keeps_format_and_type_unless_told() -> None:
    tree = free_tree()
    tree.add("./A", format="int", type="text/x", value="1", server=S)
    tree.replace("./A", "2", server=S)
    view = tree.get("./A")
    assert (view.value, view.format, view.type) == ("2", "int", "text/x")
    tree.replace("./A", "abc", format="chr", type="text/y", server=S)
    view = tree.get("./A")
    assert (view.value, view.format, view.type) == ("abc", "chr", "text/y")


def test_replace_of_an_interior_node_is_405() -> None:
    tree = free_tree()
    tree.add("./A", format="node")
    refused(405, tree, lambda: tree.replace("./A", "x", server=S))


def test_delete_is_recursive() -> None:
    tree = free_tree()
    tree.add("./A/B/C", value="1")
    tree.add("./A/D", value="1")
    tree.set_acl("./A/B", FREE)
    tree.delete("./A", S)
    assert [view.uri for view in tree.walk()] == ["."]
    assert not tree.store.acls.own
    refused(404, tree, lambda: tree.delete("./A", S))


def test_delete_of_the_root_is_405() -> None:
    tree = free_tree()
    refused(405, tree, lambda: tree.delete(".", S))
    refused(405, tree, lambda: tree.delete("."))


# -- permanent nodes and access types

PERMANENT = Description(format="chr", permanent=True)
CLOSED = Description(
    format="node",
    children={
        "Fixed": PERMANENT,
        "Kept": Description(format="chr", access=Access.ADD | Access.GET),
        "Hidden": Description(format="chr", access=Access.ADD | Access.REPLACE),
        "Number": Description(format="int", types=("text/number",)),
    },
    unnamed=None,
)
DESCRIBED = Description(format="node", children={"Box": CLOSED, "Open": Description(format="node", open=True)})


def described() -> Tree:
    tree = free_tree(DESCRIBED)
    for name in ("Fixed", "Kept", "Hidden"):
        tree.add(f"./Box/{name}", value="x")
    return tree


def test_permanent_node_cannot_be_deleted_renamed_or_added() -> None:
    tree = described()
    refused(405, tree, lambda: tree.delete("./Box/Fixed", S))
    refused(405, tree, lambda: tree.rename("./Box/Fixed", "Other", S))
    tree.delete("./Box/Fixed")
    refused(405, tree, lambda: tree.add("./Box/Fixed", value="x", server=S))


def test_access_type_without_a_command_is_405() -> None:
    tree = described()
    refused(405, tree, lambda: tree.replace("./Box/Kept", "y", server=S))
    refused(405, tree, lambda: tree.delete("./Box/Kept", S))
    refused(405, tree, lambda: tree.get("./Box/Hidden", S))
    tree.replace("./Box/Hidden", "y", server=S)


def test_a_node_that_takes_no_delete_goes_with_its_parent() -> None:
    tree = described()
    tree.delete("./Box", S)
    assert not tree.exists("./Box/Kept")


def test_acl_and_access_type_must_both_allow() -> None:
    tree = described()
    tree.set_acl("./Box", "Get=nobody")
    with pytest.raises(TreeError) as error:
        tree.get("./Box/Kept", S)
    assert error.value.status == 425


def test_a_node_that_the_device_does_not_know_is_405_and_a_wrong_format_or_type_415() -> None:
    tree = described()
    refused(405, tree, lambda: tree.add("./Box/Unknown", value="x", server=S))
    refused(405, tree, lambda: tree.add("./Unknown/X", value="x", server=S))
    refused(415, tree, lambda: tree.add("./Box/Number", value="x", server=S))
    refused(415, tree, lambda: tree.add("./Box/Number", format="int", type="a/b", value="1", server=S))
    tree.add("./Box/Number", format="int", value="1", server=S)
    refused(415, tree, lambda: tree.replace("./Box/Number", "x", format="chr", server=S))
    tree.add("./Open/Anything/At/All", value="x", server=S)


# -- rename


def test_rename_moves_the_subtree_with_its_acls() -> None:
    tree = free_tree()
    tree.add("./A/B/C", value="1")
    tree.add("./Z", value="1")
    tree.set_acl("./A/B", f"Get={S}")
    tree.rename("./A", "N", S)
    assert [view.uri for view in tree.walk()] == [".", "./N", "./N/B", "./N/B/C", "./Z"]
    assert tree.get("./N/B").acl == f"Get={S}"
    assert tree.get("./N").name == "N"


def test_rename_clash_is_418_missing_404_root_405_no_name_400() -> None:
    tree = free_tree()
    tree.add("./A", value="1")
    tree.add("./B", value="1")
    refused(418, tree, lambda: tree.rename("./A", "B", S))
    refused(404, tree, lambda: tree.rename("./C", "D", S))
    refused(405, tree, lambda: tree.rename(".", "D", S))
    for name in ("", "a/b", "..", "a?b"):
        refused(400, tree, lambda name=name: tree.rename("./A", name, S))
    tree.rename("./A", "A", S)


def test_a_node_known_by_its_name_cannot_be_renamed() -> None:
    tree = described()
    refused(405, tree, lambda: tree.rename("./Box/Hidden", "Other", S))
    tree.add("./Open/One", value="x", server=S)
    tree.rename("./Open/One", "Two", S)


# -- time


def test_changes_move_tstamp_and_verno_on() -> None:
    tree = free_tree()
    tree.now = datetime(2001, 7, 11, 16, 38, 17, tzinfo=UTC)
    tree.add("./A/B", value="1")
    first = tree.get("./A/B")
    assert (first.tstamp, first.ver_no) == (tree.now, 0)
    tree.now = datetime(2001, 7, 12, tzinfo=UTC)
    for change in (
        lambda: tree.replace("./A/B", "2"),
        lambda: tree.set_acl("./A/B", "Get=*"),
        lambda: tree.set_title("./A/B", "Title"),
        lambda: tree.rename("./A/B", "C") or tree.rename("./A/C", "B"),
    ):
        before = tree.get("./A/B").ver_no
        change()
        after = tree.get("./A/B")
        assert after.ver_no > before
        assert after.tstamp == tree.now


def test_verno_has_16_bits_and_wraps() -> None:
    tree = free_tree()
    tree.add("./A", value="1")
    for _ in range(0x10000):
        tree.replace("./A", "1")
    assert tree.get("./A").ver_no == 0


def test_a_value_can_be_worked_out_when_it_is_read() -> None:
    tree = free_tree()
    tree.add("./Clock", value=lambda now: "unknown" if now is None else str(now.year))
    assert tree.value("./Clock") == "unknown"
    tree.now = datetime(2031, 1, 1, tzinfo=UTC)
    assert tree.get("./Clock", S).value == "2031"
    tree.replace("./Clock", "set", server=S)
    assert tree.get("./Clock", S).value == "set"


# -- transactions, and devices of one model


def test_a_transaction_is_all_or_nothing_and_nests() -> None:
    tree = free_tree()
    tree.add("./A/B", value="1")
    before = list(tree.walk())

    def inner() -> None:
        with tree.transaction():
            tree.add("./A/C", value="1")
            tree.add("./A/B", value="1")

    def outer() -> None:
        with tree.transaction():
            tree.replace("./A/B", "2")
            with pytest.raises(TreeError):
                inner()
            assert [view.uri for view in tree.walk()] == [".", "./A", "./A/B"]
            assert tree.value("./A/B") == "2"
            tree.delete("./A")
            tree.add("./D", value="1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        outer()
    assert list(tree.walk()) == before


def test_a_transaction_can_be_rolled_back_by_hand() -> None:
    tree = free_tree()
    with tree.transaction() as transaction:
        tree.add("./A", value="1")
        transaction.rollback()
        tree.add("./B", value="1")
    assert [view.uri for view in tree.walk()] == [".", "./B"]


def test_devices_of_one_model_do_not_see_each_others_changes() -> None:
    first = free_tree()
    first.add("./A/B", value="1")
    model = first.model
    one, two = Tree(model), Tree(model)
    one.replace("./A/B", "2")
    one.add("./A/C", value="3")
    two.delete("./A")
    assert [view.uri for view in Tree(model).walk()] == [".", "./A", "./A/B"]
    assert (one.value("./A/B"), first.value("./A/B"), two.exists("./A")) == ("2", "1", False)


def test_a_model_taken_from_a_changed_device_has_its_nodes() -> None:
    tree = free_tree()
    tree.add("./A/B", value="1")
    tree.set_acl("./A", f"Get={S}")
    later = Tree(tree.model)
    tree.delete("./A")
    assert next(iter(later.walk("./A"))).acl == f"Get={S}"
    assert later.model is later.base


def test_values_past_the_octets_that_a_device_has_are_420() -> None:
    tree = free_tree(max_octets=10)
    tree.add("./A", value="äbcde", server=S)
    assert tree.store.octets == 6
    refused(420, tree, lambda: tree.add("./B/C", value=b"12345", format="bin", server=S))
    refused(420, tree, lambda: tree.replace("./A", "x" * 11, server=S))
    tree.add("./B/C", value=b"1234", format="bin", server=S)
    refused(420, tree, lambda: tree.replace("./B/C", b"12345", server=S))
    tree.replace("./A", "12345", server=S)
    tree.replace("./B/C", b"12345", server=S)
    assert tree.store.octets == 10
    tree.replace("./A", "the device's own", server=None)
    tree.replace("./A", "the device's", server=S)
    tree.delete("./A", S)
    assert tree.store.octets == 5
    tree.add("./D", value="12345", server=S)


def test_octets_of_values_are_counted_as_they_would_be_summed_up() -> None:
    tree = free_tree()
    tree.add("./A", value="12345")
    tree.add("./C/D", value="123")
    device = Tree(tree.model)
    assert device.store.octets == 0
    with device.transaction() as whole:
        device.replace("./A", "1234567")
        with device.transaction() as part:
            device.add("./B", value="12")
            device.delete("./A")
            assert device.store.octets == 2
            part.rollback()
        assert device.store.octets == 7
        device.delete("./C")
        device.rename("./A", "E")
        assert device.store.octets == 7
        device.store.rest()
        assert device.store.octets == 7
        whole.rollback()
    assert device.store.octets == 0
    device.store.rest()
    assert device.store.octets == 0
