"""auth-MAC: the formulas, and the header that carries them (DM Security §5.6)."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import CodecError, EncodeError
from simulator.security import mac
from simulator.security.mac import Formula, Integrity, Mac

BRUCE = ("Bruce2", "OhBehave", b"Nonce", b"<SyncML/>")

VECTORS = {
    Formula.NESTED_MD5: "urdCeS3JUmjFgi8SX3webw==",
    Formula.NESTED_SHA256: "h0RDJW9Hk18vWTmIxTj5V8szrZH+Qe9xGZ1In0JI52w=",
    Formula.HMAC_SHA256: "FY8nmufrHDZXy23qI19gzRImrveG4fyqg1tlAX4F39U=",
}


@pytest.mark.parametrize("formula", Formula)
def test_formulas(formula: Formula) -> None:
    assert base64.b64encode(mac.compute(formula, *BRUCE)).decode() == VECTORS[formula]


def test_the_header_as_printed_in_the_standard() -> None:
    text = 'algorithm=MD5, username="Robert Jordan", mac=NTI2OTJhMDAwNjYxODkwYmQ3NWUxN2RhN2ZmYmJlMzk='
    read = mac.parse(text)
    assert read == Mac("Robert Jordan", b"52692a000661890bd75e17da7ffbbe39", "MD5")
    assert mac.write(read) == text


@pytest.mark.parametrize(
    "text",
    [
        'mac=AAEC,username="a, \\"b\\\\",algorithm=SHA256',
        ' ,  Username = "a, \\"b\\\\" , , MAC = AAEC ,algorithm = SHA256 ,',
        'algorithm="SHA256",realm=x,mac="AAEC",username="a, \\"b\\\\"',
    ],
)
def test_any_order_and_white_space(text: str) -> None:
    assert mac.parse(text) == Mac('a, "b\\', b"\0\1\2", "SHA256")


def test_without_an_algorithm_it_is_md5() -> None:
    assert mac.parse("username=u, mac=AA").algorithm == "MD5"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no username"),
        ('username="u"', "no mac"),
        ('username="u", mac=!!', "no base64"),
        ('username="u", mac=A', "no base64"),
        ('username="u", mac=AA, mac=AA', "two of 'mac'"),
        ('username="u, mac=AA', "name=value is expected"),
        ("username=u mac=AA", "name=value is expected"),
        ('username="u", mac=' + "A" * 9000, "8192"),
    ],
)
def test_damaged_headers(text: str, says: str) -> None:
    with pytest.raises(CodecError, match=says):
        mac.parse(text)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(CodecError):
        mac.parse(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60), st.binary(min_size=1, max_size=64))
def test_what_is_written_is_read(name: str, octets: bytes) -> None:
    text = mac.write(Mac(name, octets, "SHA256"))
    assert text.encode("latin-1")
    assert mac.parse(text) == Mac(name, octets, "SHA256")


@pytest.mark.parametrize("bad", [Mac("a\r\nX: y", b""), Mac("a", b"", "SHA 256"), Mac("a\0", b"")])
def test_no_header_can_be_smuggled_in(bad: Mac) -> None:
    with pytest.raises(EncodeError):
        mac.write(bad)


@pytest.mark.parametrize("own", [Integrity(), mac.MD5, Integrity(Formula.HMAC_SHA256, "HMAC-SHA256")])
def test_a_right_mac(own: Integrity) -> None:
    assert mac.wrong(mac.sign(*BRUCE, own), *BRUCE, own) is None
    assert mac.wrong(mac.sign(*BRUCE, mac.MD5), *BRUCE, own) is None


def test_md5_is_refused_where_it_is_not_wanted() -> None:
    strict = Integrity(accept_md5=False)
    assert "made with 'MD5'" in str(mac.wrong(mac.sign(*BRUCE, mac.MD5), *BRUCE, strict))
    assert mac.wrong(mac.sign(*BRUCE, strict), *BRUCE, strict) is None


@pytest.mark.parametrize("name", ["SHA256", "sha-256", "HMAC-SHA256"])
def test_names_of_one_algorithm(name: str) -> None:
    for formula in (Formula.NESTED_SHA256, Formula.HMAC_SHA256):
        signed = mac.sign(*BRUCE, Integrity(formula, name))
        assert mac.wrong(signed, *BRUCE, Integrity(formula)) is None


@pytest.mark.parametrize(
    ("user", "password", "nonce", "body", "says"),
    [
        ("Bruce3", "OhBehave", b"Nonce", b"<SyncML/>", "that of 'Bruce2'"),
        ("Bruce2", "ohBehave", b"Nonce", b"<SyncML/>", "wrong"),
        ("Bruce2", "OhBehave", b"nonce", b"<SyncML/>", "wrong"),
        ("Bruce2", "OhBehave", b"Nonce", b"<SyncML />", "wrong"),
    ],
)
def test_a_wrong_mac(user: str, password: str, nonce: bytes, body: bytes, says: str) -> None:
    assert says in str(mac.wrong(mac.sign(*BRUCE), user, password, nonce, body))


def test_a_missing_or_foreign_mac() -> None:
    assert "no x-syncml-hmac header" in str(mac.wrong(None, *BRUCE))
    assert "'CRC32'" in str(mac.wrong('algorithm=CRC32, username="Bruce2", mac=AAAAAA==', *BRUCE))
    assert "no username" in str(mac.wrong("mac=AA", *BRUCE))


def test_dm_12_peers_get_md5() -> None:
    assert mac.integrity_for("DM/1.2") is mac.MD5
    assert mac.integrity_for("DM/1.3").algorithm == "SHA256"
