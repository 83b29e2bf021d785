"""The MAC of a bootstrap message that comes over a bearer anybody may send on (DM Security §5.7.2).

    Content-Type: application/vnd.syncml.dm+wbxml; SEC=NETWORKID; MAC=337BA7456FD817DBD956911E023F9F39CF951B25

M = HMAC(K, message), in hexadecimal digits. SEC says what K is made of: what only the network and the device
know, or what the user was told. HMAC-SHA1 is DM 1.2's; whether 1.3 has SHA-256 could not be read, so a receiver
takes both and tells them apart by their length.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from simulator.bootstrap.identity import write_imsi
from simulator.codes.wsp import Sec
from simulator.errors import BootstrapError, EncodeError


class Method(StrEnum):
    """What the key is made of: the SEC parameter."""

    NETWORKID = "NETWORKID"
    """The network's secret: the IMSI, which is known to both though never told."""
    USERPIN = "USERPIN"
    """A PIN that the user was told in some other way."""
    USERPIN_NETWORKID = "USERPIN_NETWORKID"
    """PIN ":" secret."""


METHODS = {
    Sec.NETWORKID: Method.NETWORKID,
    Sec.USERPIN: Method.USERPIN,
    Sec.USERPIN_NETWORKID: Method.USERPIN_NETWORKID,
}
"""SEC as WSP carries it, in one octet."""
CODES = {method: sec for sec, method in METHODS.items()}


class NetworkId(StrEnum):
    """How an IMSI becomes the octets of a key: the standard leaves it to the network."""

    SEMI_OCTETS = "semi-octets"
    """As it stands in EF(IMSI), without the length (GSM 11.11 §10.3.2): what Client Provisioning does."""
    DIGITS = "digits"
    """Its digits in ASCII."""


class Hash(StrEnum):
    """The hash of the HMAC."""

    SHA1 = "sha1"
    SHA256 = "sha256"


_DIGITS = {40: Hash.SHA1, 64: Hash.SHA256}
"""Hexadecimal digits of a MAC → its hash."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a device has to check a MAC with."""

    imsi: str | None = None
    """Its card's; None: it has none."""
    pin: str | None = None
    """What the user enters when asked for it; None: nothing."""
    network_id: NetworkId = NetworkId.SEMI_OCTETS


def key(method: Method, secrets: Secrets) -> bytes:
    """K. Raises `BootstrapError` when a secret that it takes is not there."""
    parts = []
    if method is not Method.NETWORKID:
        if not secrets.pin:
            raise BootstrapError(f"its MAC is made with {method}, and the user gave no PIN")
        parts.append(secrets.pin.encode())
    if method is not Method.USERPIN:
        if not secrets.imsi:
            raise BootstrapError(f"its MAC is made with {method}, and the device has no card with an IMSI")
        parts.append(_network_secret(secrets.imsi, secrets.network_id))
    return b":".join(parts)


def _network_secret(imsi: str, form: NetworkId) -> bytes:
    if form is NetworkId.DIGITS:
        return imsi.encode()
    try:
        octets = write_imsi(imsi)
    except EncodeError as error:
        raise BootstrapError(f"no key can be made of the network's secret: {error}") from error
    return octets[1 : 1 + octets[0]]


def compute(method: Method, secrets: Secrets, message: bytes, hash_: Hash = Hash.SHA1) -> str:
    """The MAC parameter for a message, in upper case as is customary. Raises `BootstrapError` as `key` does."""
    return hmac.digest(key(method, secrets), message, hash_.value).hex().upper()


def check(parameters: Mapping[str, str], message: bytes, secrets: Secrets) -> Method:
    """Whether a content type's parameters (names in lower case) prove the message's origin; returns how.

    SEC may be a name or WSP's number. Raises `BootstrapError` with the reason for which the message is to be
    passed over in silence.
    """
    sec, given = parameters.get("sec"), parameters.get("mac")
    if sec is None:
        raise BootstrapError("it has no SEC, without which it could come from anybody")
    method = _method(sec)
    if given is None:
        raise BootstrapError(f"it has no MAC, which SEC={method} promises")
    given = given.strip()
    hash_ = _DIGITS.get(len(given))
    try:
        octets = bytes.fromhex(given) if hash_ is not None and given.isalnum() else b""
    except ValueError:
        octets = b""
    if hash_ is None or not octets:
        raise BootstrapError(f"its MAC {given[:80]!r} is not 40 or 64 hexadecimal digits")
    if not hmac.compare_digest(octets, hmac.digest(key(method, secrets), message, hash_.value)):
        raise BootstrapError(f"its MAC ({method}) is wrong")
    return method


def _method(sec: str) -> Method:
    text = sec.strip().upper()
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) in METHODS:
        return METHODS[Sec(int(text))]
    try:
        return Method(text)
    except ValueError:
        expected = ", ".join(Method)
        raise BootstrapError(f"SEC={sec[:40]!r} is no way to make a MAC: expected is one of {expected}") from None
