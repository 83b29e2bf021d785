"""Credentials and digests against the values printed in the standard (DM Representation, DM Security)."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.security import credentials, digest, nonce
from simulator.security.digest import Hash

# The worked example of DM Representation: user Bruce2, password OhBehave, nonce octets "Nonce".
BRUCE = ("Bruce2", "OhBehave")


def test_basic_vector() -> None:
    assert credentials.basic(*BRUCE) == "QnJ1Y2UyOk9oQmVoYXZl"


def test_md5_vector() -> None:
    assert digest.secret(*BRUCE) == b"PtEdr8lBQ45IbT1bZIkrOQ=="
    assert credentials.md5(*BRUCE, nonce.from_text("Tm9uY2U=")) == "Zz6EivR3yeaaENcRN6lpAQ=="


@pytest.mark.parametrize(
    ("hash_", "mac"),
    [
        (Hash.MD5, "urdCeS3JUmjFgi8SX3webw=="),
        (Hash.SHA256, "h0RDJW9Hk18vWTmIxTj5V8szrZH+Qe9xGZ1In0JI52w="),
    ],
)
def test_mac_vectors(hash_: Hash, mac: str) -> None:
    octets = digest.covering(*BRUCE, b"Nonce", b"<SyncML/>", hash_)
    assert base64.b64encode(octets).decode() == mac
    assert len(octets) == hash_.size


TRIGGER = bytes.fromhex("02d800000000010f7777772e6578616d706c652e636f6d")


@pytest.mark.parametrize(
    ("nonce_", "value"),
    [
        (b"Nonce", "675db62eb680dd43e55776b4811ad22b"),
        (nonce.RESYNC, "b313c85bb0914ac5cac39070be731a94"),
    ],
)
def test_notification_vectors(nonce_: bytes, value: str) -> None:
    assert digest.covering("www.example.com", "srvpwd", nonce_, TRIGGER).hex() == value


@pytest.mark.parametrize(
    "presented",
    [
        "Zz6EivR3yeaaENcRN6lpAQ==",
        "Zz6EivR3yeaaENcRN6lpAQ",
        " Zz6EivR3yea\r\naENcRN6lpAQ== ",
        b"Zz6EivR3yeaaENcRN6lpAQ==",
        base64.b64decode("Zz6EivR3yeaaENcRN6lpAQ=="),
    ],
)
def test_check_accepts(presented: str | bytes) -> None:
    assert credentials.check(presented, credentials.md5(*BRUCE, b"Nonce"))


@pytest.mark.parametrize("presented", ["", "Zz6EivR3yeaaENcRN6lpAA==", "no base64!", "é", b"", b"\xff" * 16])
def test_check_refuses(presented: str | bytes) -> None:
    assert not credentials.check(presented, credentials.md5(*BRUCE, b"Nonce"))


@given(st.text(), st.text(), st.binary(max_size=64), st.binary(max_size=64))
def test_md5_depends_on_the_nonce(user: str, password: str, one: bytes, other: bytes) -> None:
    first = credentials.md5(user, password, one)
    assert credentials.check(first, first)
    assert credentials.check(first, credentials.md5(user, password, other)) == (one == other)
    inner = base64.b64encode(hashlib.md5(f"{user}:{password}".encode(), usedforsecurity=False).digest())
    outer = hashlib.md5(inner + b":" + one, usedforsecurity=False).digest()
    assert base64.b64decode(first) == outer


@given(st.binary(max_size=nonce.LIMIT))
def test_nonce_round_trip(octets: bytes) -> None:
    text = nonce.to_text(octets)
    assert nonce.from_text(text) == octets
    assert nonce.from_text(text.rstrip("=")) == octets
    assert nonce.from_text(f" {text}\n") == octets


@given(st.text(max_size=64))
def test_any_nonce_text_is_read(text: str) -> None:
    assert isinstance(nonce.from_text(text), bytes)


def test_an_endless_nonce_is_refused() -> None:
    with pytest.raises(ValueError, match="5000 characters"):
        nonce.from_text("A" * 5000)


def test_a_new_nonce_comes_from_the_random_given() -> None:
    assert nonce.new(lambda n: bytes(range(n))) == bytes(range(16))
