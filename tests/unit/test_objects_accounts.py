"""DM Account, DevInfo, DevDetail, Inbox and Bootstrap Config (DM Standardized Objects §5.3, DM Bootstrap §6.3)."""

from __future__ import annotations

import pytest

from simulator.errors import TreeError
from simulator.objects import bootstrapcfg, devdetail, devinfo, dmacc, standard
from simulator.objects.devdetail import DevDetail
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.tnds.document import MgmtTree, Node, RTProperties
from simulator.tree import Tree, query
from simulator.tree.acl import parse

SERVER = "srv.example"
INFO = DevInfo("IMEI:493005100592800", "Maker", "One", "1.3", "en-US")
ACCOUNT = AccountData(
    SERVER,
    "https://dm.example/dm",
    name="Example",
    client=Credential("DIGEST", "device", "secret-1", b"nonce-1"),
    server=Credential("DIGEST", SERVER, "secret-2", b"\x00\xff nonce"),
    auth_pref="DIGEST",
    port=8080,
)


@pytest.fixture
def tree() -> Tree:
    return Tree(standard.model(INFO))


def bootstrapped() -> Tree:
    tree = Tree(standard.model(INFO))
    tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(ACCOUNT)]))
    return tree


def status_of(error: pytest.ExceptionInfo[TreeError]) -> int:
    return error.value.status


def test_devinfo_has_five_leaves_in_package_1_order(tree: Tree) -> None:
    assert devinfo.read(tree) == INFO
    view = tree.get("./DevInfo", SERVER)
    assert (view.children, view.type) == (devinfo.LEAVES, "urn:oma:mo:oma-dm-devinfo:1.1")


@pytest.mark.parametrize("leaf", devinfo.LEAVES)
def test_devinfo_leaf_is_permanent_and_read_only(leaf: str) -> None:
    tree = Tree(standard.model(INFO, root_acl=parse("Add=*&Delete=*&Get=*&Replace=*")))
    for change in (
        lambda: tree.replace(f"./DevInfo/{leaf}", "x", server=SERVER),
        lambda: tree.delete(f"./DevInfo/{leaf}", SERVER),
        lambda: tree.rename(f"./DevInfo/{leaf}", "x", SERVER),
    ):
        with pytest.raises(TreeError) as error:
            change()
        assert status_of(error) == 405
    with pytest.raises(TreeError) as error:
        tree.add("./DevInfo/Other", value="x", server=SERVER)
    assert status_of(error) == 405


def test_devdetail_leaves_and_formats() -> None:
    tree = Tree(standard.model(INFO, DevDetail(max_depth=8, lrg_obj=False)))
    formats = {view.uri: (view.format, view.value) for view in tree.walk("./DevDetail") if view.leaf}
    assert formats["./DevDetail/URI/MaxDepth"] == ("chr", "8")
    assert formats["./DevDetail/LrgObj"] == ("bool", "false")
    assert not devdetail.large_objects(tree)
    assert len(formats) == 9


def test_account_from_tnds_equals_its_data() -> None:
    tree = bootstrapped()
    account = dmacc.find(tree, SERVER)
    assert account is not None
    assert account.uri == f"./DMAcc/{SERVER}"
    assert (account.client, account.server) == (ACCOUNT.client, ACCOUNT.server)
    assert (account.name, account.addr, account.auth_pref) == ("Example", "https://dm.example/dm", "DIGEST")
    assert (account.addr_type, account.port, account.http) == ("URI", 8080, None)


def test_account_node_has_the_acl_from_the_tnds() -> None:
    found = query.get(bootstrapped(), f"./DMAcc/{SERVER}?prop=ACL", SERVER)
    assert [item.data for item in found] == [f"Add={SERVER}&Delete={SERVER}&Get={SERVER}&Replace={SERVER}"]


def test_account_has_all_leaves_of_the_table() -> None:
    tree = bootstrapped()
    below = {view.uri.removeprefix(f"./DMAcc/{SERVER}") for view in tree.walk(f"./DMAcc/{SERVER}")}
    for level in ("CLCRED", "SRVCRED"):
        for leaf in ("AAuthLevel", "AAuthType", "AAuthName", "AAuthSecret", "AAuthData"):
            assert f"/AppAuth/{level}/{leaf}" in below
    assert {"/AppID", "/ServerID", "/Name", "/AppAddr/1/Addr", "/AppAddr/1/Port/1/PortNbr"} <= below
    assert tree.value(f"./DMAcc/{SERVER}/AppID") == "w7"


@pytest.mark.parametrize("leaf", ["AAuthSecret", "AAuthData"])
def test_secrets_cannot_be_read_by_a_server_that_has_every_right(leaf: str) -> None:
    tree = bootstrapped()
    uri = f"./DMAcc/{SERVER}/AppAuth/CLCRED/{leaf}"
    with pytest.raises(TreeError) as error:
        tree.get(uri, SERVER)
    assert status_of(error) == 405
    assert uri not in [view.uri for view in tree.walk(".", SERVER)]
    assert uri not in [found.uri for found in query.get(tree, "./DMAcc?list=StructData", SERVER)]
    assert "secret-1" not in repr(query.get(tree, "./DMAcc?list=TNDS", SERVER))


def test_secret_can_be_replaced_by_the_account_s_server() -> None:
    tree = bootstrapped()
    tree.replace(f"./DMAcc/{SERVER}/AppAuth/CLCRED/AAuthSecret", "other", server=SERVER)
    account = dmacc.find(tree, SERVER)
    assert account is not None
    assert account.client is not None
    assert account.client.secret == "other"


def test_nonce_is_kept_where_the_level_says() -> None:
    tree = bootstrapped()
    dmacc.store_nonce(tree, f"./DMAcc/{SERVER}", dmacc.SERVER, b"\x01\x02")
    account = dmacc.find(tree, SERVER)
    assert account is not None
    assert account.server is not None
    assert account.client is not None
    assert (account.server.nonce, account.client.nonce) == (b"\x01\x02", b"nonce-1")


def test_nonce_node_is_made_when_missing() -> None:
    tree = Tree(standard.model(INFO))
    data = AccountData("a", "http://a", client=Credential("DIGEST", "u", "s"))
    tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(data)]))
    assert not tree.exists("./DMAcc/a/AppAuth/CLCRED/AAuthData")
    dmacc.store_nonce(tree, "./DMAcc/a", dmacc.CLIENT, b"n")
    account = dmacc.find(tree, "a")
    assert account is not None
    assert account.client is not None
    assert account.client.nonce == b"n"
    with pytest.raises(TreeError):
        dmacc.store_nonce(tree, "./DMAcc/a", dmacc.SERVER, b"n")


def test_any_number_of_accounts_and_a_free_name_when_taken() -> None:
    tree = bootstrapped()
    added = tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(ACCOUNT)]))
    assert added == [f"./DMAcc/{SERVER}-2"]
    assert [account.server_id for account in dmacc.accounts(tree)] == [SERVER, SERVER]


def test_account_of_a_12_device_is_found_too(tree: Tree) -> None:
    data = AccountData("old", "http://old", identifier=dmacc.IDENTIFIER_12)
    tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(data)]))
    assert dmacc.find(tree, "old") is not None


def test_account_lies_anywhere_by_its_identifier(tree: Tree) -> None:
    tree.add_tnds("./Vendor/Accounts", MgmtTree(nodes=[dmacc.to_tnds(AccountData("x", "http://x"))]))
    account = dmacc.find(tree, "x")
    assert account is not None
    assert account.uri == "./Vendor/Accounts/x"
    with pytest.raises(TreeError):  # the description holds wherever the object lies
        tree.add("./Vendor/Accounts/x/Unknown", value="1", server="x")


def test_inbox_get_on_it_or_below_is_405(tree: Tree) -> None:
    for uri in ("./Inbox", "./Inbox?list=Struct"):
        with pytest.raises(TreeError) as error:
            query.get(tree, uri, SERVER)
        assert status_of(error) == 405
    with pytest.raises(TreeError) as error:
        tree.add("./Inbox/x", value="1", server=SERVER)
    assert status_of(error) == 405


def test_inbox_unknown_object_is_refused_or_passed_over_and_the_tree_stays(tree: Tree) -> None:
    alien = Node("Alien", rt_properties=RTProperties(format="node", ddf_name="urn:x:alien:1.0"))
    before = list(tree.walk())
    with pytest.raises(TreeError) as error:
        tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(ACCOUNT), alien]))
    assert status_of(error) == 405
    assert list(tree.walk()) == before
    added = tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(ACCOUNT), alien]), ignore_unsupported=True)
    assert added == [f"./DMAcc/{SERVER}"]


def test_bootstrap_config_names_its_servers(tree: Tree) -> None:
    leaf = RTProperties(format="chr", mime="text/plain")
    url = Node("URL", rt_properties=leaf, value="https://boot.example/b")
    info = Node("BootSrvInfo", nodes=[Node("a", nodes=[url])])
    discovery = Node("BootSrvDiscovery", rt_properties=RTProperties(format="int"), value="1")
    root = Node("B", rt_properties=RTProperties(ddf_name=bootstrapcfg.IDENTIFIER), nodes=[discovery, info])
    assert tree.add_tnds("./Inbox", MgmtTree(nodes=[root]), server=SERVER) == ["./BootConfig/B"]
    assert bootstrapcfg.server_urls(tree) == ["https://boot.example/b"]


def test_references_follow_objects_out_of_the_inbox(tree: Tree) -> None:
    """DM Bootstrap §5.4: a reference may name ./Inbox/<NodeName> of an object in the same document."""
    tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(AccountData("b", "http://b", node_name="B"))]))
    first = dmacc.to_tnds(AccountData("a", "http://a", node_name="A"))
    leaf = RTProperties(format="chr", mime="text/plain")
    first.nodes.append(Node("PrefConRef", rt_properties=leaf, value="./Inbox/B/AppAddr"))
    second = dmacc.to_tnds(AccountData("c", "http://c", node_name="B"))
    added = tree.add_tnds("./Inbox", MgmtTree(nodes=[first, second]))
    assert added == ["./DMAcc/A", "./DMAcc/B-2"]
    assert tree.value("./DMAcc/A/PrefConRef") == "./DMAcc/B-2/AppAddr"
