"""Notifications of DM 1.2 and 1.3: layouts, digests, and what has to be refused.

The 1.2 vector follows from the standard's formula; the 1.3 vector is of this project's proposed layout, and
says nothing about the standard's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import CodecError, EncodeError, NotificationError
from simulator.notification import options, v12, v13
from simulator.notification.bits import BitField, BitTable
from simulator.notification.digest import digest
from simulator.notification.message import check, decode, encode, media_type, verify
from simulator.notification.model import Format, Initiator, Notification, Option, UIMode
from simulator.notification.v13 import PROPOSED, Layout
from tests.push_strategies import notifications_12, notifications_13

MEDIA_12 = "application/vnd.syncml.notification"
MEDIA_13 = "application/vnd.syncml.dm.notification"
SERVER, PASSWORD, NONCE = "www.example.com", "srvpwd", b"Nonce"

TRIGGER_12 = bytes.fromhex("02d800000000010f7777772e6578616d706c652e636f6d")
DIGEST_12 = bytes.fromhex("675db62eb680dd43e55776b4811ad22b")

TRIGGER_13 = bytes.fromhex("011610005de097c0000107" + "100f7777772e6578616d706c652e636f6d")
DIGEST_13 = bytes.fromhex("b891cf94b61b7e05c4ca6622cb349c95")
DIGEST_13_SHA256 = bytes.fromhex("a090c2029be714e9c41f5727fb175ed6c2a1686f9fbcfc4a994aeaa1630ae2a5")

SAY_12 = Notification(SERVER, 1, UIMode.BACKGROUND, Initiator.SERVER, Format.DM_1_2)
SAY_13 = Notification(
    SERVER, 1, UIMode.BACKGROUND, timestamp=datetime.fromtimestamp(1575000000, UTC), timeout_days=7
)


def test_vector_of_12() -> None:
    assert encode(SAY_12, PASSWORD, NONCE) == DIGEST_12 + TRIGGER_12
    read = decode(MEDIA_12, DIGEST_12 + TRIGGER_12)
    assert read == replace(SAY_12, version=11, digest=DIGEST_12)
    assert verify(read, PASSWORD, NONCE)
    assert read.session_text == "1"


def test_vector_of_12_with_the_default_nonce() -> None:
    assert digest(SERVER, PASSWORD, bytes(4), TRIGGER_12).hex() == "b313c85bb0914ac5cac39070be731a94"


def test_header_of_the_standards_example() -> None:
    data = bytes(16) + bytes.fromhex("02D0000000123412") + b"com.mgmtsrv.manage"
    read = decode(MEDIA_12, data)
    assert (read.version, read.ui_mode, read.initiator) == (11, UIMode.BACKGROUND, Initiator.CLIENT)
    assert (read.server_id, read.session_text) == ("com.mgmtsrv.manage", "1234")


def test_vendor_octets_are_under_the_digest() -> None:
    data = encode(replace(SAY_12, vendor=b"more"), PASSWORD, NONCE)
    read = decode(MEDIA_12, data)
    assert read.vendor == b"more"
    assert verify(read, PASSWORD, NONCE)
    assert not verify(decode(MEDIA_12, data[:-1] + b"?"), PASSWORD, NONCE)


@pytest.mark.shows("NOTI-04")
def test_vector_of_the_proposed_13() -> None:
    assert encode(SAY_13, PASSWORD, NONCE) == TRIGGER_13 + DIGEST_13
    read = decode(MEDIA_13, TRIGGER_13 + DIGEST_13)
    assert read == replace(SAY_13, version=1, digest=DIGEST_13)
    assert verify(read, PASSWORD, NONCE)


def test_vector_of_the_proposed_13_with_sha256() -> None:
    data = encode(replace(SAY_13, hash_name="sha256"), PASSWORD, NONCE)
    assert data[2] == 0x20
    assert data.endswith(DIGEST_13_SHA256)
    assert verify(decode(MEDIA_13, data), PASSWORD, NONCE)


@pytest.mark.parametrize("say", [SAY_12, SAY_13])
def test_digest_depends_on_everything(say: Notification) -> None:
    data = encode(say, PASSWORD, NONCE)
    read = decode(media_type(say), data)
    assert verify(read, PASSWORD, NONCE)
    assert not verify(read, PASSWORD + "x", NONCE)
    assert not verify(read, PASSWORD, NONCE + b"x")
    assert not verify(read, PASSWORD, NONCE, name="another")
    assert verify(decode(media_type(say), encode(say, PASSWORD, NONCE, name="n")), PASSWORD, NONCE, name="n")
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        try:
            assert not verify(decode(media_type(say), bytes(changed)), PASSWORD, NONCE)
        except CodecError:
            continue


def test_without_a_digest_nothing_is_verified() -> None:
    read = decode(MEDIA_13, encode(replace(SAY_13, hash_name=None), PASSWORD, NONCE))
    assert read.digest == b""
    assert not verify(read, PASSWORD, NONCE)


@pytest.mark.parametrize(("session_id", "text"), [(1, "1"), (0xA, "A"), (0x1234, "1234"), (0xFFFF, "FFFF")])
def test_session_id_as_text(session_id: int, text: str) -> None:
    assert replace(SAY_13, session_id=session_id).session_text == text


def test_options_of_13() -> None:
    say = replace(
        SAY_13,
        options=[
            options.uint(options.TARGETED_MO, 0x27),
            options.uint(options.REQUESTED_MO, 0x000C),
            options.uint(options.REQUESTED_MO, 0x1234),
            options.uint(options.PREFERRED_BEARER, 0),
            options.text(options.CONNECT_REASON, "because"),
            Option(9, b"unknown, and skipped"),
        ],
    )
    read = decode(MEDIA_13, encode(say, PASSWORD, NONCE))
    assert read.options == say.options
    assert options.uints(read, options.REQUESTED_MO) == [12, 0x1234]
    assert options.uints(read, options.PREFERRED_BEARER) == [0]
    assert options.string(read, options.CONNECT_REASON) == "because"
    assert options.string(read, options.VENDOR_INFO) is None
    assert verify(read, PASSWORD, NONCE)


def test_timeout() -> None:
    made = SAY_13.timestamp
    assert made is not None
    check(SAY_13, made + timedelta(days=7))
    with pytest.raises(NotificationError, match="too old"):
        check(SAY_13, made + timedelta(days=7, seconds=1))
    check(replace(SAY_13, timeout_days=None), made + timedelta(days=4000))
    check(SAY_12, made)


def _option(number: int, value: bytes) -> bytes:
    return (number << 12 | len(value)).to_bytes(2, "big") + value


SERVER_OPTION = _option(1, b"s")
HEADER = bytes.fromhex("01 26 10 00 5de097c0 0001 07")
DIGEST = bytes(16)

REFUSED_13 = {
    "nothing": (b"", 0, "VER expected"),
    "header cut off": (HEADER[:9], 9, "SESSIONID expected"),
    "another version": (b"\x02" + HEADER[1:] + SERVER_OPTION + _option(5, b"r") + DIGEST, 0, "VER is 2"),
    "unknown digest": (b"\x01\x16\x70" + HEADER[3:] + SERVER_OPTION + DIGEST, 0, "names no hash"),
    "missing option": (HEADER + SERVER_OPTION, 14, "another option expected"),
    "option past the end": (HEADER + SERVER_OPTION + b"\x5f\xff" + DIGEST, 16, "Connect-Reason is said"),
    "out of order": (HEADER + _option(5, b"r") + SERVER_OPTION + DIGEST, 14, "options ascend"),
    "twice": (HEADER + SERVER_OPTION + SERVER_OPTION + DIGEST, 14, "occurs twice"),
    "no Server-ID": (HEADER + _option(5, b"r") + _option(6, b"r") + DIGEST, 17, "no Server-ID"),
    "empty Server-ID": (HEADER + _option(1, b"") + _option(6, b"r") + DIGEST, 11, "Server-ID has 0"),
    "no text": (HEADER + _option(1, b"a\xff") + _option(6, b"r") + DIGEST, 14, "no UTF-8"),
    "three octets for a number": (HEADER + SERVER_OPTION + _option(3, b"abc") + DIGEST, 14, "Requested-MO has 3"),
    "short digest": (HEADER + SERVER_OPTION + _option(6, b"v") + DIGEST[1:], 17, "digest of 16"),
    "long digest": (HEADER + SERVER_OPTION + _option(6, b"v") + DIGEST + b"x", 17, "digest of 16"),
}


@pytest.mark.parametrize("name", REFUSED_13)
def test_damage_to_13_is_named_with_its_place(name: str) -> None:
    data, offset, message = REFUSED_13[name]
    with pytest.raises(CodecError, match=message) as caught:
        decode(MEDIA_13, data)
    assert caught.value.offset == offset
    assert isinstance(caught.value.partial, Notification)


REFUSED_12 = {
    "digest cut off": (bytes(15), 15, "digest of 16"),
    "header cut off": (bytes(16) + TRIGGER_12[:7], 23, "length-identifier expected"),
    "another version": (bytes(16) + b"\x03\x00" + TRIGGER_12[2:], 16, "version 12"),
    "server identifier cut off": (DIGEST_12 + TRIGGER_12[:-1], 24, "said to be 15"),
    "no text": (DIGEST_12 + TRIGGER_12[:7] + b"\x02a\xff", 25, "no UTF-8"),
}


@pytest.mark.parametrize("name", REFUSED_12)
def test_damage_to_12_is_named_with_its_place(name: str) -> None:
    data, offset, message = REFUSED_12[name]
    with pytest.raises(CodecError, match=message) as caught:
        decode(MEDIA_12, data)
    assert caught.value.offset == offset
    assert isinstance(caught.value.partial, Notification)


def test_partial_has_the_fields_before_the_damage() -> None:
    with pytest.raises(CodecError) as caught:
        decode(MEDIA_13, TRIGGER_13[:10])
    partial = caught.value.partial
    assert isinstance(partial, Notification)
    assert (partial.session_id, partial.timeout_days, partial.ui_mode) == (1, None, UIMode.BACKGROUND)


def test_media_type_decides() -> None:
    assert decode(f"{MEDIA_13.upper()}; charset=x", TRIGGER_13 + DIGEST_13).format is Format.DM_1_3
    with pytest.raises(CodecError, match="no media type"):
        decode("text/plain", TRIGGER_13 + DIGEST_13)


def test_without_a_media_type_the_octets_decide() -> None:
    assert decode(None, DIGEST_12 + TRIGGER_12).format is Format.DM_1_2
    assert decode(None, TRIGGER_13 + DIGEST_13).format is Format.DM_1_3


@pytest.mark.parametrize(
    "say",
    [
        replace(SAY_12, server_id="s" * 256),
        replace(SAY_12, session_id=0x10000),
        replace(SAY_12, version=1024),
        replace(SAY_13, server_id=""),
        replace(SAY_13, server_id="s" * 257),
        replace(SAY_13, session_id=-1),
        replace(SAY_13, timeout_days=256),
        replace(SAY_13, hash_name="sha1"),
        replace(SAY_13, options=[Option(16, b"")]),
        replace(SAY_13, options=[Option(9, b"")] * 15),
        replace(SAY_13, options=[Option(4, b"ab")]),
    ],
)
def test_what_has_no_encoding_is_refused(say: Notification) -> None:
    with pytest.raises(EncodeError):
        encode(say, PASSWORD, NONCE)


OTHER = Layout(
    header=BitTable(
        BitField("SESSIONID", 16),
        BitField("VER", 4),
        BitField("OPTION-COUNT", 4),
        BitField("TIMEOUT", 4),
        BitField("UI-MODE", 2),
        BitField("INITIATOR", 2),
    ),
    option_header=BitTable(BitField("NUMBER", 8), BitField("LENGTH", 8)),
    digests={0: "sha256"},
    fixed={"DIGEST-TYPE": 0},
)


def test_layout_is_one_table_that_can_be_another() -> None:
    say = replace(SAY_13, timestamp=None, hash_name="sha256")
    data = encode(say, PASSWORD, NONCE, layout=OTHER)
    assert data[:4].hex() == "00011176".replace("76", f"{7 << 4 | 1 << 2 | 1:02x}")
    read = decode(MEDIA_13, data, layout=OTHER)
    assert read == replace(say, version=1, digest=data[-32:])
    assert verify(read, PASSWORD, NONCE)
    with pytest.raises(CodecError):
        decode(MEDIA_13, data, layout=PROPOSED)


@settings(max_examples=200, deadline=None)
@given(notifications_12 | notifications_13, st.text(max_size=20), st.binary(max_size=20))
def test_what_is_written_is_read_back(say: Notification, password: str, nonce: bytes) -> None:
    data = encode(say, password, nonce)
    read = decode(media_type(say), data)
    assert read == replace(say, digest=read.digest)
    assert verify(read, password, nonce) is (say.hash_name is not None)
    codec = v12 if say.format is Format.DM_1_2 else v13
    assert codec.encode(read, read.digest) == data


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([MEDIA_12, MEDIA_13, None]), st.binary(max_size=80) | st.binary().map(lambda b: HEADER + b))
def test_arbitrary_octets_raise_only_our_error(media: str | None, data: bytes) -> None:
    try:
        decode(media, data)
    except CodecError as error:
        assert error.offset in range(len(data) + 1)  # noqa: PT017
