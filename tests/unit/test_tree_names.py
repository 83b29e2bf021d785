"""Many siblings: names are shared by what grows one by one, and never by what goes another way."""

from __future__ import annotations

import pytest

from simulator.tree import Tree, empty
from simulator.tree.names import FEW, Names

MANY = 4 * FEW


def wide(count: int) -> Tree:
    tree = Tree(empty())
    tree.add("./A", format="node")
    for index in range(count):
        tree.add(f"./A/n{index}", value="")
    return tree


def listed(tree: Tree) -> Names:
    names = tree.node("./A").children
    assert isinstance(names, Names)
    return names


def test_adding_many_siblings_copies_their_names_once() -> None:
    tree = wide(FEW + 1)
    first = listed(tree)
    for index in range(FEW + 1, MANY):
        before = listed(tree)
        tree.add(f"./A/n{index}", value="", server="srv.example")
        assert listed(tree).shares(before)
    assert listed(tree).shares(first)
    assert list(first) == [f"n{index}" for index in range(FEW + 1)]
    assert tree.get("./A").children == tuple(f"n{index}" for index in range(MANY))


def test_few_names_are_a_tuple() -> None:
    assert type(wide(FEW).node("./A").children) is tuple


def test_what_is_undone_is_listed_no_more_and_does_not_come_back() -> None:
    tree = wide(MANY)
    before = tree.get("./A").children
    with tree.transaction() as transaction:
        tree.add("./A/lost", value="")
        transaction.rollback()
    assert tree.get("./A").children == before
    held = listed(tree)
    tree.add("./A/kept", value="")
    assert tree.get("./A").children == (*before, "kept")
    assert not listed(tree).shares(held)
    assert tuple(held) == before


def test_what_grows_two_ways_is_two_lists() -> None:
    names = listed(wide(MANY))
    one, other = names.plus("one"), names.plus("other")
    assert (one[-1], other[-1], len(names)) == ("one", "other", MANY)
    assert one.shares(names)
    assert not other.shares(names)


def test_devices_of_one_model_share_no_names_that_grow() -> None:
    model = wide(MANY).model
    assert type(model.nodes["./A"].children) is tuple
    first, second = Tree(model), Tree(model)
    first.add("./A/first", value="")
    second.add("./A/second", value="")
    assert first.get("./A").children[MANY:] == ("first",)
    assert second.get("./A").children[MANY:] == ("second",)


def test_names_read_like_a_tuple() -> None:
    names, same = Names([*"abcde"], 4), ("a", "b", "c", "d")
    assert tuple(names) == same
    assert tuple(reversed(names)) == same[::-1]
    assert "d" in names
    assert "e" not in names
    assert names[-1] == "d"
    assert list(names[1:]) == ["b", "c", "d"]
    with pytest.raises(IndexError):
        names[4]
