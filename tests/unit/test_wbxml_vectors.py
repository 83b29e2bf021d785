"""Worked examples, byte by byte. libwbxml 0.11.8 makes the same bytes."""

from __future__ import annotations

from simulator.codes.mime import TNDS_WBXML
from simulator.syncml import wbxml
from simulator.syncml.message import (
    Add,
    Alert,
    Item,
    Meta,
    Source,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
)
from simulator.tnds import embedded
from simulator.tnds import wbxml as tnds_wbxml
from simulator.tnds.document import MgmtTree, Node, RTProperties

HEADER = SyncHdr(
    "1.2", "DM/1.3", "1", "1", Target("http://s/dm"), Source("IMEI:1"), meta=Meta(max_msg_size="4096")
)

MESSAGE = SyncML(HEADER, SyncBody([Alert("1", data="1201")], final=True))
MESSAGE_BYTES = bytes.fromhex("""
    03a4016a00 6d 6c 71 03312e3200 01 72 03444d2f312e3300 01 65 033100 01 5b 033100 01
    6e 57 03687474703a2f2f732f646d00 01 01 67 57 03494d45493a3100 01 01
    5a 0001 4c 033430393600 01 01 01 0000 6b 46 4b 033100 01 4f 033132303100 01 01 12 01 01
""")

TREE = MgmtTree(
    nodes=[Node("a", rt_properties=RTProperties(format="chr", mime="text/plain"), value="v")],
)
TREE_BYTES = bytes.fromhex("""
    03 00 00 6a 1b 2d2f2f4f4d412f2f4454442d444d2d44444620312e322f2f454e00
    0002 60 77 03312e3200 01 64 66 036100 01 6f 5c 0b 01 75 61 03746578742f706c61696e00 01 01 01
    76 037600 01 01 01
""")


def test_a_message() -> None:
    assert len(MESSAGE_BYTES) == 97
    assert wbxml.encode(MESSAGE) == MESSAGE_BYTES
    assert wbxml.decode(MESSAGE_BYTES) == MESSAGE


def test_a_tnds_document_alone() -> None:
    assert tnds_wbxml.encode(TREE) == TREE_BYTES
    assert tnds_wbxml.decode(TREE_BYTES) == TREE


def test_a_tnds_document_embedded_in_a_message() -> None:
    document = TREE_BYTES[:32] + bytes.fromhex("0002 60 77 03312e3200 01 64 66 036100 01 01 01")
    assert len(document) == 0x32
    item = Item(Target("./Inbox"), meta=Meta(format="bin", type=TNDS_WBXML), data=document)
    message = SyncML(HEADER, SyncBody([Add("1", items=[item])], final=True))
    encoded = wbxml.encode(message)
    assert encoded.endswith(bytes.fromhex("01 01 0000 4f c3 32") + document + bytes.fromhex("01 01 01 12 01 01"))
    assert wbxml.decode(encoded) == message
    assert embedded.read(document, TNDS_WBXML) == MgmtTree(nodes=[Node("a")])
