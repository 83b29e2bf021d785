"""Integrity of whole messages: auth-MAC and its HTTP header (DM Security §5.6).

    x-syncml-hmac: algorithm=MD5, username="Robert Jordan", mac=NTI2OTJhMDAwNjYxODkwYmQ3NWUxN2RhN2ZmYmJlMzk=

The MAC covers the message as it was transported, so that it stands beside it, never in a Cred. Up to DM 1.2 it is
a nested MD5. DM 1.3 has SHA-256; how, could not be read: the candidates are `Formula`s, and which one is used
under which name is an `Integrity`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from simulator.errors import CodecError, EncodeError
from simulator.http import fields
from simulator.security import digest
from simulator.security.digest import Hash

HEADER = "x-syncml-hmac"
"""The same over HTTP, WSP and OBEX."""


class Formula(StrEnum):
    """How a MAC is made of B64(H(user ":" password)), the nonce and B64(H(body))."""

    NESTED_MD5 = "nested-md5"
    """H(secret ":" nonce ":" body's hash) with MD5: DM 1.2, certain."""
    NESTED_SHA256 = "nested-sha256"
    """The same with SHA-256."""
    HMAC_SHA256 = "hmac-sha256"
    """RFC 2104 over nonce ":" body's hash, with the secret as key."""


def compute(formula: Formula, user: str, password: str, nonce: bytes, body: bytes) -> bytes:
    """The MAC's octets. ``nonce`` is the decoded one, ``body`` the message as transported."""
    if formula is Formula.HMAC_SHA256:
        key = digest.secret(user, password, Hash.SHA256)
        return hmac.digest(key, nonce + b":" + digest.b64(Hash.SHA256(body)), "sha256")
    hash_ = Hash.MD5 if formula is Formula.NESTED_MD5 else Hash.SHA256
    return digest.covering(user, password, nonce, body, hash_)


MD5_NAME = "MD5"
"""The algorithm that a header without one means."""

SHA256_NAMES = frozenset({"sha256", "sha-256", "hmac-sha256", "hmac-sha-256"})
"""What a peer may call its SHA-256, in lower case: the standard's own name for it is not known."""


@dataclass(frozen=True, slots=True)
class Integrity:
    """Which MAC one side makes and takes."""

    formula: Formula = Formula.NESTED_SHA256
    algorithm: str = "SHA256"
    """Its name in the header."""
    accept_md5: bool = True
    """Take the MAC of DM 1.2 from a peer as well."""

    def formula_of(self, algorithm: str) -> Formula | None:
        """What a peer means by an algorithm's name; None: nothing that is accepted here."""
        name = algorithm.lower()
        if name == self.algorithm.lower():
            return self.formula
        if name == MD5_NAME.lower():
            return Formula.NESTED_MD5 if self.accept_md5 else None
        if name in SHA256_NAMES:
            return Formula.NESTED_SHA256 if self.formula is Formula.NESTED_MD5 else self.formula
        return None


MD5 = Integrity(Formula.NESTED_MD5, MD5_NAME)
"""DM 1.2."""
SHA256 = Integrity()
"""DM 1.3, as this project assumes it."""


def integrity_for(ver_proto: str, preferred: Integrity = SHA256) -> Integrity:
    """The MAC to make for a peer that speaks this VerProto: DM 1.2 and earlier know MD5 only."""
    return MD5 if ver_proto in ("DM/1.0", "DM/1.1", "DM/1.2") else preferred


# -- the header


@dataclass(frozen=True, slots=True)
class Mac:
    """The header's content."""

    username: str
    """The same as SyncHdr/Source/LocName."""
    mac: bytes
    """The octets behind its base64."""
    algorithm: str = MD5_NAME


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def parse(text: str) -> Mac:
    """Read a header: parameters in any order, unknown ones passed over. Raises `CodecError`."""
    found = fields.parameters(text, f"the {HEADER} header")
    for name in ("username", "mac"):
        if name not in found:
            raise CodecError(f"the {HEADER} header has no {name}")
    try:
        octets = base64.b64decode(found["mac"] + "=" * (-len(found["mac"]) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CodecError(f"the mac of the {HEADER} header is no base64: {found['mac'][:80]!r}") from error
    return Mac(found["username"], octets, found.get("algorithm", MD5_NAME))


def write(mac: Mac) -> str:
    """The header's value; a name outside ASCII goes as the octets of its UTF-8.

    Raises `EncodeError` for a name with control characters, or an algorithm that is no token.
    """
    if not _TOKEN.fullmatch(mac.algorithm):
        raise EncodeError(f"{mac.algorithm!r} cannot be the name of an algorithm in a header")
    text = base64.b64encode(mac.mac).decode("ascii")
    return f"algorithm={mac.algorithm}, username={fields.quoted(mac.username)}, mac={text}"


# -- both together


def sign(user: str, password: str, nonce: bytes, body: bytes, integrity: Integrity = SHA256) -> str:
    """The header's value for a message. Raises `EncodeError` as `write` does."""
    octets = compute(integrity.formula, user, password, nonce, body)
    return write(Mac(user, octets, integrity.algorithm))


def wrong(
    header: str | None, user: str, password: str, nonce: bytes, body: bytes, integrity: Integrity = SHA256
) -> str | None:
    """Why a message's header does not prove that it is from ``user``; None when it does.

    ``header`` None: there was none, which is as bad as a wrong one where a MAC is due. The digests are compared
    in constant time.
    """
    if header is None:
        return f"it has no {HEADER} header"
    try:
        mac = parse(header)
    except CodecError as error:
        return str(error)
    formula = integrity.formula_of(mac.algorithm)
    if formula is None:
        return f"its MAC is made with {mac.algorithm!r}; expected is {integrity.algorithm}"
    right = digest.equal(mac.mac, compute(formula, user, password, nonce, body))
    if mac.username != user:
        return f"its MAC is that of {mac.username!r}; the account's name is {user!r}"
    return None if right else "its MAC is wrong"
