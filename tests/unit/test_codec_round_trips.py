"""Whole random messages and documents, written and read again; and what happens to damaged ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import CodecError
from simulator.syncml import wbxml, xml
from simulator.syncml.encoding import Encoding, decode, encode
from simulator.syncml.message import SyncML
from simulator.tnds import embedded
from simulator.tnds import wbxml as tnds_wbxml
from simulator.tnds import xml as tnds_xml
from simulator.tnds.document import MgmtTree
from tests.strategies import messages, mgmt_trees

FEW = settings(max_examples=100, deadline=None)


@FEW
@given(messages())
def test_messages_in_wbxml(message: SyncML) -> None:
    encoded = wbxml.encode(message)
    assert wbxml.decode(encoded) == message
    assert wbxml.decode_prefix(encoded + b"\xff\xff") == (message, len(encoded))


@FEW
@given(messages(octets=False))
def test_messages_in_xml(message: SyncML) -> None:
    assert xml.decode(xml.encode(message)) == message


@FEW
@given(mgmt_trees())
def test_tnds_in_wbxml(tree: MgmtTree) -> None:
    assert tnds_wbxml.decode(tnds_wbxml.encode(tree)) == tree


@FEW
@given(mgmt_trees(octets=False))
def test_tnds_in_xml(tree: MgmtTree) -> None:
    assert tnds_xml.decode(tnds_xml.encode(tree)) == tree


@FEW
@given(mgmt_trees(octets=False), st.sampled_from(list(Encoding)), st.sampled_from(["xml", "wbxml"]))
def test_tnds_embedded(tree: MgmtTree, encoding: Encoding, form: str) -> None:
    mime = f"application/vnd.syncml.dmtnds+{form}"
    assert embedded.read(embedded.write(tree, mime, encoding), mime) == tree


@FEW
@given(messages(octets=False), st.sampled_from(list(Encoding)), st.sampled_from([None, "text/html", "a/b+xml"]))
def test_a_body_is_read_whatever_its_content_type(message: SyncML, encoding: Encoding, said: str | None) -> None:
    assert decode(encode(message, encoding), said) == (message, encoding)


DECODERS = [wbxml.decode, tnds_wbxml.decode, xml.decode, tnds_xml.decode]


@FEW
@given(st.binary(max_size=300), st.sampled_from(DECODERS))
def test_arbitrary_bytes_raise_only_codec_errors(data: bytes, read: Callable[[bytes], object]) -> None:
    with pytest.raises(CodecError):
        read(data)


# After a header, most bytes are tokens of something.
@FEW
@given(
    st.lists(st.sampled_from(range(256)) | st.sampled_from([0, 1, 3, 0x2D, 0x6D, 0x6B, 0x45, 0xC3]), max_size=60)
)
def test_arbitrary_tokens_raise_only_codec_errors(tokens: list[int]) -> None:
    with pytest.raises(CodecError):
        wbxml.decode(bytes.fromhex("03a4016a046162000100 6d") + bytes(tokens) + b"\xff")


@st.composite
def damaged(draw: st.DrawFn, encoded: bytes) -> bytes:
    """Some bytes changed, left out or doubled, or the end cut off."""
    data = bytearray(encoded)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["change", "leave out", "double", "cut"])):
            case "change":
                data[at] = draw(st.integers(0, 255))
            case "leave out" if len(data) > 1:
                del data[at]
            case "double":
                data[at:at] = data[at : at + 8]
            case "cut":
                del data[at + 1 :]
    return bytes(data)


CODECS = [(wbxml.encode, wbxml.decode), (xml.encode, xml.decode)]


@FEW
@given(messages(octets=False), st.sampled_from(CODECS), st.data())
def test_damaged_messages_are_read_or_refused(
    message: SyncML,
    codec: tuple[Callable[[SyncML], bytes], Callable[[bytes], SyncML]],
    data: st.DataObject,
) -> None:
    write, read = codec
    outcome: SyncML | CodecError
    try:
        outcome = read(data.draw(damaged(write(message))))
    except CodecError as error:
        outcome = error
    if isinstance(outcome, CodecError):
        assert outcome.partial is None or isinstance(outcome.partial, SyncML)
        assert outcome.offset is not None or read is xml.decode
    else:
        assert isinstance(outcome, SyncML)


@FEW
@given(messages(), st.data())
def test_a_message_cut_off_keeps_what_came_before(message: SyncML, data: st.DataObject) -> None:
    encoded = wbxml.encode(message)
    cut = data.draw(st.integers(6, len(encoded) - 1))
    with pytest.raises(CodecError) as raised:
        wbxml.decode(encoded[:cut])
    partial = raised.value.partial
    assert isinstance(partial, SyncML)
    whole = message.sync_body.commands
    read = partial.sync_body.commands
    assert len(read) <= len(whole)
    assert read[:-1] == whole[: max(len(read) - 1, 0)]
    if read:
        assert partial.sync_hdr == message.sync_hdr
