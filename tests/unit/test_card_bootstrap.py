"""Reading a bootstrap by APDU: every layout that issuers choose, and every way in which a card can be wrong."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.card.dialogue import run
from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.uicc.rules import PIN1
from hil.card.virtual import VirtualReader
from hil.errors import PartBroke
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from simulator.bootstrap.apdu import Dialogue
from simulator.bootstrap.card import CardBootstrap, read_bootstrap
from simulator.bootstrap.pkcs15 import OID_DM_BOOTSTRAP, DataObject, Path, Shape, write_dodf, write_odf
from simulator.codes.apdu import AID_PKCS15
from simulator.errors import CardError
from simulator.syncml import wbxml
from simulator.syncml.message import Add, Item, Source, SyncBody, SyncHdr, SyncML, Target

ICCID = "8988211000000430010"
IMSI = "001010123456789"


def message(text: str = "hello", size: int = 700) -> bytes:
    """A DM message of more than one READ BINARY; what it says does not matter here."""
    item = Item(target=Target("./Inbox"), data=(text * size)[:size])
    header = SyncHdr("1.2", "DM/1.3", "1", "1", Target("."), Source("http://127.0.0.1/dm"))
    return wbxml.encode(SyncML(header, SyncBody([Add("1", items=[item])], final=True)))


MESSAGE = message()
SHORT = message("short", 20)


def image(
    *messages: bytes,
    layout: Mapping[str, object] | None = None,
    faults: Mapping[str, object] | None = None,
    **more: object,
) -> CardImage:
    entries = [{"message": each.hex()} for each in messages or (MESSAGE,)]
    return CardImage.model_validate(
        {
            "iccid": ICCID,
            "imsi": IMSI,
            "bootstrap": entries,
            "layout": layout or {},
            "faults": faults or {},
            **more,
        }
    )


def read(card: CardImage | Uicc) -> CardBootstrap:
    reader = VirtualReader()
    reader.insert(build(card) if isinstance(card, CardImage) else card)
    reader.connect()
    return run(read_bootstrap(), reader)


def lead(dialogue: Dialogue[CardBootstrap], answer: Callable[[bytes], bytes]) -> CardBootstrap:
    """A card that is just a function."""
    try:
        command = next(dialogue)
        while True:
            command = dialogue.send(answer(command))
    except StopIteration as end:
        found: CardBootstrap = end.value
        return found


def test_the_plain_path() -> None:
    assert read(image()) == CardBootstrap(ICCID, IMSI, [MESSAGE], [])


LAYOUTS = [
    dict(zip(("application", "dir", "shape", "paths", "extent", "answers"), choice, strict=True))
    for choice in itertools.product(
        ("adf", "df"),
        ("with path", "without path", "none"),
        ("opaque", "oid"),
        ("relative", "absolute", "3FFF", "7FFF"),
        ("none", "length", "index"),
        ("direct", "61xx"),
    )
]


@pytest.mark.parametrize("dir_", ["with path", "without path", "none"])
@pytest.mark.parametrize("application", ["adf", "df"])
def test_every_layout_reads_back_equal(application: str, dir_: str) -> None:
    for layout in LAYOUTS:
        if (layout["application"], layout["dir"]) == (application, dir_):
            found = read(image(layout=layout))
            assert found.messages == [MESSAGE], layout
            assert found.iccid == ICCID


@pytest.mark.parametrize("padding", ["none", "FF", "00"])
@pytest.mark.parametrize("over_read", ["short", "6cxx", "6282"])
@pytest.mark.parametrize("sizes", [True, False])
def test_padding_is_cut_off(padding: str, over_read: str, sizes: bool) -> None:
    layout = {"padding": padding, "over_read": over_read, "sizes": sizes, "padding_size": 700}
    found = read(image(layout=layout))
    assert (found.messages, found.notes) == ([MESSAGE], [])


def test_garbage_behind_the_message_is_noted() -> None:
    found = read(image(layout={"padding": "garbage"}))
    assert found.messages == [MESSAGE]
    assert found.notes == ["EF(DM_Bootstrap) 6431: 32 bytes that are no padding follow the message; left out"]


def test_padding_in_the_directories() -> None:
    for padding in ("none", "FF", "00"):
        assert read(image(layout={"directory_padding": padding})).messages == [MESSAGE]


def test_a_bare_card_is_a_normal_result() -> None:
    found = read(image(layout={"application": "none"}))
    assert (found.iccid, found.imsi, found.messages) == (ICCID, IMSI, [])
    assert "no PKCS#15 application" in found.notes[0]
    assert "6A82" in found.notes[0]


def test_a_foreign_directory_first_and_other_objects_first() -> None:
    found = read(image(layout={"foreign_dodf": True, "foreign_objects": True}))
    assert (found.messages, found.notes) == ([MESSAGE], [])


def test_only_foreign_objects() -> None:
    card = image(layout={"foreign_objects": True}).model_copy(update={"bootstrap": ()})
    found = read(card)
    assert found.messages == []
    assert "2.23.43.9.1 (oma-lwm2m lwm2m-bootstrap)" in found.notes[-1]


@pytest.mark.parametrize("shape", ["opaque", "oid"])
def test_a_double_encoded_object_identifier(shape: str) -> None:
    found = read(image(layout={"shape": shape}, faults={"double_encoded_oid": True}))
    assert found.messages == [MESSAGE]
    assert "encoded twice" in found.notes[0]


def test_two_messages_in_the_order_of_the_card() -> None:
    second = message("again", 40)
    for extent in ("none", "length", "index"):
        assert read(image(MESSAGE, second, layout={"extent": extent})).messages == [MESSAGE, second]


def test_a_truncated_message_is_handed_on_as_it_is() -> None:
    found = read(image(faults={"truncated": 5}, layout={"padding": "none"}))
    assert found.messages == [MESSAGE[:-5]]
    assert "are no whole message" in found.notes[0]


def test_a_path_that_promises_more_than_the_file_has() -> None:
    found = read(image(faults={"truncated": 5}, layout={"padding": "none", "extent": "length"}))
    assert found.messages == [MESSAGE[:-5]]
    assert f"should have {len(MESSAGE)} bytes and gave {len(MESSAGE) - 5}" in found.notes[0]


def test_an_empty_file() -> None:
    found = read(image(faults={"truncated": 9999}))
    assert found.messages == []
    assert found.notes == ["EF(DM_Bootstrap) 6431 is empty"]


def test_a_message_of_32_kib_and_not_more() -> None:
    big = message(size=0x7F00)
    assert read(image(big)).messages == [big]
    assert read(image(big, layout={"sizes": False})).messages == [big]
    larger = message(size=0x8100)
    found = read(image(larger))
    assert found.messages == [larger[:0x8000]]
    assert "are no whole message" in found.notes[1]
    assert "no more than 32768 bytes are read of a file" in found.notes[0]


def test_a_pin_is_never_tried() -> None:
    card = build(image(layout={"read": "pin"}, pin="1234"))
    found = read(card)
    assert (found.iccid, found.imsi, found.messages) == (ICCID, None, [])
    assert found.notes[0] == "the card wants PIN 1, 3 tries left"
    assert [note for note in found.notes if "protected by a PIN or a key (6982)" in note] == found.notes[1:]
    assert len(found.notes) == 3
    assert card.pins[PIN1].left == 3


def test_a_pin_that_is_disabled_protects_nothing() -> None:
    assert read(image(layout={"read": "pin"})).messages == [MESSAGE]


def test_a_deactivated_file_is_no_message() -> None:
    found = read(image(faults={"deactivated": True}))
    assert found.messages == []
    assert any("deactivated" in note for note in found.notes)


def test_no_logical_channels() -> None:
    found = read(image(layout={"channels": 0}))
    assert found.messages == [MESSAGE]
    assert "6881" in found.notes[0]


@pytest.mark.parametrize("paths", ["relative", "absolute", "3FFF", "7FFF"])
def test_a_sim_is_read_in_class_a0(paths: str) -> None:
    found = read(image(layout={"mode": "sim", "application": "df", "paths": paths}))
    assert found == CardBootstrap(ICCID, IMSI, [MESSAGE], [])


def test_a_sim_with_a_pin() -> None:
    found = read(image(layout={"mode": "sim", "application": "df", "read": "pin"}, pin="1234"))
    assert found.messages == []
    assert found.notes[0] == "the card wants PIN 1, 3 tries left"
    assert all("9804" in note for note in found.notes[1:])


def test_a_bare_sim() -> None:
    found = read(image(layout={"mode": "sim", "application": "none"}))
    assert (found.iccid, found.messages) == (ICCID, [])
    assert "9404" in found.notes[-1]


def test_a_card_pulled_out_at_any_moment() -> None:
    card = build(image())
    read(card)
    for n in range(card.served):
        with pytest.raises(PartBroke, match="removed while it was in use"):
            read(image(faults={"removed_after": n}))


def test_the_channel_is_closed_again() -> None:
    card = build(image())
    read(card)
    assert list(card.channels) == [0]


def test_the_channel_is_closed_even_when_the_card_breaks_the_protocol() -> None:
    card = build(image())
    commands: list[bytes] = []

    def answer(command: bytes) -> bytes:
        commands.append(command)
        if command[0] == 0x01 and command[1] == 0xB0:
            return b"\x00"
        return card.process(command)

    with pytest.raises(CardError, match="answered 1 bytes"):
        lead(read_bootstrap(), answer)
    assert commands[-1] == bytes.fromhex("00708001")


def test_a_card_that_says_61_for_ever() -> None:
    with pytest.raises(CardError, match="still not finished"):
        lead(read_bootstrap(), lambda command: b"\x61\x10")


def test_a_card_that_sends_more_than_was_asked_for() -> None:
    card = build(image())

    def answer(command: bytes) -> bytes:
        return bytes(300) + b"\x90\x00" if command[1] == 0xB0 else card.process(command)

    with pytest.raises(CardError, match="and the card sent 300"):
        lead(read_bootstrap(), answer)


@pytest.mark.parametrize("channel", [b"", b"\x00", b"\x14", b"\x01\x02"])
def test_a_channel_that_cannot_be(channel: bytes) -> None:
    card = build(image())

    def answer(command: bytes) -> bytes:
        return channel + b"\x90\x00" if command[1] == 0x70 else card.process(command)

    with pytest.raises(CardError, match="01 to 13 expected"):
        lead(read_bootstrap(), answer)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_answers_end_in_a_result_or_a_card_error(data: st.DataObject) -> None:
    words = st.sampled_from([0x9000, 0x9000, 0x6105, 0x6C05, 0x6A82, 0x6282, 0x6982])
    count = itertools.count()

    def answer(command: bytes) -> bytes:
        if next(count) > 300:
            return b"\x6f\x00"
        return data.draw(st.binary(max_size=40)) + data.draw(words).to_bytes(2, "big")

    with contextlib.suppress(CardError):
        lead(read_bootstrap(), answer)


@given(st.integers(0, 4000), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_one_wrong_octet_on_the_card(position: int, octet: int) -> None:
    """A real card with one octet changed, anywhere in its answers: a result or a card error, never more."""
    card = build(image(layout={"foreign_dodf": True}))
    passed = 0

    def answer(command: bytes) -> bytes:
        nonlocal passed
        response = bytearray(card.process(command))
        at = position - passed
        passed += len(response)
        if 0 <= at < len(response):
            response[at] = octet
        return bytes(response)

    with contextlib.suppress(CardError):
        lead(read_bootstrap(), answer)


def test_the_trace_tells_the_whole_path() -> None:
    records: list[Record] = []
    recorder = Recorder(lambda: datetime(2026, 1, 1, tzinfo=UTC))
    recorder.subscribe(records.append)
    reader = VirtualReader()
    reader.insert(build(image()))
    reader.connect()
    run(read_bootstrap(), reader, recorder)
    texts = [record.text for record in records]
    assert [text for text in texts if text.startswith(("SELECT", "MANAGE"))] == [
        "SELECT MF 3F00 → 9000",
        "SELECT EF(DIR) 2F00 → 9000",
        "SELECT MF 3F00 → 9000",
        "SELECT EF(ICCID) 2FE2 → 9000",
        "SELECT USIM → 9000",
        "SELECT EF(IMSI) 7FFF/6F07 → 9000",
        "MANAGE CHANNEL open 1 → 9000",
        "SELECT PKCS#15 on channel 1 → 9000",
        "SELECT EF(ODF) 7FFF/5031 on channel 1 → 9000",
        "SELECT EF(DODF-bootstrap) 7FFF/6430 on channel 1 → 9000",
        "SELECT EF(DM_Bootstrap) 7FFF/6431 on channel 1 → 9000",
        "MANAGE CHANNEL close 1 → 9000",
    ]
    assert "READ RECORD EF(DIR) 2F00 record 3 → 6A83 (record not found)" in texts
    reading = next(record for record in records if record.text.startswith("READ BINARY EF(DM_Bootstrap)"))
    assert reading.text == "READ BINARY EF(DM_Bootstrap) 7FFF/6431 0+255 on channel 1 → 9000"
    assert (reading.part, reading.kind, reading.way) == ("card", "apdu", "out")
    assert reading.fields["sw"] == "9000"
    assert reading.fields["meaning"] == "ok"
    split = reading.fields["command_length"]
    assert isinstance(split, int)
    assert reading.data[:split] == bytes.fromhex("01B00000FF")
    assert reading.data[split:] == MESSAGE[:255] + b"\x90\x00"


SIM_LAYOUTS = list(
    itertools.product(
        ("with path", "without path", "none"),
        ("opaque", "oid"),
        ("relative", "absolute", "3FFF", "7FFF"),
        ("none", "length", "index"),
    )
)


@pytest.mark.parametrize("layout", SIM_LAYOUTS, ids=" ".join)
def test_every_layout_of_a_sim_reads_back_equal(layout: tuple[str, ...]) -> None:
    """In class A0; a card that is both is read as the UICC that it is."""
    words = dict(zip(("dir", "shape", "paths", "extent"), layout, strict=True)) | {"application": "df"}
    for mode in ("sim", "dual"):
        found = read(image(MESSAGE, SHORT, layout={**words, "mode": mode}))
        assert found.messages == [MESSAGE, SHORT]
        assert (found.iccid, found.imsi) == (ICCID, IMSI)


def test_32_kib_on_a_sim() -> None:
    big = message(size=0x7F00)
    assert read(image(big, layout={"mode": "sim", "application": "df"})).messages == [big]


@pytest.mark.parametrize("order", [(0x6430, 0x6440), (0x6440, 0x6430)])
@pytest.mark.parametrize("mode", ["uicc", "sim"])
def test_several_directories_in_the_order_of_the_odf(mode: str, order: tuple[int, int]) -> None:
    """EF(ODF) is the issuer's list of priorities: what comes first there is processed first."""
    files: dict[int, bytes] = {0x5031: write_odf([Path(fid.to_bytes(2, "big")) for fid in order])}
    for fid, content in zip((0x6430, 0x6440), (MESSAGE, SHORT), strict=True):
        files[fid] = write_dodf(
            [DataObject(OID_DM_BOOTSTRAP, Path((fid + 1).to_bytes(2, "big")), shape=Shape.OID)]
        )
        files[fid + 1] = content
    entries = [{"fid": f"{fid:04X}", "hex": content.hex()} for fid, content in files.items()]
    where: dict[str, object] = (
        {"applications": [{"aid": AID_PKCS15.hex(), "label": "PKCS#15", "files": entries}]}
        if mode == "uicc"
        else {"files": [{"fid": "7F50", "kind": "directory", "files": entries}]}
    )
    found = read(CardImage.model_validate({"iccid": ICCID, "layout": {"mode": mode}, **where}))
    assert found.messages == ([MESSAGE, SHORT] if order[0] == 0x6430 else [SHORT, MESSAGE])
