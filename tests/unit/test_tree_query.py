"""Properties and lists (DM Tree and Description §7.4 - §7.7, §9.1)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.errors import TreeError
from simulator.objects import devinfo, dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData
from simulator.tnds.document import MgmtTree, Node
from simulator.tree import Tree, TreeOptions, empty, query
from simulator.tree.acl import parse
from simulator.tree.options import MANDATORY_PROPERTIES

S = "srv.example"


def sample(acl: str = "Add=*&Get=*&Replace=*", **options: object) -> Tree:
    tree = Tree(empty(acl=parse(acl), options=TreeOptions(**options)))  # type: ignore[arg-type]
    tree.now = datetime(2001, 7, 11, 16, 38, 17, tzinfo=UTC)
    tree.add("./A", format="node", type="urn:x:mo:1.0", title="An object")
    tree.add("./A/Text", value="sömething")
    tree.add("./A/Octets", format="bin", type="application/octet-stream", value=b"\x00\x01")
    tree.add("./A/Empty", format="node")
    return tree


def got(tree: Tree, loc_uri: str, server: str | None = S) -> object:
    (found,) = query.get(tree, loc_uri, server)
    return found.data


def refused(status: int, tree: Tree, loc_uri: str) -> None:
    with pytest.raises(TreeError) as error:
        query.get(tree, loc_uri, S)
    assert error.value.status == status


def replace_refused(status: int, tree: Tree, loc_uri: str) -> None:
    with pytest.raises(TreeError) as error:
        query.replace(tree, loc_uri, "x", server=S)
    assert error.value.status == status


# -- the node itself


def test_get_of_a_leaf_gives_its_value_format_and_type() -> None:
    (found,) = query.get(sample(), "A/Octets", S)
    assert (found.uri, found.format, found.type, found.data) == (
        "./A/Octets",
        "bin",
        "application/octet-stream",
        b"\x00\x01",
    )


def test_get_of_an_interior_node_gives_child_names_joined_by_slashes() -> None:
    (found,) = query.get(sample(), "./A", S)
    assert (found.format, found.type, found.data) == ("node", "text/plain", "Text/Octets/Empty")
    assert got(sample(), "./A/Empty") == ""
    assert got(sample(), ".") == "A"


# -- properties


@pytest.mark.parametrize(
    ("loc_uri", "value"),
    [
        ("./A?prop=ACL", ""),
        (".?prop=ACL", "Add=*&Get=*&Replace=*"),
        ("./A?prop=Format", "node"),
        ("./A/Octets?prop=Format", "bin"),
        ("./A/Text?prop=Name", "Text"),
        ("./A/Text?prop=Size", "10"),
        ("./A/Octets?prop=Size", "2"),
        ("./A?prop=Title", "An object"),
        ("./A/Text?prop=Title", ""),
        ("./A/Text?prop=TStamp", "20010711T163817Z"),
        ("./A/Text?prop=Type", "text/plain"),
        ("./A?prop=Type", "urn:x:mo:1.0"),
        ("./A/Empty?prop=Type", ""),
        ("./A/Text?prop=VerNo", "0"),
    ],
)
def test_each_property(loc_uri: str, value: str) -> None:
    (found,) = query.get(sample(), loc_uri, S)
    assert (found.uri, found.format, found.type, found.data) == (loc_uri, "chr", "text/plain", value)


def test_size_on_an_interior_node_is_406() -> None:
    refused(406, sample(), "./A?prop=Size")


@pytest.mark.parametrize("name", ["acl", "Value", "", "Colour"])
def test_a_property_that_does_not_exist_is_406(name: str) -> None:
    refused(406, sample(), f"./A?prop={name}")
    replace_refused(406, sample(), f"./A?prop={name}")


@pytest.mark.parametrize("name", ["Size", "Title", "TStamp", "VerNo"])
def test_a_device_may_lack_the_optional_properties_406(name: str) -> None:
    tree = sample(properties=MANDATORY_PROPERTIES)
    refused(406, tree, f"./A/Text?prop={name}")
    assert got(tree, "./A/Text?prop=Format") == "chr"


@pytest.mark.parametrize("name", ["Format", "Size", "TStamp", "Type", "VerNo"])
def test_replace_of_a_property_that_only_the_device_changes_is_405(name: str) -> None:
    replace_refused(405, sample(), f"./A/Text?prop={name}")


def test_add_and_delete_of_a_property_are_405() -> None:
    tree = sample()
    for command in (
        lambda: tree.add("./A?prop=Title", value="x", server=S),
        lambda: tree.delete("./A?prop=ACL", S),
    ):
        with pytest.raises(TreeError) as error:
            command()
        assert error.value.status == 405


def test_a_property_of_a_missing_node_is_404_and_without_get_425() -> None:
    refused(404, sample(), "./B?prop=ACL")
    refused(425, sample("Add=*"), "./A?prop=ACL")


def test_properties_of_a_secret_can_be_read_its_value_cannot() -> None:
    tree = account_tree()
    secret = "./DMAcc/a/AppAuth/CLCRED/AAuthSecret"
    assert got(tree, f"{secret}?prop=Format") == "chr"
    refused(405, tree, secret)


def test_replace_sets_acl_name_and_title() -> None:
    tree = sample()
    query.replace(tree, "./A/Text?prop=Title", "Ein Titel", server=S)
    query.replace(tree, "./A?prop=ACL", b"Get=*&Replace=*", server=S)
    query.replace(tree, "./A/Text?prop=Name", "Renamed", server=S)
    assert got(tree, "./A/Renamed?prop=Title") == "Ein Titel"
    assert got(tree, "./A?prop=ACL") == "Get=*&Replace=*"
    query.replace(tree, "./A/Renamed", "new", server=S)
    assert got(tree, "./A/Renamed") == "new"


def test_a_title_past_255_bytes_is_413() -> None:
    tree = sample()
    tree.set_title("./A", "t" * 255, S)
    with pytest.raises(TreeError) as error:
        tree.set_title("./A", "é" * 128, S)
    assert error.value.status == 413


# -- lists


def account_tree(**options: object) -> Tree:
    model = standard.model(
        DevInfo("IMEI:1", "Man", "Mod"),
        root_acl=parse("Add=*&Delete=*&Get=*&Replace=*"),
        tree_options=TreeOptions(**options),  # type: ignore[arg-type]
    )
    tree = Tree(model)
    credential = dmacc.Credential("DIGEST", "user", "the-secret", b"the-nonce")
    for name in ("a", "b"):
        data = AccountData(S, f"http://{name}", name=name.upper(), client=credential, node_name=name)
        tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(data)]))
    return tree


def test_struct_has_an_item_for_each_node_without_data() -> None:
    found = query.get(sample(), "./A?list=Struct", S)
    assert [(item.uri, item.format, item.type, item.data) for item in found] == [
        ("./A", "node", "urn:x:mo:1.0", None),
        ("./A/Text", "chr", "text/plain", None),
        ("./A/Octets", "bin", "application/octet-stream", None),
        ("./A/Empty", "node", "", None),
    ]


def test_structdata_adds_the_data_of_leaves() -> None:
    found = query.get(sample(), "./A?list=StructData", S)
    assert [item.data for item in found] == [None, "sömething", b"\x00\x01", None]


@pytest.mark.parametrize("name", ["Struct", "StructData", "TNDS", "MORoot", "MORootData"])
def test_lists_start_anywhere_and_keep_parents_before_children(name: str) -> None:
    uris = [item.uri for item in query.get(account_tree(), f".?list={name}", S)]
    assert len(uris) == len(set(uris))
    assert all(
        uris.index(uri) < place for place, other in enumerate(uris) for uri in uris if other.startswith(f"{uri}/")
    )


def test_lists_show_only_what_the_server_may_read() -> None:
    tree = sample()
    tree.set_acl("./A/Text", "Get=other")
    assert "./A/Text" not in [item.uri for item in query.get(tree, ".?list=Struct", S)]
    assert "Text" not in names_in(got(tree, ".?list=TNDS"))
    assert "./A/Text" in [item.uri for item in query.get(tree, ".?list=Struct", "other")]
    tree.set_acl("./A", "Get=other")
    refused(425, tree, "./A?list=Struct")


def names_in(document: object) -> list[str | None]:
    assert isinstance(document, MgmtTree)
    waiting, names = list(document.nodes), []
    while waiting:
        node = waiting.pop()
        names.append(node.node_name)
        waiting += node.nodes
    return names


def top_of(document: object) -> Node:
    assert isinstance(document, MgmtTree)
    (top,) = document.nodes
    return top


def test_tnds_has_the_subtree_in_one_item_with_all_properties() -> None:
    tree = sample()
    tree.set_acl("./A", "Get=*")
    (found,) = query.get(tree, "./A?list=TNDS", S)
    assert (found.uri, found.format, found.type) == ("./A", "xml", "application/vnd.syncml.dmtnds+xml")
    top = top_of(found.data)
    assert (top.node_name, top.rt_properties.acl, top.rt_properties.ddf_name) == ("A", "Get=*", "urn:x:mo:1.0")
    assert (top.rt_properties.size, top.rt_properties.title) == (None, "An object")
    text = top.nodes[0]
    assert (text.node_name, text.value, text.rt_properties.mime, text.rt_properties.size) == (
        "Text",
        "sömething",
        "text/plain",
        "10",
    )
    assert (text.rt_properties.tstamp, text.rt_properties.ver_no) == ("20010711T163817Z", "0")


def test_tnds_plus_has_only_these_and_minus_all_but_these() -> None:
    text = top_of(got(sample(), "./A?list=TNDS+Format+Value")).nodes[0]
    assert (text.value, text.rt_properties.format) == ("sömething", "chr")
    assert (text.rt_properties.mime, text.rt_properties.ver_no, text.rt_properties.tstamp) == (None, None, None)
    text = top_of(got(sample(), "./A?list=TNDS-Value-VerNo")).nodes[0]
    assert (text.value, text.rt_properties.ver_no) == (None, None)
    assert (text.rt_properties.mime, text.rt_properties.size) == ("text/plain", "10")


@pytest.mark.parametrize(
    "name",
    ["TNDS+ACL-Value", "TNDS-ACL+Value", "TNDS+", "TNDS+acl", "TNDS+Colour", "TNDS ", "struct", "", "Other"],
)
def test_mixed_or_unknown_lists_are_406(name: str) -> None:
    refused(406, sample(), f"./A?list={name}")


def test_a_question_mark_that_is_neither_prop_nor_list_is_406() -> None:
    refused(406, sample(), "./A?colour=red")
    replace_refused(405, sample(), "./A?list=Struct")


def test_list_of_a_missing_node_is_404() -> None:
    refused(404, sample(), "./B?list=Struct")


def test_moroot_finds_the_roots_of_management_objects() -> None:
    """What MORoot means is reconstructed: the set of root URIs and types."""
    found = {(item.uri, item.type, item.data) for item in query.get(account_tree(), ".?list=MORoot", S)}
    assert found == {
        ("./DevInfo", devinfo.IDENTIFIER, None),
        ("./DevDetail", "urn:oma:mo:oma-dm-devdetail:1.1", None),
        ("./DMAcc/a", dmacc.IDENTIFIER, None),
        ("./DMAcc/b", dmacc.IDENTIFIER, None),
    }


def test_moroot_can_be_limited_to_identifiers() -> None:
    found = query.get(account_tree(), ".?list=MORoot", S, objects=frozenset({dmacc.IDENTIFIER}))
    assert {item.uri for item in found} == {"./DMAcc/a", "./DMAcc/b"}


def test_morootdata_adds_leaves_as_the_option_says() -> None:
    def leaves(tree: Tree) -> set[str]:
        return {item.uri for item in query.get(tree, "./DMAcc/a?list=MORootData", S) if item.data is not None}

    assert leaves(account_tree(mo_root_data="direct")) == {
        "./DMAcc/a/AppID",
        "./DMAcc/a/ServerID",
        "./DMAcc/a/Name",
    }
    everything = leaves(account_tree())
    assert "./DMAcc/a/AppAddr/1/Addr" in everything
    assert not any("AAuthSecret" in uri or "AAuthData" in uri for uri in everything)


# -- relative addresses (DM Tree and Description 1.3 §7.2; reconstructed, an option)

ACCOUNT = f"./?MOID={dmacc.IDENTIFIER}"


def test_relative_address_finds_the_object_by_identifier_and_leaf() -> None:
    tree = account_tree()
    assert got(tree, f"{ACCOUNT}&Name=B/AppAddr/1/Addr") == "http://b"
    (found,) = query.get(tree, f".?MOID={dmacc.IDENTIFIER}&Name=A/Name", S)
    assert (found.uri, found.data) == ("./DMAcc/a/Name", "A")
    (found,) = query.get(tree, f"./DevInfo?MOID={devinfo.IDENTIFIER}/Man", S)
    assert found.uri == "./DevInfo/Man"


def test_relative_address_takes_properties_lists_and_every_command() -> None:
    tree = account_tree()
    assert got(tree, f"{ACCOUNT}&Name=B?prop=Name") == "b"
    assert len(query.get(tree, f"{ACCOUNT}&Name=B?list=Struct", S)) > 5
    query.replace(tree, f"{ACCOUNT}&Name=B/AppAddr/1/Addr", "http://c", server=S)
    assert tree.value("./DMAcc/b/AppAddr/1/Addr") == "http://c"
    tree.add(f"{ACCOUNT}&Name=B/AAuthPref", value="DIGEST", server=S)
    assert tree.value("./DMAcc/b/AAuthPref") == "DIGEST"
    tree.delete(f"{ACCOUNT}&Name=B", S)
    assert not tree.exists("./DMAcc/b")


def test_relative_address_no_match_404_several_409_malformed_400() -> None:
    tree = account_tree()
    refused(404, tree, f"{ACCOUNT}&Name=C/Name")
    refused(404, tree, "./?MOID=urn:x:none/Name")
    refused(404, tree, f"./Nowhere?MOID={dmacc.IDENTIFIER}")
    refused(409, tree, f"{ACCOUNT}/Name")
    refused(409, tree, f"{ACCOUNT}&ServerID={S}/Name")
    refused(400, tree, "./?MOID=/Name")
    refused(400, tree, f"{ACCOUNT}&Name/x")


def test_relative_address_decodes_escapes_in_values() -> None:
    tree = account_tree()
    tree.replace("./DMAcc/a/Name", "Ä/B&C=D?")
    assert got(tree, f"{ACCOUNT}&Name=%C3%84%2FB%26C%3DD%3F/AppID") == "w7"


def test_relative_address_tells_nothing_of_leaves_that_cannot_be_read() -> None:
    tree = account_tree()
    tree.set_acl("./DMAcc/b/Name", "Get=other")
    refused(404, tree, f"{ACCOUNT}&Name=B/AppID")
    assert got(tree, f"{ACCOUNT}&Name=B/Name", "other") == "B"


def test_relative_addresses_can_be_off() -> None:
    refused(406, account_tree(relative_uris=False), f"{ACCOUNT}&Name=B/AppID")
