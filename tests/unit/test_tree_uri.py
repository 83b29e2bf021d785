"""Addresses (DM Tree and Description §7.2) and their limits (DM Standardized Objects §5.3.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import TreeError
from simulator.objects import standard
from simulator.objects.devdetail import DevDetail
from simulator.objects.devinfo import DevInfo
from simulator.tree import Tree
from simulator.tree import uri as uris
from simulator.tree.acl import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".", "."),
        ("./A/B", "./A/B"),
        ("A/B", "./A/B"),
        ("DMAcc/a%62c", "./DMAcc/abc"),
        ("./x%2fy", "./x%2Fy"),
        ("./.hidden/..x", "./.hidden/..x"),
        ("./name with space/é", "./name with space/é"),
    ],
)
def test_addresses_have_one_spelling(text: str, expected: str) -> None:
    assert uris.normalise(text) == expected
    assert uris.normalise(expected) == expected


@pytest.mark.parametrize(
    "text",
    ["", "/", "./", "./A/", "/A", "./A//B", "./A/../B", "..", "./A/.", "./A/./B", "./A\x00", "A\n", "./%2E%2E/A"],
)
def test_no_trailing_slash_no_dots_no_empty_segments(text: str) -> None:
    with pytest.raises(TreeError) as error:
        uris.normalise(text)
    assert error.value.status == 400


def test_property_address_is_no_node_405() -> None:
    with pytest.raises(TreeError) as error:
        Tree().add("./A?prop=ACL", value="")
    assert error.value.status == 405


@given(st.text(max_size=60))
def test_any_text_gives_an_address_or_a_tree_error(text: str) -> None:
    try:
        uri = uris.normalise(text)
    except TreeError:
        return
    assert uris.normalise(uri) == uri
    assert uri == "." or (uri.startswith("./") and "" not in uri.split("/"))


LIMITED = DevDetail(max_depth=3, max_tot_len=20, max_seg_len=8)


@pytest.mark.parametrize("uri", ["./A/B/C/D", "./Aaaaaaaaa", "./Aaaaaaaa/Bbbbbbbb/Cccccccc"])
def test_uri_past_the_limits_of_devdetail_is_414(uri: str) -> None:
    tree = Tree(standard.model(DevInfo("a", "b", "c"), LIMITED))
    for command in (
        lambda: tree.add(uri, value="x", server="s"),
        lambda: tree.get(uri, "s"),
        lambda: tree.replace(uri, "x", server="s"),
        lambda: tree.delete(uri, "s"),
    ):
        with pytest.raises(TreeError) as error:
            command()
        assert error.value.status == 414
    tree.add(uri, value="x")  # what the device has of its own is its own affair
    tree.add("./B/C/D", value="x", server="s")


def test_a_rename_that_makes_a_uri_too_long_is_414_and_changes_nothing() -> None:
    limited = DevDetail(max_tot_len=20)
    tree = Tree(standard.model(DevInfo("a", "b", "c"), limited, root_acl=parse("Add=*&Get=*&Replace=*")))
    tree.add("./Abc/Defghi/Jkl", value="x", server="s")
    before = list(tree.walk())
    with pytest.raises(TreeError) as error:
        tree.rename("./Abc", "Abcdefgh", "s")
    assert error.value.status == 414
    assert list(tree.walk()) == before


def test_zero_is_no_limit() -> None:
    uri = "./" + "/".join("abcdefghij" for _ in range(60))
    tree = Tree(standard.model(DevInfo("a", "b", "c")))
    tree.add(uri, value="x", server="s")
    assert tree.value(uri) == "x"


def test_an_endless_uri_is_414_before_anything_is_looked_up() -> None:
    with pytest.raises(TreeError) as error:
        Tree().get("./A" + "/a" * 40000)
    assert error.value.status == 414
