"""How many nodes of a kind there can be, device descriptions in WBXML, and Types that TNDS replaces."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ddf import document as ddf
from simulator.ddf import wbxml, xml
from simulator.errors import CodecError, SimulatorError, TreeError
from simulator.objects import bootstrapcfg, dmacc
from simulator.objects.devinfo import DevInfo
from simulator.objects.standard import model
from simulator.tnds.document import MgmtTree, Node, RTProperties
from simulator.tree import Tree
from simulator.tree.acl import parse
from simulator.tree.ddf import decode, read

S = "srv.example"
FREE = parse("Add=*&Delete=*&Get=*&Replace=*")


def shelf(occurrence: str) -> bytes:
    """./Shelf holds books of any name, so many as ``occurrence`` says, and one label."""
    every = "<AccessType><Add/><Delete/><Get/><Replace/></AccessType>"
    return f"""<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>Shelf</NodeName>
    <DFProperties>{every}<DFFormat><node/></DFFormat><Occurrence><One/></Occurrence></DFProperties>
    <Node><NodeName>Label</NodeName><DFProperties>{every}<DefaultValue>A</DefaultValue><DFFormat><chr/></DFFormat>
    <Occurrence><One/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>
    <Node><DFProperties>{every}<DFFormat><chr/></DFFormat><Occurrence>{occurrence}</Occurrence>
    <DFType><MIME>text/plain</MIME></DFType></DFProperties></Node></Node></MgmtTree>""".encode()


def refused(status: int, command: object) -> None:
    assert callable(command)
    with pytest.raises(TreeError) as error:
        command()
    assert error.value.status == status


@pytest.mark.parametrize(
    ("occurrence", "most"),
    [("<ZeroOrN>3</ZeroOrN>", 3), ("<OneOrN>2</OneOrN>", 2), ("<ZeroOrOne/>", 1), ("<One/>", 1)],
)
def test_no_more_nodes_than_there_can_be(occurrence: str, most: int) -> None:
    tree = Tree(read(shelf(occurrence), acl=FREE))
    for number in range(most):
        tree.add(f"./Shelf/{number}", value="book", server=S)
    refused(405, lambda: tree.add("./Shelf/more", value="book", server=S))
    assert not tree.exists("./Shelf/more")
    tree.delete("./Shelf/0", S)
    tree.add("./Shelf/more", value="book", server=S)
    tree.add("./Shelf/own", value="book")  # the device itself is not bound


@pytest.mark.parametrize("occurrence", ["<ZeroOrMore/>", "<OneOrMore/>"])
def test_any_number(occurrence: str) -> None:
    tree = Tree(read(shelf(occurrence), acl=FREE))
    for number in range(20):
        tree.add(f"./Shelf/{number}", value="book", server=S)


def test_a_document_with_too_many_is_refused_as_a_whole() -> None:
    tree = Tree(read(shelf("<ZeroOrN>2</ZeroOrN>"), acl=FREE))

    def document(count: int) -> MgmtTree:
        books = [Node(f"b{n}", rt_properties=RTProperties(format="chr"), value="x") for n in range(count)]
        return MgmtTree(nodes=[Node("Shelf", rt_properties=RTProperties(format="node"), nodes=books)])

    refused(405, lambda: tree.replace_tnds(".", document(3), S))
    assert tree.get("./Shelf").children == ("Label",)
    tree.replace_tnds(".", document(2), S)
    assert tree.get("./Shelf").children == ("b0", "b1")


def test_a_bootstrap_config_names_one_server() -> None:
    """BootSrvInfo/<x> occurs once at most (DM Bootstrap §6.3)."""
    tree = Tree(model(DevInfo("IMEI:1", "m", "m")))
    tree.add("./BootConfig/1", format="node", type=bootstrapcfg.IDENTIFIER)
    tree.set_acl("./BootConfig", FREE)
    tree.add("./BootConfig/1/BootSrvInfo/a/URL", value="https://one.example", server=S)
    refused(405, lambda: tree.add("./BootConfig/1/BootSrvInfo/b/URL", value="https://two.example", server=S))
    assert bootstrapcfg.server_urls(tree) == ["https://one.example"]


def test_a_number_of_times_that_is_none() -> None:
    with pytest.raises(CodecError, match="no number"):
        read(shelf("<ZeroOrN>many</ZeroOrN>"))


def test_a_description_in_wbxml_is_the_same() -> None:
    described = xml.decode(shelf("<OneOrN>7</OneOrN>"))
    packed = wbxml.encode(described)
    assert packed[0] == 3
    assert wbxml.decode(packed) == described == decode(packed)
    assert described.nodes[0].nodes[1].df_properties is not None
    assert described.nodes[0].nodes[1].df_properties.occurrence == ddf.Occurrence(one_or_n="7")
    assert Tree(read(packed)).value("./Shelf/Label") == "A"
    with pytest.raises(CodecError):
        wbxml.decode(packed + b"\0")


@given(st.binary(max_size=200) | st.integers(0, 250).map(lambda cut: wbxml.encode(decode(shelf("<One/>")))[:cut]))
def test_damaged_wbxml_raises_only_our_errors(data: bytes) -> None:
    with contextlib.suppress(SimulatorError):
        read(b"\3" + data)


def test_tnds_replaces_the_type_of_its_top_node() -> None:
    tree = Tree(model(DevInfo("IMEI:1", "m", "m"), root_acl=FREE))
    tree.add("./Thing", format="node", type="urn:x:1", server=S)

    def document(name: str, type: str) -> MgmtTree:
        return MgmtTree(nodes=[Node(name, rt_properties=RTProperties(format="node", ddf_name=type))])

    tree.replace_tnds(".", document("Thing", "urn:x:2"), S)
    assert tree.get("./Thing").type == "urn:x:2"
    # What the device knows of an object by that identifier counts from now on.
    tree.replace_tnds(".", document("Thing", dmacc.IDENTIFIER), S)
    refused(415, lambda: tree.add("./Thing/AppID", format="int", value="1", server=S))
    # A node with a described type keeps it.
    tree.add("./DMAcc/a", format="node", type=dmacc.IDENTIFIER, server=S)
    refused(415, lambda: tree.replace_tnds("./DMAcc", document("a", "urn:x:3"), S))
    assert tree.get("./DMAcc/a").type == dmacc.IDENTIFIER
