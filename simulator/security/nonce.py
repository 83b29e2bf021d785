"""Nonces: octets here, base64 text in Meta/NextNonce (DM Security §5.3).

Every formula uses the *decoded* octets. Peers differ in how well they write base64, so reading is forgiving:
a nonce that cannot be read would lock both sides out for good.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

Random = Callable[[int], bytes]
"""Where unpredictable octets come from: ``random(n)`` gives ``n`` of them (``os.urandom`` outside tests)."""

SIZE = 16
"""Octets in a nonce of ours: 128 bits, as DM Security §5.3 recommends."""

LIMIT = 1024
"""A longer nonce from a peer is refused: nothing sensible needs it, and it would be kept for ever."""

RESYNC = b"\0\0\0\0"
"""The nonce both sides fall back to when their nonces went apart ("0x00000000", DM Security §5.7): four octets."""

RESYNC_AS_TEXT = b"0x00000000"
"""How some peers read the same sentence: its ten characters."""


def new(random: Random) -> bytes:
    """A fresh nonce."""
    return random(SIZE)


def to_text(nonce: bytes) -> str:
    """The nonce as it stands in NextNonce."""
    return base64.b64encode(nonce).decode("ascii")


def from_text(text: str) -> bytes:
    """The octets of a NextNonce.

    White space and missing padding are forgiven; text that is no base64 at all is taken as it stands, because
    a peer that writes a bare nonce also computes with the bare nonce. An empty one is an empty nonce.

    Raises:
        ValueError: longer than `LIMIT`.
    """
    if len(text) > 2 * LIMIT:
        raise ValueError(f"a nonce of {len(text)} characters, where {SIZE} octets are usual")
    squeezed = "".join(text.split())
    try:
        return base64.b64decode(squeezed + "=" * (-len(squeezed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return text.encode()
