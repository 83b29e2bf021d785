"""libwbxml as the other side: it reads what we write, and we read what it writes, for every kind of message.

Its habits: a Data (and any CDATA section) becomes OPAQUE, an embedded WBXML document becomes elements in place in
its XML (with the Meta Type changed to say so), and it knows no TNDS document in place in WBXML.
"""

from __future__ import annotations

import dataclasses
import subprocess
from typing import Any

import pytest

from simulator.codes.mime import TNDS_WBXML, TNDS_XML
from simulator.syncml import message as m
from simulator.syncml import wbxml, xml
from simulator.syncml.encoding import Encoding
from simulator.tnds import embedded
from simulator.tnds import wbxml as tnds_wbxml
from simulator.tnds import xml as tnds_xml
from simulator.tnds.document import MgmtTree, Node, RTProperties
from tests.peers import require

pytestmark = pytest.mark.libwbxml


@pytest.fixture(autouse=True)
def _libwbxml() -> None:
    require("libwbxml")


def wbxml2xml(data: bytes) -> bytes:
    return run("wbxml2xml", "-m", "0", "-k", data=data)


def xml2wbxml(data: bytes, version: str = "1.3") -> bytes:
    return run("xml2wbxml", "-n", "-k", "-v", version, data=data)


def run(*command: str, data: bytes) -> bytes:
    done = subprocess.run([*command, "-o", "-", "-"], input=data, capture_output=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout, done.stderr
    return done.stdout


def as_text(value: Any) -> Any:
    """A model with octets read as text: which of the two a text is carried as is the encoder's choice."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [as_text(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{f.name: as_text(getattr(value, f.name)) for f in dataclasses.fields(value)})
    return value


def message(*commands: m.Command, **header: Any) -> m.SyncML:
    sync_hdr = m.SyncHdr(
        "1.2",
        "DM/1.3",
        "4a",
        "2",
        m.Target("http://server.example/dm"),
        m.Source("IMEI:490154203237518"),
        **header,
    )
    return m.SyncML(sync_hdr, m.SyncBody(list(commands), final=True))


TEXT = m.Meta(format="chr", type="text/plain")
ITEM = m.Item(m.Target("./Vendor/Name"), meta=TEXT, data="Grüße <&> \"'")
CRED = m.Cred(m.Meta(format="b64", type="syncml:auth-md5"), "Zz6EivR3yeaaENcRN6lpAQ==")
CHAL = m.Chal(m.Meta(format="b64", type="syncml:auth-md5", next_nonce="Tm9uY2U="))

MESSAGES = {
    "header": message(
        resp_uri="http://server.example/dm?s=1",
        cred=CRED,
        meta=m.Meta(max_msg_size="16384", max_obj_size="1048576"),
    ),
    "status": message(
        m.Status("1", "1", "0", "SyncHdr", ["http://a.example"], ["IMEI:1"], chal=CHAL, data="407"),
        m.Status("2", "1", "3", "Alert", data="200", items=[m.Item(data="2"), m.Item(data="3")]),
    ),
    "results": message(
        m.Results("1", "1", "4", items=[m.Item(source=m.Source("./DevInfo/Man"), meta=TEXT, data="Maker")]),
        m.Results("2", "1", "5", meta=m.Meta(format="node"), items=[m.Item(source=m.Source("."), data="a/b")]),
    ),
    "alert": message(
        m.Alert("1", data="1201"),
        m.Alert(
            "2",
            data="1226",
            correlator="c-1",
            items=[
                m.Item(
                    source=m.Source("./FUMO/1"),
                    meta=m.Meta(format="chr", type="urn:oma:at:fumo:1.0:update", mark="critical"),
                    data="200",
                )
            ],
        ),
        m.Alert("3", data="1100", items=[m.Item(data="MINDT=10"), m.Item(data="Hello")]),
    ),
    "get": message(m.Get("1", items=[m.Item(m.Target("./DevDetail?list=Struct")), m.Item(m.Target("./DevInfo"))])),
    "add": message(
        m.Add("1", items=[m.Item(m.Target("./Vendor/A"), meta=m.Meta(format="node")), ITEM]),
        m.Add("2", meta=TEXT, items=[m.Item(m.Target("./Vendor/B"), data="x" * 200, more_data=True)]),
    ),
    "replace": message(m.Replace("1", no_resp=True, items=[ITEM, ITEM])),
    "copy": message(m.Copy("1", items=[m.Item(m.Target("./Vendor/To"), m.Source("./Vendor/From"))])),
    "delete": message(m.Delete("1", items=[m.Item(m.Target("./Vendor/A"))])),
    "exec": message(m.Exec("1", correlator="c-2", items=[m.Item(m.Target("./FUMO/1/Update"), data="now")])),
    "nested": message(
        m.Sequence(
            "1",
            meta=TEXT,
            commands=[
                m.Get("2", items=[m.Item(m.Target("./DevInfo/Mod"))]),
                m.Atomic(
                    "3",
                    commands=[
                        m.Delete("4", items=[m.Item(m.Target("./Vendor/A"))]),
                        m.Replace("5", items=[ITEM]),
                        m.Sequence("6", commands=[m.Alert("7", data="1101", items=[m.Item(data="Really?")])]),
                    ],
                ),
            ],
        )
    ),
}

TREE = MgmtTree(
    man="Maker",
    mod="One",
    nodes=[
        Node(
            "Account",
            path="./DMAcc",
            rt_properties=RTProperties(
                acl="Get=*", format="node", title="T", ddf_name="urn:oma:mo:oma-dm-dmacc:1.1", ver_no="3"
            ),
            nodes=[
                Node("Name", rt_properties=RTProperties(format="chr", mime="text/plain"), value="Grüße <&>"),
                Node("Nonce", rt_properties=RTProperties(format="bin", mime="text/plain"), value="AAEC"),
                Node("On", rt_properties=RTProperties(format="bool", size="4", mime="text/plain"), value="true"),
                Node("Ext", rt_properties=RTProperties(format="node", ddf_name="")),
            ],
        )
    ],
)


@pytest.mark.parametrize("kind", MESSAGES)
def test_libwbxml_reads_our_wbxml(kind: str) -> None:
    assert xml.decode(wbxml2xml(wbxml.encode(MESSAGES[kind]))) == MESSAGES[kind]


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.3"])
@pytest.mark.parametrize("kind", MESSAGES)
def test_we_read_libwbxmls_wbxml(kind: str, version: str) -> None:
    written = xml2wbxml(xml.encode(MESSAGES[kind]), version)
    assert as_text(wbxml.decode(written)) == MESSAGES[kind]


def test_we_read_its_string_table() -> None:
    written = run("xml2wbxml", "-k", "-v", "1.3", data=xml.encode(MESSAGES["nested"]))
    assert b"\x83" in written  # STR_T
    assert as_text(wbxml.decode(written)) == MESSAGES["nested"]


def test_a_tnds_document_alone_both_ways() -> None:
    assert tnds_xml.decode(wbxml2xml(tnds_wbxml.encode(TREE))) == TREE
    assert as_text(tnds_wbxml.decode(xml2wbxml(tnds_xml.encode(TREE)))) == TREE


def carrying(mime: str, meta_format: str, data: m.Data) -> m.SyncML:
    item = m.Item(m.Target("./Inbox"), meta=m.Meta(format=meta_format, type=mime), data=data)
    return message(m.Add("1", items=[item]))


def carried(received: m.SyncML) -> m.Item:
    command = received.sync_body.commands[0]
    assert isinstance(command, m.Add)
    return command.items[0]


def test_libwbxml_reads_tnds_embedded_as_wbxml() -> None:
    sent = carrying(TNDS_WBXML, "bin", embedded.write(TREE, TNDS_WBXML, Encoding.WBXML))
    item = carried(xml.decode(wbxml2xml(wbxml.encode(sent))))
    assert item.data == TREE  # in place, in its XML
    assert item.meta == m.Meta(format="bin", type=TNDS_XML)


def test_libwbxml_reads_tnds_embedded_as_xml() -> None:
    sent = carrying(TNDS_XML, "xml", embedded.write(TREE, TNDS_XML, Encoding.WBXML))
    assert xml.decode(wbxml2xml(wbxml.encode(sent))) == sent


def test_we_read_tnds_that_libwbxml_embeds_as_wbxml() -> None:
    item = carried(wbxml.decode(xml2wbxml(xml.encode(carrying(TNDS_XML, "xml", TREE)))))
    assert isinstance(item.data, bytes)
    assert item.meta == m.Meta(format="xml", type=TNDS_WBXML)
    assert as_text(embedded.read(item.data, TNDS_WBXML)) == TREE


def test_we_read_tnds_that_libwbxml_carries_as_xml() -> None:
    text = embedded.write(TREE, TNDS_XML, Encoding.XML)
    item = carried(wbxml.decode(xml2wbxml(xml.encode(carrying(TNDS_XML, "xml", text)))))
    assert item.data is not None
    assert embedded.read(item.data, TNDS_XML) == TREE


def test_what_libwbxml_writes_is_what_we_write() -> None:
    """Where there is no Data, the bytes are the same: tokens, page switches, END and header."""
    for kind in ("header", "get", "copy", "delete"):
        ours = MESSAGES[kind]
        ours = dataclasses.replace(ours, sync_hdr=dataclasses.replace(ours.sync_hdr, cred=None))
        assert xml2wbxml(xml.encode(ours)) == wbxml.encode(ours)
