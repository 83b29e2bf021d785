"""Credentials and challenges in a message, as a server reads and writes them (DM Protocol §9, DM Security
§5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hil.server.reading import plain
from hil.server.settings import Credentials
from simulator.security import credentials, mac, nonce
from simulator.security.credentials import AuthType
from simulator.syncml import message as dm


class Verdict(Enum):
    ACCEPTED = "accepted"
    MISSING = "missing"
    WRONG = "wrong"
    OTHER_TYPE = "of another type"


@dataclass(frozen=True, slots=True)
class Carried:
    """How a message was transported."""

    body: bytes
    mac: str | None
    """The header x-syncml-hmac."""


def judge(
    cred: dm.Cred | None,
    expected: Credentials | None,
    nonce_: bytes,
    carried: Carried,
    integrity: mac.Integrity,
) -> tuple[Verdict, str]:
    """What a device's Cred, or its MAC, is worth, and why it is not more.

    ``expected`` is None for a device that has no account.
    """
    if expected is not None and expected.auth is AuthType.MAC and (carried.mac is not None or cred is None):
        why = mac.wrong(carried.mac, expected.name, expected.secret, nonce_, carried.body, integrity)
        if why is None:
            return Verdict.ACCEPTED, ""
        return (Verdict.MISSING if carried.mac is None else Verdict.WRONG), why
    if cred is None:
        return Verdict.MISSING, "it has no Cred"
    if expected is None:
        return Verdict.WRONG, "there is no account for this device"
    named = cred.meta.type if cred.meta is not None else None
    if expected.auth is AuthType.MAC or (named is not None and named.strip() != expected.auth):
        return Verdict.OTHER_TYPE, f"its Cred is {named!r}, and the account has {expected.auth.value!r}"
    # Octets as they came: old peers send a raw digest, and OPAQUE may hold base64 text as well.
    presented = cred.data if isinstance(cred.data, bytes) else plain(cred.data)
    if presented is None:
        return Verdict.WRONG, "its Cred holds no text"
    right = credentials.check(presented, _data(expected, nonce_))
    return (Verdict.ACCEPTED, "") if right else (Verdict.WRONG, "its Cred is wrong")


def challenge(auth: AuthType, next_nonce: bytes | None) -> dm.Chal:
    """``next_nonce`` is None for auth-basic, which has none."""
    text = None if next_nonce is None else nonce.to_text(next_nonce)
    return dm.Chal(dm.Meta(format=credentials.FORMAT, type=auth, next_nonce=text))


def present(own: Credentials, nonce_: bytes) -> dm.Cred | None:
    """The server's Cred; None for auth-MAC, which stands beside the message (`sign`)."""
    if own.auth is AuthType.MAC:
        return None
    return dm.Cred(dm.Meta(format=credentials.FORMAT, type=own.auth), _data(own, nonce_))


def sign(own: Credentials, nonce_: bytes, body: bytes, integrity: mac.Integrity) -> str:
    """The header x-syncml-hmac of a message of the server's. Raises `EncodeError`."""
    return mac.sign(own.name, own.secret, nonce_, body, integrity)


def next_nonce(chal: dm.Chal | None) -> bytes | None:
    """The nonce of a device's challenge; None when there is none, or none that can be used."""
    if chal is None or chal.meta.next_nonce is None:
        return None
    try:
        return nonce.from_text(chal.meta.next_nonce)
    except ValueError:
        return None


def needs_nonce(auth: AuthType) -> bool:
    return auth is not AuthType.BASIC


def _data(who: Credentials, nonce_: bytes) -> str:
    if who.auth is AuthType.BASIC:
        return credentials.basic(who.name, who.secret)
    return credentials.md5(who.name, who.secret, nonce_)
