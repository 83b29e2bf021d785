"""Secrets known by where they stand, not by their value: tables of names and of places in a text.

This is what hides a secret that nobody has told the masker, such as the PIN in a command that failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Final

HIDDEN: Final = "•••"
"""What stands in a text instead of a secret."""


def last_digits(digits: str) -> str:
    """An identity as shown: enough to tell two apart, not to tell who."""
    return HIDDEN + digits[-4:]


SECRET_NAMES: Final = frozenset(
    {
        "aauthsecret", "aauthdata", "nextnonce", "nonce", "password", "passwd", "passphrase", "secret",
        "sharedsecret", "pin", "puk", "adm", "psk", "privatekey", "authorization", "proxyauthorization",
    }
)  # fmt: skip
"""Field names (in lower case, letters and digits only) whose value is hidden whole."""

IDENTITY_NAMES: Final = frozenset({"imsi", "iccid", "msisdn", "imei", "imeisv", "meid", "eid"})
"""Field names whose value keeps its last four digits."""

CREDENTIAL_NAMES: Final = frozenset({"cred"})
"""Fields with something inside them whose ``data`` is a secret (DM Representation Protocol, Cred)."""

DATA_NAMES: Final = frozenset({"data", "value"})

SECRET_NODES: Final = frozenset({"AAuthSecret", "AAuthData"})
"""Nodes of a DM account whose value is a secret (OMA DM Account MO)."""


@lru_cache(1024)
def plain_name(name: str) -> str:
    """A field's name as the tables above have it: ``Next-Nonce`` is ``nextnonce``."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Tells(Enum):
    """What a field's name says about its value."""

    NOTHING = 0
    SECRET = 1
    IDENTITY = 2
    CREDENTIAL = 3
    DATA = 4
    """Whose data it is stands beside it."""


@lru_cache(1024)
def what_tells(key: str) -> Tells:
    """By the last part of a name with slashes."""
    name = plain_name(key.rsplit("/", 1)[-1])
    for names, tells in (
        (SECRET_NAMES, Tells.SECRET),
        (IDENTITY_NAMES, Tells.IDENTITY),
        (CREDENTIAL_NAMES, Tells.CREDENTIAL),
        (DATA_NAMES, Tells.DATA),
    ):
        if name in names:
            return tells
    return Tells.NOTHING


Hide = Callable[[re.Match[str]], str]


def _keep(match: re.Match[str]) -> str:
    """Hide the group ``secret`` and keep what stands around it."""
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    return match[0][:start] + HIDDEN + match[0][end:]


def _identity(match: re.Match[str]) -> str:
    return last_digits(match[0])


_APDU_PIN = r"(?:[0-9A-F]{2}[ :]?){8}"

PLACES: Final[tuple[tuple[re.Pattern[str], Hide], ...]] = tuple(
    (re.compile(pattern, flags), hide)
    for pattern, flags, hide in (
        # NextNonce: abc=, AAuthSecret = 'x', password=x
        (r"\b(?:NextNonce|AAuthSecret|AAuthData|password)\s*[=:]\s*['\"]?(?P<secret>[^'\"\s,;<>]+)", re.I, _keep),
        (r"\b(?:secret|PIN|PUK)\s*=\s*['\"]?(?P<secret>[^'\"\s,;<>]+)", re.I, _keep),
        (r"<NextNonce\b[^>]*>(?P<secret>[^<]+)<", 0, _keep),
        (r"<Cred\b[^>]*>.{0,400}?<Data\b[^>]*>(?P<secret>[^<]+)<", re.S, _keep),
        (r"<NodeName>(?:AAuthSecret|AAuthData)</NodeName>.{0,600}?<Value>(?P<secret>[^<]+)<", re.S, _keep),
        (r"\b(?:Proxy-)?Authorization:\s*\w+\s+(?P<secret>\S+)", re.I, _keep),
        # TS 27.007 8.3 +CPIN, 7.5 +CPWD, 7.4 +CLCK: everything between the quotes may be a PIN
        (r"\+CPIN=(?P<secret>[^\r\n;]+)", re.I, _keep),
        (r"\+CPWD=[^,\r\n;]*,(?P<secret>[^\r\n;]+)", re.I, _keep),
        (r"\+CLCK=[^,\r\n;]*,[^,\r\n;]*,(?P<secret>\"[^\"\r\n]*\")", re.I, _keep),
        # TS 102 221 11.1.9 VERIFY PIN, 11.1.11 DISABLE, 11.1.12 ENABLE: CLA INS 00 ref 08 and eight octets;
        # 11.1.10 CHANGE PIN, 11.1.13 UNBLOCK PIN: sixteen octets
        (r"(?<![0-9A-F])[0-9A-F]{2}[ :]?(?:20|26|28)[ :]?00[ :]?[0-9A-F]{2}[ :]?08[ :]?(?P<secret>" + _APDU_PIN
         + ")", re.I, _keep),
        (r"(?<![0-9A-F])[0-9A-F]{2}[ :]?(?:24|2C)[ :]?00[ :]?[0-9A-F]{2}[ :]?10[ :]?(?P<secret>(?:" + _APDU_PIN
         + "){2})", re.I, _keep),
        # a number of an IMEI's, IMSI's or ICCID's length that stands alone
        (r"(?<![0-9A-Za-z.+-])\d{15,20}(?![0-9A-Za-z]|[.]\d)", 0, _identity),
        # an international number
        (r"(?<![0-9A-Za-z])\+\d{8,15}(?![0-9A-Za-z])", 0, lambda match: "+" + last_digits(match[0])),
    )
)  # fmt: skip


MAY_HOLD: Final = re.compile(r"[=:<]|\d{8}|(?:[0-9A-F][ :]?){26}", re.IGNORECASE)
"""What any of the places has in it, so that most texts need to be looked through once only."""


NUMBER_DIGITS, OCTETS_DIGITS = 8, 16
"""Fewer digits in a row are no number that is hidden, and fewer hex digits, gaps aside, no octets."""

HEX_DIGIT: Final = bytes(0x30 if chr(octet) in "0123456789ABCDEFabcdef?" else 0x20 for octet in range(256))
DIGIT: Final = bytes(0x30 if chr(octet) in "0123456789?" else 0x20 for octet in range(256))
"""Mark digits among Latin-1; ? stands for all that is not Latin-1, and has digits of its own."""

NUMBER: Final = b"0" * NUMBER_DIGITS
OCTETS: Final = b"0" * OCTETS_DIGITS
"""Marks."""

GAPS: Final = b" :"
"""May stand between octets in hex."""


def without_gaps(text: str) -> str:
    """In lower case, without blanks and colons: the digits of octets in hex stand side by side in it."""
    return text.lower().replace(" ", "").replace(":", "")


def narrow(text: str) -> str:
    """Without the arrow that stands in most lines about an exchange: in ASCII, as a rule.

    The arrow is no digit, and Python looks through ASCII several times as quickly.
    """
    return text.replace("→", ">")


def quiet(text: str) -> bool:
    """Whether certainly nothing in ``text`` is a place or a run of hex.

    Takes a fraction of what `MAY_HOLD` takes, less still if ``text`` is `narrow`, and is all that most texts need.
    """
    if "=" in text or ":" in text or "<" in text:
        return False
    octets = text.encode("latin-1", "replace")
    marks = octets.translate(HEX_DIGIT, GAPS)
    # With gaps, a path and an offset are soon as long as a number, as in 7FFF/6431 1275+41; numbers have none.
    return NUMBER not in marks or (OCTETS not in marks and NUMBER not in octets.translate(DIGIT))


def hide_places(text: str) -> str:
    """``text`` without the secrets that its structure gives away."""
    if MAY_HOLD.search(text) is None:
        return text
    for pattern, hide in PLACES:
        text = pattern.sub(hide, text)
    return text


PIN_COMMANDS: Final = {0x20: 8, 0x26: 8, 0x28: 8, 0x24: 16, 0x2C: 16}
"""Instruction and length of its secret (TS 102 221 11.1.9 to 11.1.13)."""


def hide_pin(apdu: bytes) -> bytes:
    """A C-APDU of the same length with FF instead of PIN or PUK, as if it were empty."""
    if len(apdu) > 5 and apdu[1] in PIN_COMMANDS and apdu[2] == 0:
        secret = min(apdu[4], len(apdu) - 5)
        return apdu[:5] + b"\xff" * secret + apdu[5 + secret :]
    return apdu


TERMINAL_RESPONSE: Final = 0x14
PROACTIVE_COMMAND: Final = 0xD0
CHANNEL_DATA: Final = 0x36
"""Tag of the octets of a connection that BIP carries, without its highest bit (TS 102 223 8.53)."""


def hide_sent(response: bytes) -> bytes:
    """An R-APDU of the same length with FF instead of what a SEND DATA in it sends.

    A connection's octets come in pieces of any size, so that no secret in them need be whole in any.
    """
    if len(response) < 2 or response[0] != PROACTIVE_COMMAND:
        return response
    return _hide_channel_data(response, 3 if response[1] == 0x81 else 2)


def hide_received(command: bytes) -> bytes:
    """A C-APDU of the same length with FF instead of what a TERMINAL RESPONSE hands over to the card."""
    if len(command) < 5 or command[0] & 0x80 == 0 or command[1] != TERMINAL_RESPONSE:
        return command
    return _hide_channel_data(command, 5)


def _hide_channel_data(apdu: bytes, at: int) -> bytes:
    """Data objects begin ``at``: tags of one octet, lengths of one or two."""
    hidden = bytearray(apdu)
    while at + 1 < len(apdu):
        tag, length, at = apdu[at], apdu[at + 1], at + 2
        if length == 0x81 and at < len(apdu):
            length, at = apdu[at], at + 1
        if tag & 0x7F == CHANNEL_DATA:
            end = min(at + length, len(apdu))
            hidden[at:end] = b"\xff" * (end - at)
        at += length
    return bytes(hidden)
