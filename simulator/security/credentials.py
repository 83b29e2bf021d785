"""What stands in Cred/Data: auth-basic and auth-md5 (DM Representation §7.1.5, DM Security §5.3)."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum

from simulator.security import digest


class AuthType(StrEnum):
    """Meta/Type of a Cred or a Chal. The names are case-sensitive."""

    BASIC = "syncml:auth-basic"
    MD5 = "syncml:auth-md5"
    MAC = "syncml:auth-MAC"


AAUTH_TYPE = {"BASIC": AuthType.BASIC, "DIGEST": AuthType.MD5, "HMAC": AuthType.MAC}
"""AAuthType of a DM account → what it means in a message (DM Standardized Objects §5.3.1)."""

FORMAT = "b64"
"""Meta/Format of a Cred and a Chal."""


def basic(user: str, password: str) -> str:
    """Cred/Data for auth-basic: B64(user ":" password).

    >>> basic("Bruce2", "OhBehave")
    'QnJ1Y2UyOk9oQmVoYXZl'
    """
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def md5(user: str, password: str, nonce: bytes) -> str:
    """Cred/Data for auth-md5, base64 of the 16 octets. ``nonce`` is the decoded one.

    >>> md5("Bruce2", "OhBehave", b"Nonce")
    'Zz6EivR3yeaaENcRN6lpAQ=='
    """
    return base64.b64encode(digest.credential(user, password, nonce)).decode("ascii")


def check(presented: str | bytes, expected: str) -> bool:
    """Whether a peer's Cred/Data is the one expected, in constant time.

    ``presented`` is base64 text, or the raw octets that some old peers send; how the base64 is padded
    and broken into lines does not matter.
    """
    wanted = base64.b64decode(expected)
    if isinstance(presented, bytes):
        if digest.equal(presented, wanted):
            return True
        presented = presented.decode("utf-8", "replace")
    squeezed = "".join(presented.split())
    try:
        octets = base64.b64decode(squeezed + "=" * (-len(squeezed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return digest.equal(octets, wanted)
