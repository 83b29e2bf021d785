"""What is read although it is unusual, and what is refused: WBXML that real peers, and nobody sane, would send."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import CodecError, EncodeError
from simulator.grammar import NESTING_LIMIT
from simulator.syncml import wbxml
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
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
from simulator.tnds import wbxml as tnds_wbxml
from simulator.tnds.document import MgmtTree, Node, RTProperties
from simulator.wbxml import integer

HEADER = "03 a401 6a 00"
HEAD = (
    "6c 71 03312e3200 01 72 03444d2f312e3300 01 65 033100 01 5b 033100 01 6e 57 037300 01 01 67 57 036400 01 01 01"
)
SYNC_HDR = SyncHdr("1.2", "DM/1.3", "1", "1", Target("s"), Source("d"))


def message(body: str, *, header: str = HEADER, head: str = HEAD) -> bytes:
    """A message with this SyncBody content."""
    return bytes.fromhex(f"{header} 6d {head} 6b {body} 01 01")


def first(body: str, *, header: str = HEADER) -> Any:
    return wbxml.decode(message(body, header=header)).sync_body.commands[0]


def data_of(content: str, *, header: str = HEADER) -> Any:
    """The Data of an Item, from the bytes between its tag and its END."""
    return first(f"45 4b 033100 01 54 4f {content} 01 01 01", header=header).items[0].data


def refused(data: bytes) -> CodecError:
    with pytest.raises(CodecError) as raised:
        wbxml.decode(data)
    return raised.value


# Headers


@pytest.mark.parametrize(
    "header",
    [
        "03 a401 6a 00",
        "02 a401 6a 00",
        "01 a401 6a 00",
        "03 01 6a 00",  # unknown public identifier
        "02 9f53 6a 00",  # SyncML 1.1
        "03 a401 00 00",  # unknown character set
        "03 a401 03 00",  # US-ASCII
        "03 00 00 6a 1e" + b"-//SYNCML//DTD SyncML 1.2//EN\0".hex(),
        "02 00 00 6a 1d" + b"-//SYNCML//DTD SyncML 1.1//EN".hex(),  # no NUL at the end of the table
        "02 00 02 6a 20 6100" + b"-//SYNCML//DTD SyncML 1.1//EN\0".hex(),
    ],
)
def test_headers_that_are_read(header: str) -> None:
    assert wbxml.decode(message("12", header=header)) == SyncML(SYNC_HDR, SyncBody(final=True))


@pytest.mark.parametrize(
    ("data", "says", "offset"),
    [
        ("", "empty document", 0),
        ("00 a401 6a 00", "the first byte is 0x00", 0),
        ("04 a401 6a 00", "the first byte is 0x04", 0),
        ("03 a401 04 00", "charset 4", 3),
        ("03 a401 6a 05 61", "string table of 5 bytes where 1 are left", 4),
        ("03 00 05 6a 02 6100", "offset 5 in a string table of 2 bytes", 1),
        ("03 8181818181 01", "more than 5 bytes", 1),
        ("03 9fffffff7f 6a 00", "more than 32 bits", 1),
        ("03 a4", "ends inside an integer", 2),
        ("03 a401 6a 00", "ends before SyncML", 5),
        ("03 05 6a 00 45", "the document's element is Add", 4),
        ("03 a401 6a 00 0002 60", "the document's element is MgmtTree", 7),
    ],
)
def test_headers_that_are_refused(data: str, says: str, offset: int) -> None:
    error = refused(bytes.fromhex(data))
    assert says in str(error)
    assert error.offset == offset


def test_a_document_of_another_kind_is_named() -> None:
    assert refused(bytes.fromhex("03 05 6a 00 45")).hint == "its header says: -//WAPFORUM//DTD SI 1.0//EN"


# Text


TABLE = "03 a401 6a 0a" + b"abc\0def\0\xc3\xa9".hex()


@pytest.mark.parametrize(
    ("content", "data"),
    [
        ("03 766100", "va"),
        ("03 00", ""),
        ("03 c3a900", "é"),
        ("83 00", "abc"),
        ("83 05", "ef"),
        ("02 82 2c", "Ĭ"),
        ("02 00", "\0"),
        ("03 6100 83 04 02 31 03 6200", "adef1b"),
        ("0001 03 6100 0000", "a"),  # page switches change nothing in text
        ("c3 02 00ff", b"\0\xff"),
        ("c3 00", b""),
        ("03 6100 c3 01 00 83 00", b"a\0abc"),
        ("c3 8101" + "61" * 129, b"a" * 129),
    ],
)
def test_data_in_every_form(content: str, data: str | bytes) -> None:
    assert data_of(content, header=TABLE) == data


def test_other_elements_are_always_text() -> None:
    alert = first("46 4b c3 01 31 01 4f c3 04 31323031 01 7c c3 02 c3a9 01 01")
    assert alert == Alert("1", data=b"1201", correlator="é")


def test_text_may_be_cut_into_pieces_inside_a_character() -> None:
    assert first("46 4b c3 01 c3 c3 01 a9 01 01") == Alert("é")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("03 ff00", "not UTF-8"),
        ("83 7f", "offset 127 in a string table of 10 bytes"),
        ("83 09", "has no NUL at its end"),
        ("83 8181818181 01", "more than 5 bytes"),
        ("02 c48000", "is no character"),  # beyond Unicode
        ("02 83b000", "is no character"),  # half a surrogate pair
        ("c3 7f 00", "OPAQUE of 127 bytes in Data where"),
        ("c3 8fffffff7f 00", "OPAQUE of 4294967295 bytes"),
        ("c3 9fffffff7f 00", "more than 32 bits"),
        ("40 6100", "Data holds EXT_I_0"),
        ("43 00", "Data holds PI"),
        ("4b 033100 01", "Data holds CmdID"),
    ],
)
def test_text_that_is_refused(content: str, says: str) -> None:
    with pytest.raises(CodecError, match=says):
        data_of(content, header=TABLE)


# Elements


def test_empty_elements_with_and_without_content() -> None:
    """Final and NoResp with content bit and END; Data and Meta without."""
    add = first("45 4b 033100 01 5d 01 1a 54 0f 01 14 54 01 01 52 01")
    assert add == Add("1", no_resp=True, meta=Meta(), items=[Item(data=""), Item(), Item()])
    assert wbxml.decode(message("52 01")).sync_body.final


def test_a_metinf_wrapper_changes_nothing() -> None:
    bare = "45 4b 033100 01 5a 0001 47 036200 01 53 037400 01 01 0000 01"
    wrapped = "45 4b 033100 01 5a 0001 4e 47 036200 01 53 037400 01 01 01 0000 01"
    assert first(bare) == first(wrapped) == Add("1", meta=Meta(format="b", type="t"))


def test_children_in_any_order() -> None:
    status = first("69 4f 03323000 01 5c 033100 01 4a 0347657400 01 4b 033200 01 4c 033300 01 01")
    assert status == Status("2", "1", "3", "Get", data="20")


def test_white_space_between_elements_is_nothing() -> None:
    assert first("45 03 0a2000 4b 033100 01 c3 01 20 01") == Add("1")


def test_a_tnds_document_in_place() -> None:
    tree = "0002 60 77 03312e3200 01 64 66 036100 01 6f 01 01 01"
    expected = MgmtTree(nodes=[Node("a")])
    assert data_of(tree + "0000") == expected
    assert data_of(tree) == expected  # END belongs to no page
    assert data_of("03 2000 " + "03 7800") == " x"


def test_extensions_are_passed_over() -> None:
    """A LITERAL, a token that no table has, and one of an unknown page, with what they hold."""
    assert first("45 4b 033100 01 54 44 00 44 00 03 6100 01 04 00 01 4f 037600 01 01 01", header=TABLE) == Add(
        "1", items=[Item(data="v")]
    )
    assert first("45 4b 033100 01 7f 03 7800 7f 01 01 30 54 01 01") == Add("1", items=[Item()])
    assert first("45 4b 033100 01 0009 45 03 7800 0001 01 0000 54 01 01") == Add("1", items=[Item()])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("48 1a 5a 01 5a 01 01", "a second Meta in Atomic"),
        ("6a 4b 6a 01 01 01", "CmdID holds Sync"),
        ("45 4b 033100 01 54 6e 57 037300 01 76 01 01 01 01", "Filter in Target: this element is not part of DM"),
        ("45 5a 0001 45 01 01 0000 01", "Anchor in Meta: this element is not part of DM"),
        ("45 4b 033100 01 4a 034100 01 01", "Cmd cannot stand in Add"),
        ("45 4b 033100 01 4b 033200 01 01", "a second CmdID in Add"),
        ("45 4b 033100 01 5a 01 5a 01 01", "a second Meta in Add"),
        ("45 4b 033100 01 03 7800 01", "text in Add, which holds elements only"),
        ("44 00 01", "string table"),
        ("c5 01 01", "Add \\(0xC5 of page 0\\) with attributes in SyncBody"),
        ("43 01", "PI \\(0x43\\) in SyncBody: DM does not use it"),
        ("52 03 7800 01", "Final holds text"),
    ],
)
def test_elements_that_are_refused(body: str, says: str) -> None:
    with pytest.raises(CodecError, match=says) as raised:
        wbxml.decode(message(body))
    assert raised.value.partial.sync_hdr == SYNC_HDR


def test_a_format_is_one_word() -> None:
    def tree(words: str) -> bytes:
        return bytes.fromhex(f"03 01 6a 00 0002 60 64 6f 5c {words} 01 01 01 01")

    assert tnds_wbxml.decode(tree("4b 01")).nodes[0].rt_properties == RTProperties(format="chr")
    for words, says in [("", "holds nothing"), ("0b0a", "chr and bool"), ("05", "AccessType"), ("3f", "0x3F")]:
        with pytest.raises(CodecError, match=says):
            tnds_wbxml.decode(tree(words))


# Bounds


def test_trailing_bytes() -> None:
    data = message("12")
    error = refused(data + b"\xff\xff")
    assert error.offset == len(data)
    assert wbxml.decode_prefix(data + b"\xff\xff") == (SyncML(SYNC_HDR, SyncBody(final=True)), len(data))


@pytest.mark.parametrize("nested", ["48", "7f", "64", "4e", "44 00"])
def test_ten_thousand_levels(nested: str) -> None:
    """Atomic, an extension, Sequence, MetInf (on page 1), LITERAL."""
    before = (
        "45 4b 033100 01 5a 0001" if nested == "4e" else "45 4b 033100 01 54" if nested in ("7f", "44 00") else ""
    )
    refused(message(before + nested * 10_000, header=TABLE))


def test_ten_thousand_nodes_in_each_other() -> None:
    with pytest.raises(CodecError, match=f"nested deeper than {NESTING_LIMIT}") as raised:
        tnds_wbxml.decode(bytes.fromhex("03 01 6a 00 0002 60" + "64 " * 10_000))
    assert isinstance(raised.value.partial, MgmtTree)


def test_what_can_be_written_can_be_read() -> None:
    """The same limit on both sides."""
    command: Atomic | Sequence = Atomic("1")
    for _ in range(NESTING_LIMIT - 3):
        command = Sequence("1", commands=[command])
    deep = SyncML(SYNC_HDR, SyncBody([command]))
    assert wbxml.decode(wbxml.encode(deep)) == deep
    command = Sequence("1", commands=[command])
    with pytest.raises(EncodeError, match="nested deeper"):
        wbxml.encode(SyncML(SYNC_HDR, SyncBody([command])))


# Damage


def test_a_message_cut_off_in_an_opaque_keeps_what_is_there() -> None:
    data = message("45 4b 033100 01 54 6e 57 037500 01 01 4f c3 10 0102")[:-2]
    error = refused(data)
    assert "an OPAQUE of 16 bytes in Data where 2 are left" in str(error)
    assert error.partial == SyncML(SYNC_HDR, SyncBody([Add("1", items=[Item(Target("u"), data=b"\1\2")])]))


def test_a_message_cut_off_in_a_string_keeps_what_is_there() -> None:
    error = refused(message("45 4b 033100 01 54 6e 57 03757269")[:-2])
    assert str(error) == f"the string in LocURI has no NUL at its end (at byte {error.offset})"
    assert error.partial == SyncML(SYNC_HDR, SyncBody([Add("1", items=[Item(Target("uri"))])]))


# Writing


def test_text_with_a_nul_is_opaque() -> None:
    encoded = wbxml.encode(SyncML(SYNC_HDR, SyncBody([Alert("a\0b", data="c\0")])))
    assert bytes.fromhex("4b c3 03 610062 01 4f c3 02 6300 01") in encoded


def test_long_octets() -> None:
    octets = bytes(range(256)) * 70
    encoded = wbxml.encode(SyncML(SYNC_HDR, SyncBody([Add("1", items=[Item(data=octets)])])))
    assert bytes.fromhex("4f c3 818c00") + octets + b"\x01" in encoded


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(EncodeError, match="surrogate"):
        wbxml.encode(SyncML(SYNC_HDR, SyncBody([Alert("\ud800")])))


def test_a_format_that_no_node_has() -> None:
    with pytest.raises(EncodeError, match="Format cannot be 'string'"):
        tnds_wbxml.encode(MgmtTree(nodes=[Node("a", rt_properties=RTProperties(format="string"))]))


@pytest.mark.parametrize(
    ("value", "encoded"), [(0, "00"), (0x7F, "7f"), (0x80, "8100"), (0x1201, "a401"), (2**32 - 1, "8fffffff7f")]
)
def test_integers(value: int, encoded: str) -> None:
    assert integer.write(value).hex() == encoded
    assert integer.read(bytes.fromhex(encoded), 0) == (value, len(encoded) // 2)
