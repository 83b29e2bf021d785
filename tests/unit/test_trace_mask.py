"""What is shown of a trace holds no secret, in whatever form it crossed a seam."""

from __future__ import annotations

import json
import string
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hil.trace.forms import packed_digits, packed_identity
from hil.trace.mask import Masker
from hil.trace.structure import Tells, what_tells

IMSI = "001010123456789"
ICCID = "8988211000000430010"

secrets = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=6, max_size=24).filter(
    lambda secret: secret.strip() == secret and "x" not in secret and "•" not in secret
)
around = st.binary(max_size=12)


def masker(*known: str) -> Masker:
    made = Masker()
    for secret in known:
        made.add(secret)
    return made


@settings(max_examples=60, deadline=None)
@given(secrets, around, around)
def test_a_known_secret_never_shows_in_text(secret: str, before: bytes, after: bytes) -> None:
    raw = secret.encode()
    forms = [
        secret,
        raw.hex(),
        raw.hex().upper(),
        raw.hex(" "),
        b64encode(raw).decode(),
        escape(secret),
        quote(secret, safe=""),
        secret.encode("utf-16-be").hex(),
        secret.encode("utf-16-le").hex(),
    ]
    known = masker(secret)
    for form in forms:
        masked = known.text(f"before {form} after")
        assert form not in masked
        assert masked.startswith("before ")
        assert masked.endswith(" after")
    assert raw.hex() not in known.text((before + raw + after).hex())


@settings(max_examples=60, deadline=None)
@given(secrets, around, around)
def test_base64_of_a_longer_text_does_not_give_a_known_secret_away(
    secret: str, before: bytes, after: bytes
) -> None:
    raw = secret.encode()
    for encode in (b64encode, urlsafe_b64encode):
        coded = encode(before + raw + after).decode()
        masked = masker(secret).text(coded)
        inner = encode(bytes(len(before) % 3) + raw).decode()[4:-4]
        assert inner == "" or inner not in masked


@settings(max_examples=60, deadline=None)
@given(secrets, around, around)
def test_octets_keep_their_length_and_lose_the_secret(secret: str, before: bytes, after: bytes) -> None:
    raw = secret.encode()
    assume(raw not in before and raw not in after)
    for form in (
        raw,
        secret.encode("utf-16-le"),
        b64encode(raw),
        raw.hex().encode(),
        raw.hex().upper().encode(),
        escape(secret).encode(),
    ):
        data = before + form + after
        masked = masker(secret).octets(data)
        assert len(masked) == len(data)
        assert form not in masked


@given(secrets, st.integers(0, 40), around)
@settings(max_examples=60, deadline=None)
def test_a_secret_cut_in_two_by_a_chunk_is_hidden_in_both(secret: str, cut: int, before: bytes) -> None:
    raw = secret.encode()
    cut = cut % (len(raw) + 1)
    first, second = before + raw[:cut], raw[cut:] + b"\x01\x01"
    known = masker(secret)
    first_masked = known.response(first + b"\x90\x00")[:-2]
    second_masked = known.response(second + b"\x90\x00")[:-2]
    assert raw not in first_masked + second_masked
    if cut >= 3:
        assert not first_masked.endswith(raw[:cut])
    if len(raw) - cut >= 3:
        assert not second_masked.startswith(raw[cut:])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(json_values, secrets)
@settings(max_examples=60, deadline=None)
def test_no_depth_of_fields_hides_a_secret_from_the_masker(inner: object, secret: str) -> None:
    assume(
        what_tells(secret) is Tells.NOTHING
    )  # "password" as the name of a field stays, whoever's password it is
    fields = {"outer": [{"text": f"<{secret}>", secret: 1, "inner": inner}]}
    shown = json.dumps(masker(secret).fields(fields), ensure_ascii=False)  # type: ignore[arg-type]
    assert f"<{secret}>" not in shown
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in shown.replace(
        json.dumps(inner, ensure_ascii=False), ""
    )


@pytest.mark.parametrize("digits", [IMSI, ICCID, ICCID + "5", "35" + "1" * 12 + "9"])
def test_a_number_of_the_network_keeps_its_last_four_digits(digits: str) -> None:
    known = masker(digits)
    assert known.text(f"IMSI {digits}.") == f"IMSI •••{digits[-4:]}."
    for packed in (packed_digits(digits), packed_identity(digits)):
        assert packed.hex() not in known.text(packed.hex())
        masked = known.octets(b"\x08" + packed + b"\x90\x00")
        assert packed not in masked
        assert len(masked) == len(packed) + 3
        swapped = "".join(
            pair[1] + pair[0] for pair in (masked[1:-2].hex()[i : i + 2] for i in range(0, 2 * len(packed), 2))
        )
        assert swapped.rstrip("f").endswith(digits[-4:])
        assert swapped.rstrip("f").lstrip("019") == digits[-4:].lstrip("019")


def test_the_packed_forms_are_the_standards() -> None:
    # TS 31.102 4.2.2 without the length octet; TS 102 221 13.2
    assert packed_identity(IMSI).hex() == "0910101032547698"
    assert packed_digits(ICCID).hex() == "988812010000400310f0"


def test_a_short_pin_is_hidden_where_it_stands_alone_and_nowhere_else() -> None:
    known = masker("1234")
    assert known.text("PIN 1234, file 12345678, at 2026-11-12340") == "PIN •••, file 12345678, at 2026-11-12340"
    assert known.octets(b"pin 1234;12345") == b"pin xxxx;12345"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("AT+CPIN=\"0000\"", "AT+CPIN=•••"),
        ("AT+CLCK=\"SC\",1,\"1234\"", "AT+CLCK=\"SC\",1,•••"),
        ("AT+CPWD=\"SC\",\"1234\",\"4321\"", "AT+CPWD=\"SC\",•••"),
        ("0020000108 31323334FFFFFFFF", "0020000108 •••"),
        ("A0 2C 00 01 10 " + "31 " * 16 + "9000", "A0 2C 00 01 10 •••9000"),
        ("<NextNonce xmlns='m'>bm9uY2U=</NextNonce>", "<NextNonce xmlns='m'>•••</NextNonce>"),
        ("<Cred><Data>QnJ1Y2U=</Data></Cred><Data>1</Data>", "<Cred><Data>•••</Data></Cred><Data>1</Data>"),
        ("<NodeName>AAuthData</NodeName><Value>mgmt</Value>", "<NodeName>AAuthData</NodeName><Value>•••</Value>"),
        ("Authorization: Basic QnJ1Y2U6T2hC", "Authorization: Basic •••"),
        ("password=hunter2, ok", "password=•••, ok"),
        ("IMEI:490154203237518", "IMEI:•••7518"),
        ("from +441234567890", "from +•••7890"),
        ("+CIMI\r\n262011106487504\r\nOK", "+CIMI\r\n•••7504\r\nOK"),
        ("00A4040C0CA000000063504B43532D3135", "00A4040C0CA000000063504B43532D3135"),
        ("2026-01-01T00:00:00.000000+00:00", "2026-01-01T00:00:00.000000+00:00"),
        ("PIN: 3 tries left", "PIN: 3 tries left"),
    ],
)  # fmt: skip
def test_what_its_place_gives_away_is_hidden_without_being_known(text: str, shown: str) -> None:
    assert Masker().text(text) == shown


def test_fields_are_hidden_by_their_names() -> None:
    fields = {
        "IMSI": IMSI,
        "pin": "1234",
        "chal": {"Meta": {"NextNonce": "bm9uY2U="}},
        "cred": {"meta": {"type": "syncml:auth-md5"}, "data": "QnJ1Y2U="},
        "items": [{"target": {"loc_uri": "./DMAcc/a/AppAuth/1/AAuthSecret"}, "data": "mgmt", "format": "chr"}],
        "node": {"node_name": "AAuthData", "value": "abc"},
        "./DMAcc/a/AppAuth/1/AAuthSecret": "mgmt",
        "status": 200,
        "data": "shown",
    }
    assert Masker().fields(fields) == {  # type: ignore[arg-type]
        "IMSI": "•••6789",
        "pin": "•••",
        "chal": {"Meta": {"NextNonce": "•••"}},
        "cred": {"meta": {"type": "syncml:auth-md5"}, "data": "•••"},
        "items": [{"target": {"loc_uri": "./DMAcc/a/AppAuth/1/AAuthSecret"}, "data": "•••", "format": "chr"}],
        "node": {"node_name": "AAuthData", "value": "•••"},
        "./DMAcc/a/AppAuth/1/AAuthSecret": "•••",
        "status": 200,
        "data": "shown",
    }


@pytest.mark.parametrize(
    ("apdu", "masked"),
    [
        ("0020000108 31323334FFFFFFFF", "0020000108 FFFFFFFFFFFFFFFF"),
        ("A020000108 31323334FFFFFFFF", "A020000108 FFFFFFFFFFFFFFFF"),
        ("002C000110" + "31" * 16, "002C000110" + "FF" * 16),
        ("0020000108 3132", "0020000108 FFFF"),
        ("00200001", "00200001"),
        ("00B0000020", "00B0000020"),
    ],
)
def test_a_pin_is_hidden_in_its_command(apdu: str, masked: str) -> None:
    assert Masker().command(bytes.fromhex(apdu)) == bytes.fromhex(masked)


def test_the_user_may_ask_to_see_everything() -> None:
    known = Masker(show_all=True)
    known.add("a secret")
    assert known.text("a secret PIN=1234") == "a secret PIN=1234"
    assert known.octets(b"a secret") == b"a secret"
    assert known.fields({"pin": "1234"}) == {"pin": "1234"}
    assert known.command(bytes.fromhex("002000010831323334FFFFFFFF"))[5:9] == b"1234"


def test_masking_twice_changes_nothing_more() -> None:
    known = masker("s3cret-word", IMSI)
    once = known.text(f's3cret-word {IMSI} AT+CPIN="0000" password=s3cret-word +441234567890')
    assert known.text(once) == once


@given(st.text(string.printable + "•", max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_masked(text: str) -> None:
    masker("word-1", IMSI).text(text)
