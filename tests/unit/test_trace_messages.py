"""Secrets are found by their place in a DM message, in both encodings and in documents inside of it."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.trace.learn import files_read, learn
from hil.trace.mask import Masker
from hil.trace.messages import cover_message, secrets_of_message
from hil.trace.record import Record
from simulator.codes.mime import TNDS_WBXML, TNDS_XML
from simulator.codes.wbxml import CONTENT, OPAQUE, TOKENS
from simulator.syncml import encoding
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import (
    Add,
    Chal,
    Cred,
    Data,
    ForeignCommand,
    Item,
    Meta,
    Replace,
    Source,
    Status,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
)
from simulator.tnds import embedded
from simulator.tnds.document import MgmtTree, Node, RTProperties

DIGEST, NONCE, SECRET, HIDDEN = "MTIzNDU2Nzg5MDEyMzQ1Ng==", "bm9uY2Utbm9uY2U=", "m&mt<secret>", "in-the-tree"
SECRET_URI = "./DMAcc/op/AppAuth/1/AAuthSecret"

TREE = MgmtTree(
    nodes=[
        Node(
            "op",
            nodes=[
                Node("AAuthName", rt_properties=RTProperties(format="chr"), value="name"),
                Node("AAuthSecret", rt_properties=RTProperties(format="chr"), value=HIDDEN),
            ],
        )
    ]
)


def message(document: Data | None = None, meta: Meta | None = None) -> SyncML:
    return SyncML(
        SyncHdr(
            "1.2",
            "DM/1.3",
            "1",
            "1",
            Target("http://dm.example/"),
            Source("IMEI:1", "name"),
            cred=Cred(Meta(format="b64", type="syncml:auth-md5"), DIGEST),
        ),
        SyncBody(
            [
                Status(
                    "1",
                    "1",
                    "0",
                    "SyncHdr",
                    chal=Chal(Meta(format="b64", type="syncml:auth-md5", next_nonce=NONCE)),
                    data="212",
                ),
                Replace("2", items=[Item(target=Target(SECRET_URI), data=SECRET)]),
                *(
                    [Add("3", items=[Item(target=Target("./DMAcc"), meta=meta, data=document)])]
                    if document
                    else []
                ),
            ],
            final=True,
        ),
    )


@pytest.mark.parametrize("form", list(Encoding))
@pytest.mark.parametrize("kind", ["none", TNDS_XML, TNDS_WBXML, "in place"])
def test_every_secret_is_covered_and_the_message_stays_readable(form: Encoding, kind: str) -> None:
    document: Data | None = TREE if kind == "in place" else None
    meta = None
    if kind in (TNDS_XML, TNDS_WBXML):
        document = embedded.write(TREE, kind, form)
        meta = Meta(format=embedded.meta_format(kind, form), type=kind)
    if kind == "in place" and form is Encoding.XML:
        meta = Meta(format="xml", type=TNDS_XML)
    body = encoding.encode(message(document, meta), form)
    expected = {SECRET} | ({HIDDEN} if kind != "none" else set())
    assert secrets_of_message(body) == expected
    covered = cover_message(body)
    assert len(covered) == len(body)
    read, _ = encoding.decode(covered, form.mime)
    assert read.sync_hdr.cred is not None
    assert read.sync_hdr.cred.data == "x" * len(DIGEST)
    for shown in (DIGEST, NONCE, SECRET, HIDDEN, b64encode(HIDDEN.encode()).decode()):
        assert shown.encode() not in covered
    status, replace, *_ = read.sync_body.commands
    assert isinstance(status, Status)
    assert status.chal is not None
    assert status.chal.meta.next_nonce == "x" * len(NONCE)
    assert status.data == "212"
    assert isinstance(replace, Replace)
    assert replace.items[0].target == Target(SECRET_URI)
    assert set(str(replace.items[0].data)) == {"x"}


def test_a_secret_that_is_also_a_tag_does_not_break_the_message() -> None:
    changed = message()
    replace = changed.sync_body.commands[1]
    assert isinstance(replace, Replace)
    replace.items[0].data = "Data"
    covered = cover_message(encoding.encode(changed, Encoding.XML))
    read, _ = encoding.decode(covered, None)
    again = read.sync_body.commands[1]
    assert isinstance(again, Replace)
    assert again.items[0].data == "xxxx"


def test_a_message_in_utf_16_hides_as_much() -> None:
    body = encoding.encode(message(), Encoding.XML).decode().replace("'UTF-8'", "'UTF-16'").encode("utf-16")
    assert secrets_of_message(body) == {SECRET}
    covered = cover_message(body)
    assert len(covered) == len(body)
    assert DIGEST not in covered.decode("utf-16")
    assert NONCE not in covered.decode("utf-16")


def test_padding_and_damage_behind_a_secret_hide_nothing_from_us() -> None:
    body = encoding.encode(message(), Encoding.WBXML)
    assert secrets_of_message(body + b"\xff" * 20) == {SECRET}
    assert secrets_of_message(b"no message") == set()
    assert secrets_of_message(b"") == set()


@given(st.binary(max_size=60))
@settings(max_examples=150)
def test_any_bytes_keep_their_length(body: bytes) -> None:
    assert len(cover_message(body)) == len(body)
    assert len(cover_message(b"\x03\x01\x6a\x00" + body)) == 4 + len(body)


def read_binary(seq: int, response: bytes, *, together: bool = True) -> list[Record]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    command = b"\x00\xb0\x00\x00\x40"
    if together:
        fields = {"command_length": len(command)}
        return [Record(seq, now, "card", "apdu", "out", "READ BINARY", command + response, fields)]
    return [
        Record(seq, now, "card", "apdu", "out", "READ BINARY", command),
        Record(seq, now, "card", "apdu", "in", "9000", response),
    ]


@pytest.mark.parametrize("together", [True, False])
def test_secrets_of_a_card_that_nobody_told_of_are_learnt_from_its_chunks(together: bool) -> None:
    body = encoding.encode(message(), Encoding.WBXML) + b"\xff" * 7
    records = [
        record
        for at in range(0, len(body), 64)
        for record in read_binary(at + 1, body[at : at + 64] + b"\x90\x00", together=together)
    ]
    assert list(files_read(records)) == [body]
    masker = Masker()
    learn(records, masker)
    assert masker.text(f"it is {SECRET}") == "it is •••"


def test_what_get_response_brings_belongs_to_the_file() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def exchange(command: str, response: str) -> Record:
        raw = bytes.fromhex(command)
        return Record(
            1, now, "card", "apdu", "out", "", raw + bytes.fromhex(response), {"command_length": len(raw)}
        )

    records = [
        exchange("00A40004026431", "9000"),
        exchange("00B0000002", "6102"),
        exchange("00C0000002", "01029000"),
        exchange("00B0000202", "03049000"),
        exchange("00A40004022F00", "6110"),
        exchange("00C0000010", "AAAA9000"),
        exchange("00B0000002", "059000"),
    ]
    assert list(files_read(records)) == [bytes.fromhex("01020304"), b"\x05"]


@pytest.mark.parametrize("name", ["Put", "Sync", "Fetch", "n" * 100])
def test_what_nobody_understands_is_covered(name: str) -> None:
    """A command that is none of DM's is not decoded: whatever it carries may be a secret."""
    known = encoding.encode(message(), Encoding.XML)
    inside = f"<Cred><Data>{DIGEST}</Data></Cred><Item><Data>{HIDDEN}</Data><Own>{SECRET[:1]}very own</Own></Item>"
    body = known.replace(b"<SyncBody>", f"<SyncBody><{name}><CmdID>1</CmdID>{inside}</{name}>".encode())
    covered = cover_message(body)
    assert len(covered) == len(body)
    for value in (DIGEST, HIDDEN, f"{SECRET[:1]}very own"):
        assert value.encode() in body
        assert value.encode() not in covered
    assert encoding.decode(covered, None)[0].sync_body.commands[0] == ForeignCommand("1", name[:64])
    if name in ("Put", "Sync"):
        in_wbxml = bytearray(encoding.encode(message(), Encoding.WBXML))
        at = in_wbxml.index(bytes([TOKENS[0]["SyncBody"] | CONTENT])) + 1
        tags = {tag: bytes([TOKENS[0][tag] | CONTENT]) for tag in (name, "Item", "Data")}
        for carried in (b"\x03" + HIDDEN.encode() + b"\0", bytes([OPAQUE, len(HIDDEN)]) + HIDDEN.encode()):
            whole = bytes(in_wbxml[:at]) + tags[name] + tags["Item"] + tags["Data"] + carried + b"\x01\x01\x01"
            whole += bytes(in_wbxml[at:])
            assert encoding.decode(whole, None)[0].sync_body.commands[0] == ForeignCommand("", name)
            assert HIDDEN.encode() not in cover_message(whole)
