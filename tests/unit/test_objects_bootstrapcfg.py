"""Initial rights that a Bootstrap Config object grants (DM Bootstrap §6.3)."""

from __future__ import annotations

import pytest

from simulator.objects import bootstrapcfg
from simulator.objects.bootstrapcfg import AccessCode
from simulator.objects.devinfo import DevInfo
from simulator.objects.standard import model
from simulator.tree import Tree
from simulator.tree.acl import parse


def a_tree(subtree: str, code: str) -> Tree:
    tree = Tree(model(DevInfo("IMEI:1", "m", "m")))
    tree.add("./Shop/Window", value="x")
    tree.set_acl("./Shop", "Get=a&Replace=a")
    tree.add("./BootConfig/1", format="node", type=bootstrapcfg.IDENTIFIER)
    tree.add("./BootConfig/1/InitialARInfo/x/SubtreeURI", value=subtree)
    tree.add("./BootConfig/1/InitialARInfo/x/AccessCode", value=code)
    return tree


@pytest.mark.parametrize(
    ("code", "acl"),
    [
        ("1", "Get=a+new&Replace=a"),
        ("49", "Add=new&Delete=new&Get=a+new&Replace=a"),
        ("63", "Add=new&Delete=new&Exec=new&Get=a+new&Replace=a+new"),
        ("8", "Get=a&Replace=a"),  # Copy is no right of its own
        ("64", "Get=a&Replace=a"),
        ("0", "Get=a&Replace=a"),
        ("-1", "Get=a&Replace=a"),
        ("all", "Get=a&Replace=a"),
    ],
)
def test_rights_are_added_to_what_others_have(code: str, acl: str) -> None:
    tree = a_tree("./Shop", code)
    bootstrapcfg.grant(tree, "new")
    assert tree.get("./Shop").acl == acl


def test_a_node_that_inherited_keeps_what_it_inherited() -> None:
    tree = a_tree("./Shop/Window", "2")
    assert bootstrapcfg.grant(tree, "new") == ["./Shop/Window"]
    assert tree.get("./Shop/Window").acl == "Get=a&Replace=a+new"


@pytest.mark.parametrize("subtree", ["./Nowhere", "../etc", "", "./Shop?prop=ACL", "./?MOID=urn:none"])
def test_a_subtree_that_is_none_is_passed_over(subtree: str) -> None:
    tree = a_tree(subtree, "63")
    before = dict(tree.store.acls.merged())
    assert bootstrapcfg.grant(tree, "new") == []
    assert tree.store.acls.merged() == before


def test_a_server_whose_name_no_acl_can_hold_gets_none() -> None:
    assert bootstrapcfg.grant(a_tree("./Shop", "1"), "a b") == []


def test_codes_add_up() -> None:
    assert AccessCode(49) == AccessCode.GET | AccessCode.ADD | AccessCode.DELETE
    assert str(parse("Get=a").joined(parse(""))) == "Get=a"
