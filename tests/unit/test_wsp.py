"""The WSP Push PDU: the forms that senders use, the binary form that we write, and hostile octets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.codes.wsp import APPLICATION_DEFAULT, PARAMETERS
from simulator.errors import CodecError, EncodeError
from simulator.push import primitives
from simulator.push.primitives import Octets
from simulator.push.wsp import Media, Push, Style, decode, dm_push
from tests.push_strategies import pushes

NOTIFICATION_12 = "application/vnd.syncml.notification"
NOTIFICATION_13 = "application/vnd.syncml.dm.notification"
DM_WBXML = "application/vnd.syncml.dm+wbxml"
DM = ("X-Wap-Application-Id", 7)
URI = b"http://s.example/\0".hex()
APPLICATION_TEXT = b"x-wap-application:syncml.dm\0".hex()

TEMPLATES = {
    "DM 1.2 notification": ("010603C4AF87", NOTIFICATION_12, [], [DM]),
    "DM 1.3 notification": ("010603D8AF87", NOTIFICATION_13, [], [DM]),
    "initiator URI and push flag": (
        f"010618C4AF87B1{URI}B487",
        NOTIFICATION_12,
        [],
        [DM, ("X-Wap-Initiator-URI", "http://s.example/"), ("Push-Flag", 7)],
    ),
    "headers before the application id": (
        "010607C4B4848D9EAF87",
        NOTIFICATION_12,
        [],
        [("Push-Flag", 4), ("Content-Length", 30), DM],
    ),
    "application id as text": (
        f"01061EC4AF{APPLICATION_TEXT}",
        NOTIFICATION_12,
        [],
        [("X-Wap-Application-Id", "x-wap-application:syncml.dm")],
    ),
    "application id of a vendor": (
        "010605C4AF029001",
        NOTIFICATION_12,
        [],
        [("X-Wap-Application-Id", 0x9001)],
    ),
    "OMA CP with USERPIN": (
        "01062F1F2DB6918192" + "41" * 40 + "00",
        "application/vnd.wap.connectivity-wbxml",
        [("SEC", 1), ("MAC", "A" * 40)],
        [],
    ),
    "DM bootstrap with SHA-1": (
        "0106311F2DC2918092" + "33" * 40 + "00AF87",
        DM_WBXML,
        [("SEC", 0), ("MAC", "3" * 40)],
        [DM],
    ),
    "DM bootstrap with SHA-256": (
        "0106491F45C2918092" + "46" * 64 + "00AF87",
        DM_WBXML,
        [("SEC", 0), ("MAC", "F" * 64)],
        [DM],
    ),
    "type with a number of two octets": (
        "01060603020302AF87",
        "application/vnd.syncml+xml",
        [],
        [DM],
    ),
    "charset and version": (
        "01060603AE81EAC395",
        "application/vnd.wap.sic",
        [("charset", 106)],
        [("Encoding-Version", "1.5")],
    ),
    "date": (
        "010607C492045DE097C0",
        NOTIFICATION_12,
        [],
        [("Date", datetime(2019, 11, 29, 4, 0, tzinfo=UTC))],
    ),
    "header and type without a name here": ("010603FFFEAA", "0x7F", [], [("0x7E", 0x2A)]),
    "header of another code page": (
        "010607C47F02851F0141",
        NOTIFICATION_12,
        [],
        [("2:0x05", b"\x1f\x01A")],
    ),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_is_read_and_written(name: str) -> None:
    octets, content_type, parameters, headers = TEMPLATES[name]
    data = bytes.fromhex(octets) + b"body \xaf\x87"
    push = decode(data)
    assert push == Push(content_type, b"body \xaf\x87", parameters, headers)
    assert push.encode() == data


LIBERAL = {
    "general form without parameters": "01060401C4AF87",
    "general form with the length in the long form": "0106051F01C4AF87",
    "length of the headers in two octets": "01068003C4AF87",
    "type as text": "010626" + b"application/vnd.syncml.notification\0".hex() + "AF87",
    "type in capitals": "010626" + b"APPLICATION/VND.SYNCML.NOTIFICATION\0".hex() + "AF87",
    "application id as a long integer": "010604C4AF0107",
    "application id by name": "010619C4" + b"X-WAP-Application-ID\0".hex() + b"7\0".hex(),
    "shift to the default page by short cut": "010604C401AF87",
    "ConfirmedPush": "010703C4AF87",
    "transaction id FF": "FF0603C4AF87",
}


@pytest.mark.parametrize("name", LIBERAL)
def test_every_legal_form_is_read(name: str) -> None:
    data = bytearray.fromhex(LIBERAL[name])
    if data[2] != 0x80:
        data[2] = len(data) - 3  # the length of the headers
    push = decode(bytes(data) + b"body")
    assert push.content_type.lower() == NOTIFICATION_12
    assert push.application_id == 7
    assert push.body == b"body"


def test_sec_and_mac_by_name() -> None:
    media = b"\xc2" + b"SEC\0NETWORKID\0" + b"mac\0AB\0"
    push = decode(bytes([1, 6, len(media) + 1, len(media)]) + media)
    assert push.parameter("sec") == "NETWORKID"
    assert push.parameter("MAC") == "AB"


def test_length_of_the_headers_needs_two_octets() -> None:
    push = dm_push(NOTIFICATION_12, b"x")
    push.headers.append(("X-Wap-Initiator-URI", "http://s.example/" + "a" * 120))
    data = push.encode()
    assert data[2:4] == bytes([0x80 | 142 >> 7, 142 & 0x7F])
    assert decode(data) == push


@pytest.mark.parametrize("form", Media)
@pytest.mark.parametrize("octets", [1, 2, 5])
def test_styles_say_the_same(form: Media, octets: int) -> None:
    push = dm_push(NOTIFICATION_13, b"payload")
    data = push.encode(Style(form, octets))
    assert decode(data) == push
    assert (data == push.encode()) is (form is Media.COMPACT and octets == 1)


def test_styles_are_the_forms_they_are_named_for() -> None:
    push = dm_push(NOTIFICATION_12, b"")
    assert push.encode(Style(Media.GENERAL)).hex() == "01060401c4af87"
    assert push.encode(Style(Media.LONG)).hex() == "0106051f01c4af87"
    assert b"application/vnd.syncml.notification\0" in push.encode(Style(Media.TEXT))


REFUSED = {
    "nothing": ("", 0),
    "no type": ("01", 1),
    "another PDU": ("0104 03C4AF87", 1),
    "headers past the end": ("0106 7F C4AF87", 3),
    "no content type": ("010600 0001", 3),
    "length of six octets": ("0106 8080808080 03", 2),
    "length of more than 32 bits": ("0106 FFFFFFFF7F C4", 2),
    "text without its NUL": ("010603 616263 00", 3),
    "type longer than the headers": ("010603 05C4AF87 00", 4),
    "value longer than the headers": ("010604 C4B01E41 0000000000000000", 6),
    "header missing its value": ("010602 C4AF 87", 5),
    "NUL for a header": ("010603 C40087", 4),
}


@pytest.mark.parametrize("name", REFUSED)
def test_damage_is_named_with_its_place(name: str) -> None:
    octets, offset = REFUSED[name]
    with pytest.raises(CodecError) as caught:
        decode(bytes.fromhex(octets))
    assert caught.value.offset == offset
    assert isinstance(caught.value.partial, Push)


def test_partial_has_what_was_readable() -> None:
    with pytest.raises(CodecError) as caught:
        decode(bytes.fromhex("09060AC4B487AF87B1687474"))
    partial = caught.value.partial
    assert isinstance(partial, Push)
    assert partial.transaction_id == 9  # the headers' length is wrong, so nothing else can be trusted
    with pytest.raises(CodecError) as caught:
        decode(bytes.fromhex("090609C4B487AF87B1687474"))
    partial = caught.value.partial
    assert isinstance(partial, Push)
    assert partial.headers == [("Push-Flag", 7), DM]


def test_push_without_an_application_id_is_for_the_browser() -> None:
    push = decode(bytes.fromhex("010601C4"))
    assert push.application_id == APPLICATION_DEFAULT
    assert push.header("X-Wap-Application-Id") is None
    assert decode(bytes.fromhex("010603C4AF85")).application_id == 5


@pytest.mark.parametrize(
    "push",
    [
        Push("a\0b"),
        Push("\u00e9/x"),
        Push(""),
        Push(NOTIFICATION_12, transaction_id=256),
        Push(NOTIFICATION_12, headers=[("X Y", "a")]),
        Push(NOTIFICATION_12, headers=[("X-Y", "a\0")]),
        Push(NOTIFICATION_12, headers=[("X-Y", "\x01")]),
        Push(NOTIFICATION_12, headers=[("Profile-Diff", b"\x02A")]),
        Push(NOTIFICATION_12, headers=[("Profile-Diff", b"\x81\x81")]),
        Push(NOTIFICATION_12, headers=[("Content-Length", -1)]),
        Push(NOTIFICATION_12, parameters=[("q", "2")]),
    ],
)
def test_what_has_no_encoding_is_refused(push: Push) -> None:
    with pytest.raises(EncodeError):
        push.encode()


@pytest.mark.parametrize(("value", "octets"), [(106, "6a"), (128, "8100"), (300, "822c"), (8192, "c000")])
def test_uintvar(value: int, octets: str) -> None:
    assert primitives.uintvar(value).hex() == octets
    assert Octets(bytes.fromhex(octets)).uintvar("it") == value


@pytest.mark.parametrize(("value", "octets"), [(7, "87"), (0x9001, "029001"), (0x0302, "020302"), (128, "0180")])
def test_integer(value: int, octets: str) -> None:
    assert primitives.integer(value).hex() == octets
    assert Octets(bytes.fromhex(octets)).integer("it") == value


def test_quality_covers_all_codes() -> None:
    for thousandths in range(1000):
        text = f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".")
        push = Push(NOTIFICATION_12, parameters=[("q", text)])
        assert decode(push.encode()).parameter("q") == text


@settings(max_examples=200, deadline=None)
@given(pushes, st.sampled_from(Media), st.integers(1, 5))
def test_what_is_written_is_read_back(push: Push, form: Media, octets: int) -> None:
    assert decode(push.encode(Style(form, octets))) == push


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda b: b"\x01\x06" + bytes([len(b)]) + b))
def test_arbitrary_octets_raise_only_our_error(data: bytes) -> None:
    try:
        push = decode(data)
    except CodecError as error:
        assert error.offset in range(len(data) + 1)  # noqa: PT017
        return
    try:
        again = push.encode()
    except EncodeError:
        return  # a name or text that WSP allows nobody to write
    assert decode(again).body == push.body


def test_names_in_the_table_are_written_with_the_first_number() -> None:
    assert [row.code for row in PARAMETERS if row.name == "name"] == [0x17, 0x05]
    push = Push(NOTIFICATION_12, parameters=[("name", "a")])
    assert push.encode().hex() == "01060504c497" + "6100"
