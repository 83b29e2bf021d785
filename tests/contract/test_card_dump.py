"""A copy of a card behaves like it: in process, and through pyscard, pcscd and vpcd."""

from __future__ import annotations

import functools
import random
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hil import yamlfile
from hil.card.dialogue import run
from hil.card.dump.copying import Dump, dump
from hil.card.image import CardImage, load_image
from hil.card.keys import Refusal
from hil.card.reader import Reader
from hil.card.slot import Slot
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.virtual import VirtualReader
from hil.cli.main import cli
from hil.errors import PartError
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from simulator.bootstrap.card import read_bootstrap
from tests import pcscd
from tests.peers import require

MESSAGE = "02A45A01" + "55" * 700

WORDS: dict[str, Any] = {
    "iccid": "8988211000000430010",
    "imsi": "001010123456789",
    "pin": "1234",
    "bootstrap": [{"message": MESSAGE}, {"message": "02A45A02"}],
}

CARDS: dict[str, Callable[[], CardImage]] = {
    "files": lambda: load_image("test-usim"),
    "words": lambda: CardImage.model_validate(WORDS),
    "directory": lambda: words(
        application="df", foreign_dodf=True, foreign_objects=True, mode="dual", shape="oid"
    ),
    "habits": lambda: words(over_read="6282", answers="61xx", channels=1, paths="absolute", read="pin"),
    "none": lambda: words(over_read="6cxx", channels=0, application="none", dir="none"),
    "sim": lambda: words(mode="sim", application="df"),
    "untold": lambda: words(sizes=False),
    "untold, 6282": lambda: words(sizes=False, over_read="6282", padding="none", answers="61xx"),
    "untold, 6cxx": lambda: words(sizes=False, over_read="6cxx", application="df"),
}


def words(**layout: object) -> CardImage:
    return CardImage.model_validate({**WORDS, "layout": layout})


def image_from(text: str, folder: Path) -> CardImage:
    path = folder / "copy.yaml"
    path.write_text(text)
    return load_image(str(path))


def quiet(text: str) -> None:
    """Progress is told to nobody."""


@pytest.fixture(params=["virtual", pytest.param("vpcd", marks=pytest.mark.pcsc)])
def slot(request: pytest.FixtureRequest) -> Iterator[Slot]:
    made: Slot
    if request.param == "virtual":
        made = VirtualReader()
    else:
        require("pcscd", "vpcd", "pyscard")
        from hil.card.vpcd import VpcdReader

        made = VpcdReader(port=pcscd.shared().port)
    yield made
    made.disconnect()
    made.remove()


def stroll(seed: int, sim: bool) -> Iterator[bytes]:
    """Two hundred SELECTs and READs, the same ones for the same seed."""
    dice = random.Random(seed)
    for _ in range(200):
        fid = dice.choice(STROLL).to_bytes(2, "big")
        aid = bytes.fromhex(dice.choice(["A0000000871002", "A000000063504B43532D3135", "A0000000"]))
        read = bytes.fromhex(dice.choice(["B0000009", "B2010430", "B200021C", "B0002000"]))
        by_name = octets(0x00, 0xA4, 0x04, dice.choice([0x04, 0x06]), len(aid)) + aid
        by_path = octets(0x00, 0xA4, 0x08, 0x04, 0x04, 0x7F, 0xFF) + fid
        by_fid = octets(0x00, 0xA4, 0x00, 0x04, 0x02) + fid
        if sim:
            yield dice.choice([octets(0xA0, 0xA4, 0x00, 0x00, 0x02) + fid, octets(0xA0) + read])
        else:
            yield dice.choice([by_fid, by_path, by_name, octets(0x00) + read])


def strolled(reader: Reader, seed: int, sim: bool) -> list[bytes]:
    """The answers to a stroll, with what waits behind them."""
    answers = []
    reader.connect()
    try:
        for apdu in stroll(seed, sim):
            answer = reader.transmit(apdu)
            if answer[:1] in (b"\x61", b"\x9f") and len(answer) == 2:
                answer += reader.transmit(apdu[:1] + b"\xc0\x00\x00" + answer[1:])
            answers.append(answer)
    finally:
        reader.disconnect()
    return answers


def reading(reader: Reader) -> list[bytes]:
    """The APDUs of a device that looks for its bootstrap, with the card's answers."""
    records: list[Record] = []
    recorder = Recorder(lambda: datetime(2026, 1, 1, tzinfo=UTC))
    recorder.subscribe(records.append)
    reader.connect()
    try:
        run(read_bootstrap(), reader, recorder)
    finally:
        reader.disconnect()
    return [each.data for each in records]


@pytest.mark.parametrize("name", CARDS)
def test_a_copy_answers_as_the_card_and_copies_to_the_same_file(slot: Slot, tmp_path: Path, name: str) -> None:
    original = build(CARDS[name]())
    slot.insert(original)
    first = dump(slot, quiet)
    told = reading(slot)
    seen = strolled(slot, 4711, sim=name == "sim")
    assert len({*seen}) > 5
    assert len(told) > 5
    slot.remove()
    copy = build(image_from(first.text, tmp_path))
    assert copy.atr == original.atr
    slot.insert(copy)
    assert reading(slot) == told
    assert strolled(slot, 4711, sim=name == "sim") == seen
    assert dump(slot, quiet).text == first.text
    assert image_from(first.text, tmp_path) == first.image


def copied(image: CardImage, *, thorough: bool = False) -> Dump:
    reader = VirtualReader()
    reader.insert(build(image))
    return dump(reader, quiet, thorough=thorough)


@functools.cache
def copy_of(name: str) -> CardImage:
    return copied(CARDS[name]()).image


STROLL = (
    *(0x3F00, 0x7FFF, 0x2F00, 0x2F05, 0x2F06, 0x2FE2, 0x7F10, 0x7F20, 0x7F50, 0x5F3A),
    *(0x6F07, 0x6F3A, 0x6F3B, 0x6F46, 0x6FAD, 0x6F99, 0x4F30),
    *(0x5031, 0x5032, 0x6430, 0x6431, 0x6432, 0x5207),
)
FIDS = st.sampled_from(STROLL)
AIDS = st.sampled_from(["A0000000871002", "A000000063504B43532D3135", "A0000000", "A000000087", "A0000000FF"])


def octets(*values: int) -> bytes:
    return bytes(values)


SELECTS = st.one_of(
    st.tuples(st.sampled_from([0x00, 0x01]), FIDS, st.sampled_from([0x04, 0x0C, 0x00])).map(
        lambda each: octets(each[0], 0xA4, 0x00, each[2], 0x02) + each[1].to_bytes(2, "big") + b"\x00"
    ),
    st.tuples(st.lists(FIDS, min_size=1, max_size=3), st.sampled_from([0x08, 0x09])).map(
        lambda each: (
            octets(0x00, 0xA4, each[1], 0x04, 2 * len(each[0]))
            + b"".join(fid.to_bytes(2, "big") for fid in each[0])
            + b"\x00"
        )
    ),
    st.tuples(AIDS, st.sampled_from([0x04, 0x06, 0x0C])).map(
        lambda each: octets(0x00, 0xA4, 0x04, each[1], len(each[0]) // 2) + bytes.fromhex(each[0]) + b"\x00"
    ),
    FIDS.map(lambda fid: octets(0xA0, 0xA4, 0x00, 0x00, 0x02) + fid.to_bytes(2, "big")),
)
READS = st.one_of(
    st.tuples(st.sampled_from([0, 1, 0x82, 0x87]), st.integers(0, 255), st.integers(0, 255)).map(
        lambda each: octets(0x00, 0xB0, *each)
    ),
    st.tuples(st.integers(0, 12), st.sampled_from([2, 3, 4, 0xF4]), st.sampled_from([0, 28, 48])).map(
        lambda each: octets(0x00, 0xB2, *each)
    ),
    st.sampled_from(
        ["00C0000000", "00C0000010", "80F2000000", "80F2000100", "00200001", "0070000001", "00708001"]
    ).map(bytes.fromhex),
    st.sampled_from(["A0C0000016", "A0C000000F", "A0B0000009", "A0B201041C"]).map(bytes.fromhex),
)


@pytest.mark.parametrize("name", CARDS)
@given(walk=st.lists(st.one_of(SELECTS, READS), max_size=25))
@settings(max_examples=80, deadline=None)
def test_a_copy_follows_any_walk(name: str, walk: list[bytes]) -> None:
    if name == "sim":
        walk = [each for each in walk if each[0] == 0xA0]
    elif name != "directory":
        walk = [each for each in walk if each[0] != 0xA0]
    card, copy = build(CARDS[name]()), build(copy_of(name))
    for apdu in walk:
        assert copy.process(apdu) == card.process(apdu), apdu.hex()


def test_what_a_pin_protects_is_copied_with_it(tmp_path: Path) -> None:
    reader = VirtualReader()
    reader.insert(build(CardImage.model_validate(WORDS)))
    told: list[str] = []
    assert "6982" in dump(reader, quiet).text
    with_pin = dump(reader, told.append, keys={1: "1234"})
    assert "080910101032547698" in with_pin.text
    assert "6982" not in with_pin.text
    assert told[:2] == ["PIN 01: 3 tries left", "> 0020000108 ••••••••  VERIFY PIN 01"]
    copy = build(with_pin.image)
    select = ["00A4040C07A0000000871002", "00A4080C047FFF6F07"]
    answers = [copy.process(bytes.fromhex(each)) for each in [*select, "00B0000009"]]
    assert answers[-1].hex() == "6982"
    copy.process(bytes.fromhex("0020000108" + b"1234".hex() + "FFFFFFFF"))
    assert copy.process(bytes.fromhex("00B0000009")).hex() == "0809101010325476989000"


def test_a_pin_is_tried_once_and_not_at_all_with_one_try_left() -> None:
    pins = [{"key": "01", "value": "1234", "left": 2}]
    card = build(CardImage.model_validate({"pins": pins, "imsi": "001010123456789"}))
    reader = VirtualReader()
    reader.insert(card)
    with pytest.raises(Refusal, match=r"refuses PIN 01 \(63C1: .* 1 tries left\)") as caught:
        dump(reader, quiet, keys={1: "9999"})
    assert "9999" not in str(caught.value)
    assert card.pins[1].left == 1
    with pytest.raises(Refusal, match="1 try left"):
        dump(reader, quiet, keys={1: "1234"})
    assert card.pins[1].left == 1
    reader.insert(build(CardImage.model_validate({"pins": [{"key": "01", "left": 0}]})))
    with pytest.raises(Refusal, match="blocked"):
        dump(reader, quiet, keys={1: "1234"})


class Tightlipped(VirtualReader):
    """A card that tells nobody how many tries are left: an empty VERIFY has the wrong length for it."""

    tried = 0

    def transmit(self, apdu: bytes) -> bytes:
        if apdu[1] in (0x20, 0x2C) and len(apdu) < 6:
            return b"\x67\x00"
        self.tried += apdu[1] == 0x20
        return super().transmit(apdu)


def test_a_pin_whose_tries_nobody_knows_is_not_tried_unasked() -> None:
    reader = Tightlipped()
    reader.insert(build(CardImage.model_validate(WORDS)))
    with pytest.raises(Refusal, match="may have one try left: the card tells no number"):
        dump(reader, quiet, keys={1: "1234"})
    assert reader.tried == 0
    assert "080910101032547698" in dump(reader, quiet, keys={1: "1234"}, last_try=True).text
    assert reader.tried == 1


def test_a_description_that_no_image_makes_is_kept_word_for_word() -> None:
    """As real cards have them: other tags, another order, rules of a kind that is not known here."""
    fcp = "621F8202412183022FE2A503800171800200 0A8A01058B062F06010200018801 10".replace(" ", "")
    files = [{"fid": "2FE2", "hex": "988812010000400310F0", "sfi": 2, "fcp": fcp}]
    image = CardImage.model_validate({"files": files})
    copy = copied(image)
    assert fcp in copy.text
    assert build(copy.image).process(bytes.fromhex("00A40004022FE200")).hex().upper() == fcp + "9000"


@pytest.mark.parametrize("over_read", ["short", "6cxx", "6282"])
def test_files_whose_size_nobody_tells_are_copied_to_their_end(over_read: str) -> None:
    """Of none, of one READ BINARY, of several, of a whole number of them, and of all that can be reached."""
    sizes = {0x2F90: 0, 0x2F91: 10, 0x2F92: 254, 0x2F93: 255, 0x2F94: 256, 0x2F95: 510, 0x2F96: 0x7FFF}
    files = [{"fid": f"{fid:04X}", "hex": "A5" * size} for fid, size in sizes.items()]
    image = CardImage.model_validate(
        {"files": files, "iccid": "8988211000000430010", "layout": {"sizes": False, "over_read": over_read}}
    )
    copy = copied(image, thorough=True)
    assert (copy.image.layout.sizes, copy.image.layout.over_read) == (False, over_read)
    found = {each.fid: each for each in copy.found.mf.files}
    assert {fid: found[fid].content for fid in sizes} == {fid: b"\xa5" * size for fid, size in sizes.items()}
    assert not [each.trouble for each in found.values() if each.trouble]
    assert "fcp" not in copy.text


def test_a_file_whose_size_nobody_tells_and_that_cannot_be_read() -> None:
    files = [
        {"fid": "2F91", "hex": "A5" * 300, "read": "adm"},
        {"fid": "2F92", "hex": "A5" * 300, "state": "deactivated"},
        {"fid": "2F93", "hex": "A5" * 0x8000},
    ]
    copy = copied(CardImage.model_validate({"files": files, "layout": {"sizes": False}}), thorough=True)
    told = {each.fid: each.trouble for each in copy.found.mf.files if each.trouble}
    assert told == {
        0x2F91: "6982, protected: a PIN or key is needed, and its size is not told",
        0x2F92: "6984, invalidated, and its size is not told",
        0x2F93: "no more than 32768 bytes can be reached, and its size is not told",
    }
    assert sum(each.unread for each in copy.image.files) == len(files)


def test_one_file_of_many_that_does_not_tell_its_size() -> None:
    """The card is one that tells; what it said of this file is kept word for word."""
    fcp = "6210 8202 4121 8302 2FE2 8A0105 8B03 2F0601".replace(" ", "")
    files = [{"fid": "2FE2", "hex": "988812010000400310F0", "fcp": fcp}, {"fid": "2F05", "hex": "656E"}]
    copy = copied(CardImage.model_validate({"files": files}))
    assert copy.image.layout.sizes
    assert fcp in copy.text
    assert "988812010000400310F0" in copy.text


def test_records_are_counted_by_the_descriptor_when_the_size_is_not_told() -> None:
    fcp = "6213 8205 4221 0004 02 8302 2F77 8A0105 8B03 2F0601".replace(" ", "")
    file = {"fid": "2F77", "kind": "linear", "records": ["11111111", "22222222"], "fcp": fcp}
    copy = copied(CardImage.model_validate({"files": [file]}), thorough=True)
    found = next(each for each in copy.found.mf.files if each.fid == 0x2F77)
    assert found.records == [b"\x11" * 4, b"\x22" * 4]


def test_a_description_word_for_word_tells_a_pin_that_was_disabled() -> None:
    fcp = "6216 8202 7821 8302 3F00 8A0105 C609 9001 C0 830101 830181".replace(" ", "")
    pins = [{"key": "01", "value": "1234"}, {"key": "81", "value": "5678"}]
    copy = build(copied(CardImage.model_validate({"mf": {"fcp": fcp}, "pins": pins})).image)
    assert copy.process(bytes.fromhex("00A40004023F0000")).hex().upper() == fcp + "9000"
    copy.pins[1].enabled = False
    assert (
        copy.process(bytes.fromhex("00A40004023F0000")).hex().upper() == fcp.replace("9001C0", "900140") + "9000"
    )


def test_an_application_with_an_identifier_stays_an_application() -> None:
    """As some cards have their ADFs: the identifier selects nothing, and 7FFF does."""
    aid = "A0000000871002FF33FF018900000100"
    fcp = f"621D 8202 7821 8302 7FF0 8410 {aid} 8A0105".replace(" ", "")
    imsi = {"fid": "6F07", "hex": "080910101032547698"}
    copy = copied(CardImage.model_validate({"applications": [{"aid": aid, "fcp": fcp, "files": [imsi]}]}))
    assert [each.aid.hex().upper() for each in copy.image.applications] == [aid]
    card = build(copy.image)
    assert card.process(bytes.fromhex(f"00A4040410{aid}00")).hex().upper() == fcp + "9000"
    assert card.process(bytes.fromhex("00A4080C047FFF6F07")).hex() == "9000"


def test_what_a_dual_card_tells_as_a_sim_is_kept() -> None:
    header = "0000000A2FE204000FFF550102000000EE"
    files = [{"fid": "2FE2", "hex": "988812010000400310F0", "header": header}]
    copy = copied(CardImage.model_validate({"files": files, "layout": {"mode": "dual"}}))
    assert copy.image.layout.mode == "dual"
    assert header in copy.text
    assert "header" not in copied(CARDS["directory"]()).text


def test_a_thorough_walk_finds_files_that_nobody_knows() -> None:
    image = CardImage.model_validate(
        {
            "files": [
                {"fid": "2F99", "hex": "AA"},
                {"fid": "7F66", "kind": "directory", "files": [{"fid": "4F77", "hex": "BB"}]},
            ]
        }
    )
    reader = VirtualReader()
    reader.insert(build(image))
    assert "2F99" not in dump(reader, quiet).text
    found = dump(reader, quiet, thorough=True).text
    assert "2F99" in found
    assert "4F77" in found


def test_a_card_that_is_pulled_out_gives_no_file(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text("{iccid: '8988211000000430010', faults: {removed_after: 40}}")
    out = tmp_path / "out.yaml"
    done = CliRunner().invoke(cli, ["card", "dump", "--image", str(path), str(out)])
    assert isinstance(done.exception, PartError)
    assert not out.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["card.yaml"]


class Damaged(VirtualReader):
    """A card one octet of whose answers is another."""

    def __init__(self, card: Uicc, position: int, octet: int) -> None:
        super().__init__()
        self.insert(card)
        self._at = position
        self._octet = octet

    def transmit(self, apdu: bytes) -> bytes:
        answer = bytearray(super().transmit(apdu))
        if 0 <= self._at < len(answer):
            answer[self._at] = self._octet
        self._at -= len(answer)
        return bytes(answer)


@given(st.integers(0, 3000), st.integers(0, 255))
@example(1354, 0)  # The AID in the FCP of an application that was selected by it.
@settings(max_examples=100, deadline=None)
def test_one_wrong_octet_on_the_card(position: int, octet: int) -> None:
    """An image or an error for people, whatever a card says; and the image's file is read as the image."""
    from simulator.errors import CardError

    try:
        made = dump(Damaged(build(CARDS["files"]()), position, octet), quiet)
    except (CardError, PartError):
        return
    document = yamlfile.parse_text(Path("copy.yaml"), made.text)
    parsed, mistakes = document.parse(CardImage)
    assert mistakes == []
    assert parsed == made.image


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "copy.yaml"
    done = CliRunner().invoke(cli, ["card", "dump", "--image", "test-usim", str(out)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "PIN 81: enabled, 3 tries left" in done.stdout
    assert "not read: 4F30 PBR: 6984" in done.stdout
    assert "mode 0600" in done.stdout
    assert "USIM: " in done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = CliRunner().invoke(cli, ["card", "dump", "--image", "test-usim", str(out)])
    assert "there already" in str(again.exception)
    forced = CliRunner().invoke(
        cli, ["card", "dump", "--image", str(out), "--force", "--json", str(out)], catch_exceptions=False
    )
    assert '"left": 3' in forced.stdout
