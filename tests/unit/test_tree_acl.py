"""Access control lists: grammar, inheritance, changes, creation (DM Tree and Description §7.7.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import TreeError
from simulator.tree import Tree, empty, query
from simulator.tree.acl import Right, parse

A, B = "www.a.example", "b.example"


def tree_with(root_acl: str = "Add=*&Get=*", **acls: str) -> Tree:
    """./Node/Leaf and ./Node/Inner/Deep; ``acls`` are own ACLs by last segment."""
    tree = Tree(empty(acl=parse(root_acl)))
    tree.add("./Node/Leaf", value="leaf")
    tree.add("./Node/Inner/Deep", value="deep")
    places = {"Node": "./Node", "Leaf": "./Node/Leaf", "Inner": "./Node/Inner", "Deep": "./Node/Inner/Deep"}
    for name, acl in acls.items():
        tree.set_acl(places[name], acl)
    return tree


def refused(status: int, command: object) -> None:
    assert callable(command)
    with pytest.raises(TreeError) as error:
        command()
    assert error.value.status == status


def own_acl(tree: Tree, uri: str) -> object:
    return query.get(tree, f"{uri}?prop=ACL")[0].data


# -- grammar


def test_grammar_the_standards_example() -> None:
    acl = parse("Add=www.a.example&Get=*")
    assert acl.allows(Right.ADD, A)
    assert not acl.allows(Right.ADD, B)
    assert acl.allows(Right.GET, B)
    assert not acl.allows(Right.DELETE, A)
    assert str(acl) == "Add=www.a.example&Get=*"


@pytest.mark.parametrize(
    "text",
    ["Get", "Get=", "get=*", "Copy=*", "Get=a b", "Get=a++b", "Get=*&", "&Get=*", "=", "Get=a=b", "x", "Get=a*"],
)
def test_grammar_breaks_are_400(text: str) -> None:
    refused(400, lambda: parse(text))


def test_empty_text_is_the_empty_acl() -> None:
    assert not parse("")
    assert str(parse("")) == ""


_ids = st.from_regex(r"[a-z0-9.:/@-]{1,12}", fullmatch=True) | st.just("*")
_acls = st.dictionaries(st.sampled_from(list(Right)), st.sets(_ids, min_size=1, max_size=4), max_size=5)


@given(_acls)
def test_an_acl_comes_back_from_its_text(entries: dict[Right, set[str]]) -> None:
    text = "&".join(f"{right}={'+'.join(ids)}" for right, ids in entries.items())
    acl = parse(text)
    assert parse(str(acl)) == acl
    assert {right: set(ids) for right, ids in acl.entries} == entries


@given(st.text(max_size=40))
def test_any_text_gives_an_acl_or_a_tree_error(text: str) -> None:
    try:
        acl = parse(text)
    except TreeError:
        return
    assert parse(str(acl)) == acl


# -- what counts


def test_the_root_default_lets_any_server_add_and_read_only() -> None:
    tree = tree_with()
    assert tree.get("./Node/Leaf", A).value == "leaf"
    tree.add("./Other", value="x", server=A)
    refused(425, lambda: tree.replace("./Node/Leaf", "x", server=A))
    refused(425, lambda: tree.delete("./Node/Leaf", A))


def test_inheritance_the_nearest_own_acl_counts_and_counts_whole() -> None:
    tree = tree_with(Node=f"Get={A}&Replace={A}", Inner=f"Get={B}")
    assert tree.get("./Node/Leaf", A).value == "leaf"
    refused(425, lambda: tree.get("./Node/Leaf", B))
    assert tree.get("./Node/Inner/Deep", B).value == "deep"
    refused(425, lambda: tree.get("./Node/Inner/Deep", A))
    # Inner's own ACL names no Replace: nothing of Node's is added to it.
    refused(425, lambda: tree.replace("./Node/Inner/Deep", "x", server=A))
    # and Add, which the root gives to all, does not reach below Node.
    refused(425, lambda: tree.add("./Node/New", value="x", server=A))


def test_get_of_the_acl_property_is_empty_where_there_is_none_of_its_own() -> None:
    tree = tree_with(Node="Get=*")
    assert own_acl(tree, "./Node") == "Get=*"
    assert own_acl(tree, "./Node/Leaf") == ""
    assert own_acl(tree, ".") == "Add=*&Get=*"


def test_each_command_needs_its_right_on_the_node_and_add_on_the_parent() -> None:
    commands = {
        Right.GET: lambda tree: tree.get("./Node/Leaf", A),
        Right.REPLACE: lambda tree: tree.replace("./Node/Leaf", "x", server=A),
        Right.DELETE: lambda tree: tree.delete("./Node/Leaf", A),
        Right.ADD: lambda tree: tree.add("./Node/New", value="x", server=A),
    }
    for needed, command in commands.items():
        for granted in commands:
            tree = tree_with("Get=nobody", Node=f"{granted}={A}")
            if granted is needed:
                command(tree)
            else:
                refused(425, lambda command=command, tree=tree: command(tree))


def test_the_device_itself_needs_no_right() -> None:
    tree = tree_with("Get=nobody")
    tree.replace("./Node/Leaf", "x")
    tree.delete("./Node")


# -- changing ACLs


def test_interior_node_replace_on_itself_or_on_its_parent_changes_its_acl() -> None:
    tree = tree_with(Inner=f"Replace={A}")
    tree.set_acl("./Node/Inner", f"Get={A}", A)
    refused(425, lambda: tree.set_acl("./Node/Inner", "Get=*", A))
    tree = tree_with(Node=f"Replace={A}", Inner="Get=*")
    tree.set_acl("./Node/Inner", f"Get={A}", A)


def test_leaf_replace_on_itself_changes_the_value_but_not_the_acl() -> None:
    tree = tree_with(Leaf=f"Replace={A}")
    tree.replace("./Node/Leaf", "x", server=A)
    refused(425, lambda: tree.set_acl("./Node/Leaf", "Get=*", A))


def test_leaf_replace_on_the_parent_changes_the_acl() -> None:
    tree = tree_with(Node=f"Replace={A}", Leaf="Get=*")
    refused(425, lambda: tree.replace("./Node/Leaf", "x", server=A))
    query.replace(tree, "./Node/Leaf?prop=ACL", f"Get={A}", server=A)
    assert own_acl(tree, "./Node/Leaf") == f"Get={A}"


def test_replace_of_an_acl_overwrites_all_and_empty_makes_it_inherit() -> None:
    tree = tree_with(Node=f"Get={A}&Replace={A}")
    tree.set_acl("./Node", f"Replace={A}", A)
    refused(425, lambda: tree.get("./Node", A))
    tree.set_acl("./Node", "", A)
    assert tree.get("./Node", A).acl == ""


def test_the_root_always_has_an_acl() -> None:
    tree = tree_with(f"Replace={A}")
    refused(405, lambda: tree.set_acl(".", "", A))
    refused(425, lambda: tree.set_acl(".", "Get=*", B))
    tree.set_acl(".", f"Get={A}", A)
    assert own_acl(tree, ".") == f"Get={A}"


# -- creation


def test_a_creator_with_replace_on_the_parent_leaves_the_acl_empty() -> None:
    tree = tree_with("Add=*&Get=*&Replace=*")
    tree.add("./New", format="node", server=A)
    assert own_acl(tree, "./New") == ""


def test_a_creator_without_replace_on_the_parent_gets_add_delete_and_replace_only() -> None:
    tree = tree_with()
    tree.add("./New", format="node", server=A)
    assert own_acl(tree, "./New") == f"Add={A}&Delete={A}&Replace={A}"
    refused(425, lambda: tree.get("./New", A))
    query.replace(tree, "./New?prop=ACL", f"Delete={A}&Get=*&Replace={A}", server=A)
    assert tree.get("./New", B).children == ()


def test_a_leaf_gets_no_acl_whoever_creates_it() -> None:
    tree = tree_with()
    tree.add("./NewLeaf", value="x", server=A)
    assert own_acl(tree, "./NewLeaf") == ""


def test_of_implicit_parents_the_first_gets_the_creators_acl_and_the_rest_inherit_it() -> None:
    tree = tree_with()
    tree.add("./X/Y/Z", value="1", server=A)
    assert [own_acl(tree, uri) for uri in ("./X", "./X/Y", "./X/Y/Z")] == [
        f"Add={A}&Delete={A}&Replace={A}",
        "",
        "",
    ]


# -- deletion of a server


def test_a_deleted_server_leaves_every_acl() -> None:
    tree = tree_with(f"Add=*&Get={A}", Node=f"Get={A}+{B}&Replace={A}", Leaf=f"Get={A}")
    tree.forget_server(A)
    assert own_acl(tree, "./Node") == f"Get={B}"
    assert own_acl(tree, "./Node/Leaf") == ""
    assert own_acl(tree, ".") == "Add=*&Get=*"
