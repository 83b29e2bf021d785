"""Commands that take an account away, and commands whose targets name a Management Object."""

from __future__ import annotations

from simulator.codes import mime
from simulator.objects import dmacc
from simulator.objects.dmacc import AccountData
from simulator.syncml.message import Copy, Delete, Exec, Item, Meta, Replace, Source, Target
from simulator.tnds.document import MgmtTree, Node, RTProperties
from simulator.tree import Tree
from simulator.tree.description import Access, Description
from simulator.tree.model import ObjectType, empty
from tests.unit.scripted_server import SERVER_ID
from tests.unit.test_session_commands import ALL, a_tree, execute

OTHER = "other.example"


def with_accounts(*servers: str) -> Tree:
    tree = a_tree()
    tree.set_acl("./DMAcc", "&".join(f"{r}={SERVER_ID}" for r in ("Add", "Delete", "Get", "Replace")))
    for server in servers:
        tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(AccountData(server, "http://x"))]))
    tree.set_acl("./Shop", f"Get={OTHER}+{SERVER_ID}&Replace={OTHER}")
    return tree


def test_a_server_that_deletes_an_account_takes_its_server_out_of_every_acl() -> None:
    tree = with_accounts(OTHER)
    tree.set_acl("./DMAcc/other.example", ALL)
    statuses, _, _ = execute(Delete("", items=[Item(target=Target("./DMAcc/other.example"))]), tree)
    assert statuses == ["200"]
    assert tree.get("./Shop").acl == f"Get={SERVER_ID}"


def test_a_server_that_has_another_account_keeps_its_rights() -> None:
    tree = with_accounts(OTHER, OTHER)
    tree.set_acl("./DMAcc/other.example", ALL)
    assert execute(Delete("", items=[Item(target=Target("./DMAcc/other.example"))]), tree)[0] == ["200"]
    assert tree.get("./Shop").acl == f"Get={OTHER}+{SERVER_ID}&Replace={OTHER}"


def test_a_replace_that_leaves_an_account_out_counts_as_well() -> None:
    tree = with_accounts(OTHER)
    for uri, _ in tree.walk_nodes("./DMAcc"):
        tree.set_acl(uri, "")
    tree.set_acl("./DMAcc", ALL)
    bare = MgmtTree(nodes=[Node("", rt_properties=RTProperties(format="node", ddf_name=""))])
    item = Item(target=Target("./DMAcc"), meta=Meta(format="xml", type=mime.TNDS_XML), data=bare)
    assert execute(Replace("", items=[item]), tree)[0] == ["405"]  # DMAcc takes no Replace
    assert tree.get("./Shop").acl == f"Get={OTHER}+{SERVER_ID}&Replace={OTHER}"
    with dmacc.forgetting(tree, "./DMAcc"):
        tree.replace_tnds("./DMAcc", bare)
    assert tree.get("./Shop").acl == f"Get={SERVER_ID}"


def test_a_copy_of_an_interior_node_is_forbidden() -> None:
    items = [Item(target=Target("./Shop/Copy"), source=Source("./Shop/Shelf"))]
    assert execute(Copy("", items=items))[0] == ["403"]


def test_exec_takes_an_address_that_names_an_object() -> None:
    run = Description(format="null", access=Access.EXEC | Access.GET)
    kind = ObjectType("urn:x:motor:1.0", Description(format="node", children={"Run": run}))
    tree = Tree(empty(objects={kind.identifier: kind}))
    tree.add("./Here/Motor", format="node", type=kind.identifier)
    tree.add("./Here/Motor/Run", format="null")
    tree.set_acl("./Here/Motor", f"Exec={SERVER_ID}&Get={SERVER_ID}")
    asked = []

    def start(request: object) -> int:
        asked.append(request)
        return 200

    command = Exec("", items=[Item(target=Target("./?MOID=urn:x:motor:1.0/Run"))])
    assert execute(command, tree, operations={"./Here/Motor/Run": start})[0] == ["200"]
    assert asked[0].uri == "./Here/Motor/Run"  # type: ignore[attr-defined]
