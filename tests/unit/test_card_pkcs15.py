"""BER-TLV, the PKCS #15 files and the identities on a card."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.bootstrap import tlv
from simulator.bootstrap.identity import read_iccid, read_imsi, write_iccid, write_imsi
from simulator.bootstrap.pkcs15 import (
    MODIFIABLE,
    OID_DM_BOOTSTRAP,
    PRIVATE,
    Application,
    DataObject,
    Path,
    Shape,
    oid_name,
    read_dir_record,
    read_dodf,
    read_odf,
    write_dir_record,
    write_dodf,
    write_odf,
)
from simulator.errors import CodecError, EncodeError

PKCS15 = bytes.fromhex("A000000063504B43532D3135")

DIR_RECORDS = [
    ("61174F0CA000000063504B43532D31355007504B4353233135", Application(PKCS15, "PKCS#15")),
    (
        "611D4F0CA000000063504B43532D31355007504B435323313551043F007F50",
        Application(PKCS15, "PKCS#15", bytes.fromhex("3F007F50")),
    ),
]

LABEL = "0C0C444D20426F6F747374726170"
DODFS = [
    (f"3020 300E {LABEL} 3006 0604672B0701 A106 3004 0402 6431", DataObject(
        OID_DM_BOOTSTRAP, Path(b"\x64\x31"), "DM Bootstrap")),
    (f"302B 300E {LABEL} 3006 0604672B0701 A111 300F 0406 3F007F506431 020100 8002012C", DataObject(
        OID_DM_BOOTSTRAP, Path(bytes.fromhex("3F007F506431"), 0, 300), "DM Bootstrap")),
    (f"3027 3015 {LABEL} 03020780 040101 3006 0604672B0701 A106 3004 0402 6431", DataObject(
        OID_DM_BOOTSTRAP, Path(b"\x64\x31"), "DM Bootstrap", flags=PRIVATE, auth_id=b"\x01")),
    (f"A122 3000 300E {LABEL} A10E 300C 0604672B0701 3004 0402 6431", DataObject(
        OID_DM_BOOTSTRAP, Path(b"\x64\x31"), application_name="DM Bootstrap", shape=Shape.OID)),
]  # fmt: skip


@pytest.mark.parametrize(("octets", "application"), DIR_RECORDS)
def test_ef_dir_record(octets: str, application: Application) -> None:
    data = bytes.fromhex(octets)
    assert write_dir_record(application) == data
    assert read_dir_record(data + b"\xff" * 9) == [application]


@pytest.mark.parametrize(
    ("octets", "path"), [("A7063004 04026430", "6430"), ("A70A3008 04063F007F506430", "3F007F506430")]
)
def test_ef_odf(octets: str, path: str) -> None:
    data = bytes.fromhex(octets)
    assert write_odf([Path(bytes.fromhex(path))]) == data
    assert read_odf(data) == [Path(bytes.fromhex(path))]


def test_ef_odf_of_a_real_card_has_two_directories_and_padding() -> None:
    data = bytes.fromhex("A706300404024407A506300404024404FFFFFF")
    assert read_odf(data) == [Path(b"\x44\x07")]


@pytest.mark.parametrize(("octets", "entry"), DODFS)
def test_ef_dodf(octets: str, entry: DataObject) -> None:
    data = bytes.fromhex(octets)
    assert read_dodf(data) == [entry]
    assert write_dodf([entry]) == data


def test_an_object_identifier_encoded_twice_is_taken_as_meant() -> None:
    data = bytes.fromhex("3022 300E " + LABEL + "3008 0606 0604672B0701 A106 3004 0402 6431")
    (entry,) = read_dodf(data)
    assert (entry.oid, entry.double_oid) == (OID_DM_BOOTSTRAP, True)


def test_a_length_as_a_second_integer_is_taken_for_a_length() -> None:
    (path,) = read_odf(bytes.fromhex("A70E 300C 04026430 020110 0203 000123"))
    assert path == Path(b"\x64\x30", 16, 0x123)


def test_damage_leaves_the_entries_before_it() -> None:
    good = bytes.fromhex(DODFS[0][0])
    with pytest.raises(CodecError) as caught:
        read_dodf(good + bytes.fromhex("307F3000"))
    assert caught.value.partial == [DODFS[0][1]]


def test_one_strange_entry_does_not_hide_the_others() -> None:
    with pytest.raises(CodecError) as caught:
        read_odf(bytes.fromhex("A703300104" + "A706300404026430"))
    assert caught.value.partial == [Path(b"\x64\x30")]


@pytest.mark.parametrize(
    "octets",
    ["30", "3080", "3084FFFFFFFF", "30850000000001", "3005", "1FFFFFFF01", "308200"],
    ids=["no length", "indefinite", "four octets", "five octets", "too long", "endless tag", "cut length"],
)
def test_broken_tlv(octets: str) -> None:
    with pytest.raises(CodecError):
        tlv.read(bytes.fromhex(octets))


def test_padding_is_only_allowed_where_a_file_has_it() -> None:
    data = bytes.fromhex("FF00 0401AA FFFF")
    assert [each.value for each in tlv.read(data, padded=True)] == [b"\xaa"]
    with pytest.raises(CodecError):
        tlv.read(bytes.fromhex("0401AA FF"))


@given(st.integers(1, 0x1E), st.binary(max_size=70000))
@settings(max_examples=60)
def test_tlv_round_trip(tag: int, value: bytes) -> None:
    (found,) = tlv.read(tlv.write(tag, value))
    assert (found.tag, found.value) == (tag, value)


FIDS = st.lists(st.binary(min_size=2, max_size=2), min_size=1, max_size=8).map(b"".join)
PATHS = st.builds(Path, FIDS, index=st.none() | st.integers(0, 0x7FFF), length=st.none() | st.integers(0, 0x8000))
TEXTS = st.text(max_size=20)
OIDS = st.binary(min_size=1, max_size=8).filter(lambda oid: oid[0] != 0x06)


@given(st.lists(PATHS, max_size=5))
def test_odf_round_trip(paths: list[Path]) -> None:
    assert read_odf(write_odf(paths)) == paths


@given(
    st.lists(
        st.builds(
            DataObject,
            oid=OIDS,
            path=PATHS,
            label=TEXTS,
            application_name=TEXTS,
            flags=st.sampled_from([0, PRIVATE, MODIFIABLE, PRIVATE | MODIFIABLE]),
            auth_id=st.none() | st.binary(min_size=1, max_size=4),
            shape=st.sampled_from(Shape),
            double_oid=st.booleans(),
        ),
        max_size=5,
    )
)
def test_dodf_round_trip(objects: list[DataObject]) -> None:
    assert read_dodf(write_dodf(objects) + b"\xff\x00\xff") == objects


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    for read in (read_dir_record, read_odf, read_dodf, read_iccid, read_imsi):
        with contextlib.suppress(CodecError):
            read(data)  # type: ignore[operator]


def test_names_of_object_identifiers() -> None:
    assert oid_name(OID_DM_BOOTSTRAP) == "2.23.43.7.1 (oma-dm dm-bootstrap)"
    assert oid_name(bytes.fromhex("2A864886FC6B81480101")) == "1.2.840.114283.200.1.1"


@pytest.mark.parametrize(
    ("digits", "octets"),
    [("001010123456789", "080910101032547698"), ("262011106487504", "082926101160845740")],
)
def test_imsi(digits: str, octets: str) -> None:
    assert write_imsi(digits).hex() == octets
    assert read_imsi(bytes.fromhex(octets)) == digits


def test_iccid() -> None:
    assert read_iccid(bytes.fromhex("988812010000400310F0")) == "8988211000000430010"
    assert write_iccid("8988211000000430010").hex().upper() == "988812010000400310F0"


@given(st.text("0123456789", min_size=6, max_size=15))
def test_imsi_round_trip(digits: str) -> None:
    assert read_imsi(write_imsi(digits)) == digits


@pytest.mark.parametrize("octets", ["", "00", "09" + "FF" * 9, "08FF", "0829AA1011608457"])
def test_broken_imsi(octets: str) -> None:
    with pytest.raises(CodecError):
        read_imsi(bytes.fromhex(octets))


def test_no_imsi_of_letters() -> None:
    with pytest.raises(EncodeError):
        write_imsi("12345A")
