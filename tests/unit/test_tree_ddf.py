"""Device models from device descriptions (DM Tree and Description §8)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ddf import document as ddf
from simulator.ddf import xml
from simulator.errors import CodecError, SimulatorError, TreeError
from simulator.objects import dmacc
from simulator.objects.dmacc import AccountData
from simulator.tnds.document import MgmtTree
from simulator.tree import Tree
from simulator.tree.acl import parse
from simulator.tree.ddf import read

S = "srv.example"
FREE = parse("Add=*&Delete=*&Get=*&Replace=*")


def node(name: str, properties: str, *nodes: str, path: str = "") -> str:
    where = f"<Path>{path}</Path>" if path else ""
    return (
        f"<Node><NodeName>{name}</NodeName>{where}<DFProperties>{properties}</DFProperties>{''.join(nodes)}</Node>"
    )


def properties(
    access: str = "Get",
    format: str = "chr",
    *,
    occurrence: str = "One",
    scope: str = "Dynamic",
    type: str = "<MIME>text/plain</MIME>",
    default: str = "",
) -> str:
    commands = "".join(f"<{command}/>" for command in access.split())
    return (
        f"<AccessType>{commands}</AccessType>{default}<Description>For people</Description>"
        f"<DFFormat><{format}/></DFFormat><Occurrence><{occurrence}/></Occurrence>"
        f"<Scope><{scope}/></Scope><DFTitle>A title</DFTitle><DFType>{type}</DFType>"
    )


def interior(access: str = "Get", *, mo: str = "", occurrence: str = "One", scope: str = "Dynamic") -> str:
    return properties(access, "node", occurrence=occurrence, scope=scope, type=f"<DDFName>{mo}</DDFName>")


def default(text: str) -> str:
    return f"<DefaultValue>{text}</DefaultValue>"


ALL = "Add Copy Delete Get Replace"
ACCOUNT_AUTH = node(
    "AppAuth",
    interior(ALL, occurrence="ZeroOrOne"),
    node("", interior(ALL, occurrence="OneOrMore"), node("AAuthSecret", properties("Add Replace"))),
)
PHONE = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE MgmtTree PUBLIC "-//OMA//DTD-DM-DDF 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/DM_DDF-V1_2.dtd">
<MgmtTree xmlns="syncml:dmddf1.2" xmlns:V="http://maker.example/ext"><VerDTD>1.2</VerDTD><Man>Maker</Man><Mod>One</Mod>
{
    node(
        "DevInfo",
        interior(mo="urn:oma:mo:oma-dm-devinfo:1.1", scope="Permanent"),
        node("DevId", properties(scope="Permanent", default=default("IMEI:0"))),
        node("Lang", properties("Get Replace", scope="Permanent", default=default("en"))),
        node("Ext", interior(ALL, occurrence="ZeroOrOne")),
    )
}
{node("Inbox", interior("Add", mo="urn:oma:mo:oma-dm-inbox:1.0", scope="Permanent"))}
{
    node(
        "DMAcc",
        interior(scope="Permanent"),
        node(
            "",
            interior(ALL, mo=dmacc.IDENTIFIER, occurrence="OneOrMore"),
            node("AppID", properties(ALL)),
            node("ServerID", properties(ALL)),
            node(
                "AppAddr",
                interior(ALL),
                node("", interior(ALL), node("Addr", properties(ALL)), node("AddrType", properties(ALL))),
            ),
            ACCOUNT_AUTH,
        ),
    )
}
{
    node(
        "Sound",
        interior(),
        node("Volume", properties("Get Replace", "int", default=default("5") + "<V:Unit>steps</V:Unit>")),
        node("Mute", properties("Get Replace", "bool")),
        node(
            "Tone",
            properties(
                "Add Get Delete",
                "bin",
                occurrence="ZeroOrOne",
                type="<MIME>audio/midi</MIME><MIME>audio/mp4</MIME>",
            ),
        ),
        path="./Vendor/One",
    )
}
</MgmtTree>""".encode()


def phone(values: dict[str, str | bytes] | None = None) -> Tree:
    return Tree(read(PHONE, values, acl=FREE))


def refused(status: int, command: object) -> None:
    assert callable(command)
    with pytest.raises(TreeError) as error:
        command()
    assert error.value.status == status


def test_nodes_that_occur_stand_with_their_defaults() -> None:
    tree = phone()
    assert {view.uri: view.value for view in tree.walk() if view.leaf} == {
        "./DevInfo/DevId": "IMEI:0",
        "./DevInfo/Lang": "en",
        "./Vendor/One/Sound/Volume": "5",
        "./Vendor/One/Sound/Mute": "false",
    }
    assert not tree.exists("./DevInfo/Ext")
    assert tree.get("./DevInfo").type == "urn:oma:mo:oma-dm-devinfo:1.1"
    assert tree.get("./Vendor/One/Sound/Volume").format == "int"
    assert tree.get("./DevInfo").title == "A title"


def test_access_types_scope_formats_and_types_hold() -> None:
    tree = phone()
    refused(405, lambda: tree.replace("./DevInfo/DevId", "x", server=S))
    refused(405, lambda: tree.delete("./DevInfo/Lang", S))
    tree.replace("./DevInfo/Lang", "de", server=S)
    refused(415, lambda: tree.replace("./Vendor/One/Sound/Volume", "loud", server=S))
    refused(405, lambda: tree.add("./Vendor/One/Sound/Light", value="x", server=S))
    refused(405, lambda: tree.add("./Other", value="x", server=S))
    tone = "./Vendor/One/Sound/Tone"
    refused(415, lambda: tree.add(tone, format="bin", type="audio/wav", value=b"x", server=S))
    tree.add(tone, format="bin", type="audio/mp4", value=b"x", server=S)
    refused(405, lambda: tree.replace(tone, b"y", server=S))
    tree.delete(tone, S)


def test_an_interior_node_that_nothing_is_said_of_below_takes_anything() -> None:
    tree = phone()
    tree.add("./DevInfo/Ext/Maker/Thing", value="x", server=S)
    assert tree.value("./DevInfo/Ext/Maker/Thing") == "x"


def test_objects_of_the_description_come_through_the_inbox() -> None:
    tree = phone()
    credential = dmacc.Credential("DIGEST", "u", "s")
    account = dmacc.to_tnds(AccountData("srv", "http://srv", client=credential))
    assert tree.add_tnds("./Inbox", MgmtTree(nodes=[account])) == ["./DMAcc/srv"]
    refused(405, lambda: tree.get("./DMAcc/srv/AppAuth/CLCRED/AAuthSecret", "srv"))
    tree.replace("./DMAcc/srv/AppAuth/CLCRED/AAuthSecret", "x", server="srv")


def test_values_replace_defaults_and_make_nodes() -> None:
    tree = phone(
        {
            "./DevInfo/DevId": "IMEI:7",
            "DMAcc/a/ServerID": "srv",
            "./DevInfo/Ext/X": "1",
            "./Vendor/One/Sound/Tone": b"t",
        }
    )
    assert tree.value("./DevInfo/DevId") == "IMEI:7"
    assert tree.value("./DMAcc/a/ServerID") == "srv"
    assert tree.value("./DevInfo/Ext/X") == "1"
    assert tree.value("./Vendor/One/Sound/Tone") == b"t"
    refused(405, lambda: tree.add("./DMAcc/a/Unknown", value="x", server=S))


def test_values_that_do_not_fit_are_refused() -> None:
    refused(404, lambda: phone({"./Nowhere": "x"}))
    refused(415, lambda: phone({"./Vendor/One/Sound/Volume": "loud"}))


def test_defaults_of_the_description_language() -> None:
    """No AccessType: Get. No Scope: Dynamic. No Occurrence: One (§8)."""
    text = b"""<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName>
        <DFProperties><DFFormat><chr/></DFFormat></DFProperties><Value>v</Value></Node></MgmtTree>"""
    tree = Tree(read(text, acl=FREE))
    assert tree.get("./A", S).value == "v"
    refused(405, lambda: tree.replace("./A", "x", server=S))
    refused(405, lambda: tree.add("./B", value="x", server=S))
    assert Tree(read(text, acl=FREE, open_root=True)).add("./B", value="x", server=S) is None


def test_a_root_node_may_be_written_out() -> None:
    text = PHONE.replace(b"<Man>Maker</Man><Mod>One</Mod>", b"<Node><NodeName>.</NodeName>").replace(
        b"</MgmtTree>", b"</Node></MgmtTree>"
    )
    assert [view.uri for view in Tree(read(text)).walk()] == [view.uri for view in phone().walk()]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<MgmtTree>",
        b"<Other/>",
        b"<MgmtTree><VerDTD>1.2</VerDTD><Node><DFProperties><DFFormat><odd/></DFFormat></DFProperties></Node></MgmtTree>",
        b'<!DOCTYPE m [<!ENTITY e "x">]><MgmtTree><VerDTD>&e;</VerDTD></MgmtTree>',
        b"<MgmtTree><VerDTD>1.2</VerDTD>" + b"<Node><NodeName>a</NodeName>" * 1000,
        b"<MgmtTree><VerDTD>1.2</VerDTD>"
        + b"<Node><NodeName>a</NodeName>" * 200
        + b"</Node>" * 200
        + b"</MgmtTree>",
    ],
)
def test_what_is_no_description_is_a_codec_error(text: bytes) -> None:
    with pytest.raises(CodecError):
        read(text)


@given(st.binary(max_size=200) | st.integers(0, len(PHONE)).map(lambda cut: PHONE[:cut]))
def test_damaged_descriptions_raise_only_our_errors(data: bytes) -> None:
    with contextlib.suppress(SimulatorError):
        read(data)


def test_a_description_comes_back_from_its_text() -> None:
    described = xml.decode(PHONE)
    assert xml.decode(xml.encode(described)) == described
    assert described.nodes[0].df_properties is not None
    assert described.nodes[0].df_properties.access_type == ddf.AccessType(get=True)
