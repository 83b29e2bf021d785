"""Card images file by file: what they say, what the card made of them tells and enforces."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.card.dialogue import run
from hil.card.image import CardImage, load_image
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.uicc.identities import iccid_of, imsi_of
from hil.card.uicc.rules import (
    ALWAYS,
    NEVER,
    Condition,
    Rules,
    condition,
    read_compact,
    read_expanded,
    write_compact,
    write_expanded,
)
from hil.card.virtual import VirtualReader
from hil.errors import InvalidFile, UsageError
from simulator.bootstrap.card import read_bootstrap
from simulator.errors import CodecError

USIM = "00A4040C07A0000000871002"


def card(**image: object) -> Uicc:
    return build(CardImage.model_validate(image))


def last(uicc: Uicc, *commands: str) -> str:
    return [uicc.process(bytes.fromhex(command)).hex().upper() for command in commands][-1]


def mistakes(tmp_path: Path, text: str) -> str:
    path = tmp_path / "card.yaml"
    path.write_text(text)
    with pytest.raises(InvalidFile) as caught:
        load_image(str(path))
    return str(caught.value)


@pytest.fixture
def usim() -> Uicc:
    return build(load_image("test-usim"))


def test_files_directories_and_applications_stand_where_the_image_puts_them(usim: Uicc) -> None:
    assert last(usim, "00A4000C022FE2", "00B000000A") == "988812010000400350F19000"
    assert last(usim, "00A4080C047F106F3A", "00B201041C").startswith("416E6EFF")
    assert last(usim, USIM, "00A4080C047FFF6F46", "00B0000011") == "00" + "FF" * 16 + "9000"
    assert last(usim, "00A4080C022F05", "00B000000A") == b"ende".hex().upper() + "FF" * 6 + "9000"
    assert last(usim, "00A4080C067F105F3A4F30") == "6283"
    # EF(DIR) is made of the applications.
    assert "A0000000871002" in last(usim, "00A4080C022F00", "00B2010430")


def test_a_deactivated_file_is_selected_with_a_warning_and_not_read(usim: Uicc) -> None:
    selected = last(usim, "00A40804067F105F3A4F3000")
    assert selected.endswith("6283")
    assert "8A0104" in selected
    assert last(usim, "00B201040A") == "6984"


def test_fcp_tells_what_is_enforced(usim: Uicc) -> None:
    """A reader that follows the FCP to EF(ARR) finds the condition that the card enforces."""
    told = last(usim, USIM, "00A40804047FFF6F3B00")
    reference = told[told.index("8B03") + 4 :][:6]
    record = last(usim, f"00A4080C02{reference[:4]}", f"00B2{reference[4:]}0400")
    rules = read_expanded(bytes.fromhex(record)[:-2])
    assert str(rules) == "read pin, update pin2 or adm, deactivate/activate adm"
    write = f"00DC01041C{'00' * 28}"
    assert last(usim, USIM, "00A4080C047FFF6F3B", write) == "6982"
    assert last(usim, "0020008108" + b"5678".hex() + "FFFFFFFF", write) == "9000"
    usim.reset()
    assert last(usim, USIM, "00A4080C047FFF6F3B", write) == "6982"
    assert last(usim, "0020000A08" + b"88888888".hex(), write) == "9000"


def test_expanded_and_compact_rules_stand_in_the_fcp(usim: Uicc) -> None:
    told = last(usim, USIM, "00A40804047FFF6F7B00")
    assert "AB" in told
    assert "8B03" not in told
    # Access modes activate, deactivate, update and read: never, never, the PIN of environment 1, always.
    assert "8C051BFFFF1100" in last(usim, "00A4000C023F00", "00A40004022F0500")


def test_a_given_ef_arr_is_what_holds() -> None:
    arr = {"fid": "2F06", "kind": "linear", "records": ["800101 9000 800102 9700", "800103 9000"]}
    files = [
        {"fid": "6F01", "hex": "00", "arr": {"file": "2F06", "record": 1}},
        {"fid": "6F02", "hex": "00", "arr": {"file": "2F06", "record": 2}},
        {"fid": "6F03", "hex": "00", "read": "always", "update": "always"},
    ]
    uicc = card(files=[arr, *files])
    assert last(uicc, "00A4000C026F01", "00B0000001") == "009000"
    assert last(uicc, "00D6000001AA") == "6982"
    assert last(uicc, "00A4000C026F02", "00D6000001AA", "00B0000001") == "AA9000"
    # What the words need and the file has not got is added behind.
    told = last(uicc, "00A40004026F0300")
    record = told[told.index("8B03") + 8 :][:2]
    assert int(record, 16) > 2
    assert last(uicc, "00D6000001AA") == "9000"


@pytest.mark.parametrize(
    ("record", "reason"),
    [({"file": "2F06", "record": 9}, "has not got"), ({"file": "2F06", "record": 1}, "holds no rules")],
)
def test_a_reference_that_leads_nowhere(record: dict[str, object], reason: str) -> None:
    arr = {"fid": "2F06", "kind": "linear", "records": ["80010183"]}
    with pytest.raises(UsageError, match=reason):
        card(files=[arr, {"fid": "6F01", "hex": "00", "arr": record}])
    # With words beside it, it is only told.
    uicc = card(files=[arr, {"fid": "6F01", "hex": "00", "arr": record, "read": "always"}])
    assert f"8B032F060{record['record']}" in last(uicc, "00A40004026F0100")


def test_words_build_the_bootstrap_on_top() -> None:
    base = load_image("test-usim").model_dump()
    message = bytes.fromhex("02A45A01") + bytes(50)
    image = CardImage.model_validate({**base, "imsi": "262011106487504", "bootstrap": {"message": message.hex()}})
    uicc = build(image)
    assert len([df for df in uicc.mf.named() if df.aid.startswith(bytes.fromhex("A000000063504B43"))]) == 1
    reader = VirtualReader()
    reader.insert(uicc)
    reader.connect()
    found = run(read_bootstrap(), reader)
    assert found.iccid == "8988211000000430051"
    assert found.imsi == "262011106487504"
    assert found.messages[0].startswith(message)


def test_whose_card_it_is_stands_in_its_files() -> None:
    """For the network, and for what a trace must not show."""
    assert (iccid_of(build(load_image("test-usim"))), imsi_of(build(load_image("test-usim")))) == (
        "8988211000000430051",
        "001010123456789",
    )
    assert imsi_of(card(imsi="262011106487504")) == "262011106487504"
    assert (iccid_of(card()), imsi_of(card())) == (None, None)
    damaged = card(files=[{"fid": "2FE2", "hex": "ABCD"}, {"fid": "7F20", "kind": "directory"}])
    assert (iccid_of(damaged), imsi_of(damaged)) == (None, None)


def test_contents_may_lie_in_a_file_beside_the_image(tmp_path: Path) -> None:
    (tmp_path / "message.bin").write_bytes(b"\x02\x00\x6a")
    (tmp_path / "card.yaml").write_text("files: [{fid: 6F01, file: message.bin, size: 5}]\n")
    uicc = build(load_image(str(tmp_path / "card.yaml")))
    assert last(uicc, "00A4000C026F01", "00B0000005") == "02006AFFFF9000"
    (tmp_path / "message.bin").write_bytes(bytes(6))
    with pytest.raises(UsageError, match="more than the 5 bytes"):
        load_image(str(tmp_path / "card.yaml"))
    (tmp_path / "message.bin").unlink()
    with pytest.raises(UsageError, match="cannot read"):
        load_image(str(tmp_path / "card.yaml"))


def test_a_description_word_for_word() -> None:
    fcp = "62118202412183026F018A01058B032F0601800100"
    uicc = card(files=[{"fid": "6F01", "hex": "00", "fcp": fcp, "header": "0000"}], layout={"mode": "dual"})
    assert last(uicc, "00A40004026F0100") == fcp + "9000"
    assert last(uicc, "00A40000026F0100") == "6F" + fcp[2:] + "9000"
    assert last(uicc, "A0A40000026F01", "A0C0000002") == "00009000"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("files: [{fid: 6F, hex: 00}]", "2 bytes are expected"),
        ("files: [{fid: 6F01, records: [00]}]", "a transparent file has no 'records'"),
        ("files: [{fid: 6F01, hex: 0000, size: 1}]", "2 bytes do not fit into a file of 1"),
        ("files: [{fid: 6F01, hex: 00, text: a}]", "given once"),
        ("files: [{fid: 6F01}, {fid: 6F01}]", "6F01 stands 2 times"),
        ("files: [{fid: 6F01, kind: linear}]", "needs 'record_size'"),
        ("files: [{fid: 6F01, kind: linear, record_size: 1, records: [0000]}]", "at most 1 fit"),
        ("files: [{fid: 6F01, read: somebody}]", "'somebody' is no condition"),
        ("files: [{fid: 6F01, kind: direktory}]", "directory"),
        ("files: [{fid: 6F01, hexx: 00}]", "did you mean 'hex'"),
        ("pin: '1234'\npins: [{key: 01, value: '9999'}]", "given twice"),
        ("pins: [{key: 01, value: '99'}]", "4 to 8 digits"),
        ("pins: [{key: 01, left: 4}]", "no more than all"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, said: str) -> None:
    told = mistakes(tmp_path, text)
    assert said in told
    assert "9999" not in told


def test_levels_are_bounded() -> None:
    entry: dict[str, object] = {"fid": "6F01", "hex": "00"}
    for _ in range(9):
        entry = {"fid": "5F01", "kind": "directory", "files": [entry]}
    with pytest.raises(ValueError, match="levels deep"):
        card(files=[entry])


KEYS = st.sampled_from([0x01, 0x02, 0x81, 0x11, 0x0A, 0x0B, 0x8A])
WAYS = st.lists(
    st.lists(KEYS, min_size=1, max_size=3, unique=True).map(tuple), min_size=1, max_size=4, unique=True
)
CONDITIONS = st.one_of(st.just(ALWAYS), st.just(NEVER), WAYS.map(lambda ways: Condition(tuple(ways))))
RULES = st.builds(Rules, CONDITIONS, CONDITIONS, CONDITIONS, CONDITIONS)


@given(CONDITIONS)
def test_a_condition_reads_back_from_its_words(what: Condition) -> None:
    assert condition(str(what)) == what


@given(RULES, st.integers(0, 20))
def test_rules_read_back_from_ef_arr(rules: Rules, padding: int) -> None:
    assert read_expanded(write_expanded(rules) + b"\xff" * padding) == rules


@given(st.binary(max_size=60))
def test_any_octets_are_rules_or_no_rules(data: bytes) -> None:
    for read in (read_expanded, read_compact):
        try:
            assert isinstance(read(data), Rules)
        except CodecError:
            continue


def test_rules_as_cards_write_them() -> None:
    # The record of a test USIM's EF(ARR): reading by PIN, changing by ADM1 or ADM3, the rest by ADM1.
    record = bytes.fromhex(
        "800101A40683010195010 8800102A010A40683010A950108A40683010C950108800118A40683010A950108FFFF".replace(
            " ", ""
        )
    )
    assert str(read_expanded(record)) == "read pin, update adm or adm 0C, deactivate/activate adm"
    # No access mode twice: what comes first holds. Two conditions after one mode are alternatives.
    assert read_expanded(bytes.fromhex("80010190008001019700")).read == ALWAYS
    assert str(
        read_expanded(bytes.fromhex("800102A40683010195 0108 A406830181950108".replace(" ", ""))).update
    ) == ("pin or pin2")
    assert read_expanded(bytes.fromhex("800101AF10A406830101950108A406830181950108")).read == condition(
        "pin and pin2"
    )
    with pytest.raises(CodecError):
        read_expanded(bytes.fromhex("8001019E0155"))


def test_compact_rules() -> None:
    rules = Rules(ALWAYS, NEVER, condition("pin"), NEVER)
    assert write_compact(rules).hex() == "1bff11ff00"
    assert read_compact(write_compact(rules)) == rules
    with pytest.raises(UsageError, match="compact access rules can say always, never and pin, and not adm"):
        card(files=[{"fid": "6F01", "hex": "00", "attributes": "compact"}])
