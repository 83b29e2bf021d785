"""XML that real peers send and that attackers would; and what XML cannot carry."""

from __future__ import annotations

import dataclasses

import pytest

from simulator.errors import CodecError, EncodeError
from simulator.grammar import NESTING_LIMIT
from simulator.syncml import encoding, wbxml, xml
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Cred,
    Get,
    Item,
    Meta,
    Sequence,
    Source,
    Status,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
)
from simulator.tnds import embedded
from simulator.tnds import xml as tnds_xml
from simulator.tnds.document import MgmtTree, Node, RTProperties
from simulator.xml import reader

SYNC_HDR = SyncHdr("1.2", "DM/1.3", "1", "1", Target("s"), Source("d"))
HEAD = (
    "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.3</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>"
    "<Target><LocURI>s</LocURI></Target><Source><LocURI>d</LocURI></Source></SyncHdr>"
)


def document(body: str, *, before: str = "", xmlns: str = "SYNCML:SYNCML1.2") -> bytes:
    return f'{before}<SyncML xmlns="{xmlns}">{HEAD}<SyncBody>{body}</SyncBody></SyncML>'.encode()


def commands(body: str, **more: str) -> list[object]:
    return list(xml.decode(document(body, **more)).sync_body.commands)


def refused(data: bytes) -> CodecError:
    with pytest.raises(CodecError) as raised:
        xml.decode(data)
    return raised.value


ALERT = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>"


# What is written


def test_namespaces_are_declared_where_they_begin() -> None:
    item = Item(Target("./Inbox"), meta=Meta(type="t", emi=["x"]), data=MgmtTree(nodes=[Node("a")]))
    encoded = xml.encode(SyncML(SYNC_HDR, SyncBody([Add("1", items=[item])], final=True)))
    assert encoded.startswith(
        b"<?xml version='1.0' encoding='UTF-8'?>\n<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>"
    )
    assert b'<Meta><Type xmlns="syncml:metinf">t</Type><EMI xmlns="syncml:metinf">x</EMI></Meta>' in encoded
    assert b'<Data><MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>a</NodeName>' in encoded
    assert encoded.endswith(b"</Add><Final/></SyncBody></SyncML>")


def test_a_tnds_document() -> None:
    node = Node("A", rt_properties=RTProperties(format="node", ddf_name="urn:x"), nodes=[Node("b", value="1")])
    assert tnds_xml.encode(MgmtTree(nodes=[node])).split(b"\n")[1] == (
        b'<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties>'
        b"<Format><node/></Format><Type><DDFName>urn:x</DDFName></Type></RTProperties><Node><NodeName>b</NodeName><RTProperties/>"
        b"<Value>1</Value></Node></Node></MgmtTree>"
    )


@pytest.mark.parametrize(
    ("data", "written"),
    [
        ("<a>&amp;</a>", b"<![CDATA[<a>&amp;</a>]]>"),
        ("a]]><", b"a]]&gt;&lt;"),
        ("<\r\n", b"&lt;&#13;\n"),
        ("a & b", b"a &amp; b"),
        ("", b""),
    ],
)
def test_markup_in_data(data: str, written: bytes) -> None:
    message = SyncML(SYNC_HDR, SyncBody([Add("1", items=[Item(data=data)])]))
    encoded = xml.encode(message)
    assert (b"<Data>" + written + b"</Data>" if data else b"<Data></Data>") in encoded
    assert xml.decode(encoded) == message


def test_octets_become_base64_where_the_format_says_so() -> None:
    b64 = Meta(format="b64")
    items = [Item(meta=b64, data=b"\0\1"), Item(data=b"\2")]
    header = dataclasses.replace(SYNC_HDR, cred=Cred(b64, b"\3"))
    message = SyncML(header, SyncBody([Sequence("1", commands=[Add("2", meta=b64, items=items)])]))
    encoded = xml.encode(message)
    for text in (b"<Data>AAE=</Data>", b"<Data>Ag==</Data>", b"<Data>Aw==</Data>"):
        assert text in encoded
    tree = MgmtTree(nodes=[Node("a", rt_properties=RTProperties(format="bin"), value=b"\4")])
    assert b"<Value>BA==</Value>" in tnds_xml.encode(tree)


@pytest.mark.parametrize(
    "item",
    [
        Item(data=b"x"),
        Item(meta=Meta(), data=b"x"),
        Item(meta=Meta(format="bin"), data=b"x"),
        Item(meta=Meta(format="b64"), data=MgmtTree(nodes=[Node("a", value=b"x")])),
    ],
)
def test_octets_elsewhere_have_no_form_in_xml(item: Item) -> None:
    with pytest.raises(EncodeError, match="octets"):
        xml.encode(SyncML(SYNC_HDR, SyncBody([Add("1", items=[item])])))


@pytest.mark.parametrize("text", ["a\0", "\x01", "\ud800", "\uffff"])
def test_characters_that_xml_has_not(text: str) -> None:
    for command in (Alert(text), Alert("1", data=text), Alert("1", data="<" + text)):
        with pytest.raises(EncodeError, match="has a character that XML does not allow"):
            xml.encode(SyncML(SYNC_HDR, SyncBody([command])))


def test_a_format_that_no_node_has() -> None:
    with pytest.raises(EncodeError, match="Format cannot be 'string'"):
        tnds_xml.encode(MgmtTree(nodes=[Node("a", rt_properties=RTProperties(format="string"))]))


def test_what_can_be_written_can_be_read() -> None:
    command: Atomic | Sequence = Atomic("1")
    for _ in range(NESTING_LIMIT - 3):
        command = Sequence("1", commands=[command])
    deep = SyncML(SYNC_HDR, SyncBody([command]))
    assert xml.decode(xml.encode(deep)) == deep
    with pytest.raises(EncodeError, match="nested deeper"):
        xml.encode(SyncML(SYNC_HDR, SyncBody([Sequence("1", commands=[command])])))


# What is read


@pytest.mark.parametrize(
    "data",
    [
        document(ALERT),
        document(ALERT, xmlns=""),
        document(ALERT, xmlns="syncml:SYNCML1.1"),
        document(ALERT, xmlns="http://peer.example/own"),
        document(ALERT, before="\n\n  <?xml version='1.0'?>"),
        document(
            ALERT, before='<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" "http://dtd.example/x.dtd">'
        ),
        document(ALERT, before="\ufeff"),
        document(ALERT, before='<?xml version="1.0" encoding="ISO-8859-1"?>'),
        document(ALERT) + b"\0\0\n",
        document(f"<!-- a comment -->\n  {ALERT}\n  <?target instruction?>"),
        document(ALERT.replace("1201", "12<!-- -->01")),
        document(ALERT.replace("1201", "1\x00201")),
        document(ALERT.replace("1201", "<![CDATA[12]]>&#48;1")),
        document("<Alert><Data>1201</Data><CmdID>1</CmdID></Alert>"),
        document(f'<s:Alert xmlns:s="syncml:SYNCML1.2">{ALERT[7:-8]}</s:Alert>'),
        document(ALERT).decode().encode("utf-16"),
        document(ALERT, before='<?xml version="1.0" encoding="UTF-16LE"?>').decode().encode("utf-16-le"),
    ],
)
def test_what_peers_send(data: bytes) -> None:
    assert xml.decode(data) == SyncML(SYNC_HDR, SyncBody([Alert("1", data="1201")]))


def test_metinf_in_every_spelling() -> None:
    bare = '<Meta><Type xmlns="syncml:metinf">t</Type></Meta>'
    wrapped = '<Meta><MetInf xmlns="syncml:metinf"><Type>t</Type></MetInf></Meta>'
    undeclared = "<Meta><Type>t</Type></Meta>"
    for meta in (bare, wrapped, undeclared):
        assert commands(f"<Get><CmdID>1</CmdID>{meta}</Get>") == [Get("1", meta=Meta(type="t"))]


def test_status_children_out_of_order_and_an_empty_next_nonce() -> None:
    status = (
        "<Status><CmdID>1</CmdID><CmdRef>0</CmdRef><MsgRef>1</MsgRef><Data>407</Data><Cmd>SyncHdr</Cmd>"
        "<Chal><Meta><NextNonce xmlns='syncml:metinf'/></Meta></Chal></Status>"
    )
    [read] = commands(status)
    assert isinstance(read, Status)
    assert (read.cmd_ref, read.msg_ref, read.data) == ("0", "1", "407")
    assert read.chal is not None
    assert read.chal.meta.next_nonce == ""


def test_extensions_are_passed_over() -> None:
    body = (
        "<Get><CmdID>1</CmdID><x:Own xmlns:x='http://peer.example'><x:Deep>1</x:Deep></x:Own><Newer/>"
        "<x:Item xmlns:x='http://peer.example'/></Get>"
    )
    assert commands(body) == [Get("1")]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<Final/><Final/>", "a second Final in SyncBody"),
        ("<Atomic><Meta/><Put/><Meta/></Atomic>", "a second Meta in Atomic"),
        ("<Sync><CmdID><b/></CmdID></Sync>", "CmdID holds the element b"),
        ("<Get><CmdID>1</CmdID><Cmd>2</Cmd></Get>", "Cmd cannot stand in Get"),
        ("<Get><CmdID>1</CmdID><CmdID>2</CmdID></Get>", "a second CmdID in Get"),
        ("<Get>text<CmdID>1</CmdID></Get>", "the text 'text' in Get"),
        ("<Get><CmdID>1</CmdID>text</Get>", "the text 'text' in Get"),
        ("<Alert><CmdID><b/></CmdID></Alert>", "CmdID holds the element b"),
        (
            "<Get><CmdID>1</CmdID><Meta><Anchor xmlns='syncml:metinf'/></Meta></Get>",
            "Anchor in Meta: this element",
        ),
        ("<Get><CmdID>1", "not well-formed XML"),
        ("<Alert><CmdID>&who;</CmdID></Alert>", "Entity 'who' not defined"),
    ],
)
def test_what_is_refused(body: str, says: str) -> None:
    error = refused(document(ALERT + body))
    assert says in str(error)
    assert isinstance(error.partial, SyncML)
    assert error.partial.sync_hdr == SYNC_HDR
    assert error.partial.sync_body.commands[0] == Alert("1", data="1201")


# Hostile


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE SyncML [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE SyncML [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE SyncML [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>',
        "<!DOCTYPE SyncML [<!ELEMENT SyncML ANY>]>",
    ],
)
def test_declarations_inside_the_document_are_refused(declaration: str) -> None:
    assert "entities or elements of its own" in str(refused(document(ALERT, before=declaration)))


def test_an_entity_that_a_foreign_dtd_may_declare_is_refused() -> None:
    before = '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" "http://127.0.0.1:9/x.dtd">'
    for body in ("<Alert><CmdID>&who;</CmdID></Alert>", "&who;", "<Get><CmdID>1</CmdID>&who;</Get>"):
        assert "entity" in str(refused(document(body, before=before))).lower()


def test_ten_thousand_levels() -> None:
    refused(document("<Atomic><CmdID>1</CmdID>" * 10_000))
    refused(document("<Atomic><CmdID>1</CmdID>" * 200 + "</Atomic>" * 200))
    deep = "<Sequence><CmdID>1</CmdID>" * 150 + "</Sequence>" * 150
    assert "nested deeper" in str(refused(document(deep)))


def test_too_large_a_document_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "SIZE_LIMIT", 100)
    assert "at most 100 are read" in str(refused(document(ALERT)))


@pytest.mark.parametrize(
    "data", [b"", b"\0\0", b"  \n", b"hello", b"<", b"<html/>", b"\x03\xa4\x01j\x00", b"<?xml?>"]
)
def test_what_is_no_message(data: bytes) -> None:
    assert refused(data).partial is None


def test_a_namespace_that_is_no_uri() -> None:
    error = refused(document(ALERT, xmlns="}{"))
    assert "not a valid URI" in str(error)
    assert error.partial == SyncML(SYNC_HDR, SyncBody([Alert("1", data="1201")]))


def test_where_the_damage_is() -> None:
    data = document("\n" + ALERT.replace("1201", "1\x002&01"))
    assert refused(data).offset == data.index(b"&") + 1


# Which encoding


MESSAGE = SyncML(SYNC_HDR, SyncBody([Alert("1", data="1201")]))


@pytest.mark.parametrize(
    "content_type", [None, "", "text/html", "application/vnd.syncml+xml", "x/y+wbxml; charset=a"]
)
def test_the_bytes_decide(content_type: str | None) -> None:
    assert encoding.decode(xml.encode(MESSAGE), content_type) == (MESSAGE, Encoding.XML)
    assert encoding.decode(wbxml.encode(MESSAGE), content_type) == (MESSAGE, Encoding.WBXML)


def test_where_the_bytes_say_nothing_the_content_type_decides() -> None:
    assert encoding.named("application/vnd.syncml.dm+wbxml; charset=utf-8") is Encoding.WBXML
    assert encoding.named("text/xml") is Encoding.XML
    assert encoding.named("text/html") is encoding.named(None) is None
    for content_type, says in [
        ("a/b+wbxml", "the first byte is"),
        ("a/b+xml", "XML"),
        ("a/b", "neither XML nor WBXML"),
    ]:
        with pytest.raises(CodecError, match=says):
            encoding.decode(b"hello", content_type)
    with pytest.raises(CodecError, match="empty"):
        encoding.decode(b"", "application/vnd.syncml.dm+wbxml")


# TNDS in a message


TREE = MgmtTree(nodes=[Node("a", value="é")])


@pytest.mark.parametrize(
    "mime", ["application/vnd.syncml.dmtnds+xml", "application/vnd.syncml.dmtnds+wbxml", None, "a/b"]
)
def test_tnds_is_read_in_every_form(mime: str | None) -> None:
    document = tnds_xml.encode(TREE)
    binary = embedded.write(TREE, "application/vnd.syncml.dmtnds+wbxml", Encoding.WBXML)
    base64 = embedded.write(TREE, "application/vnd.syncml.dmtnds+wbxml", Encoding.XML)
    assert isinstance(base64, str)
    for data in (document, document.decode(), binary, base64, base64[:20] + "\r\n " + base64[20:], TREE):
        assert embedded.read(data, mime) == TREE


def test_what_is_no_tnds() -> None:
    for data, mime in [
        (b"", None),
        ("hello", None),
        (b"\xff", "a/b"),
        ("hello", "application/vnd.syncml.dmtnds+xml"),
    ]:
        with pytest.raises(CodecError):
            embedded.read(data, mime)
    with pytest.raises(EncodeError, match="no media type of TNDS"):
        embedded.write(TREE, "text/plain", Encoding.XML)
