"""The nested hashes of DM Security: one shape for credentials, integrity and notifications.

All of them start from B64(H(user ":" password)) and go on with ":" and the nonce's octets; they differ in
what follows. (Although the standard cites RFC 2104, none of them is an HMAC.)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from enum import Enum


class Hash(Enum):
    """The hash function H of a formula; the value is its name for :mod:`hashlib`."""

    MD5 = "md5"
    SHA256 = "sha256"

    def __call__(self, data: bytes) -> bytes:
        # Not for security by itself: MD5 is what the standard asks for, also where FIPS mode forbids it.
        return hashlib.new(self.value, data, usedforsecurity=False).digest()

    @property
    def size(self) -> int:
        """Octets of a digest."""
        return 16 if self is Hash.MD5 else 32


def b64(data: bytes) -> bytes:
    """Base64 with padding, as octets that can be hashed again."""
    return base64.b64encode(data)


def secret(user: str, password: str, hash_: Hash = Hash.MD5) -> bytes:
    """B64(H(user ":" password)): what may be stored instead of a password."""
    return b64(hash_(f"{user}:{password}".encode()))


def credential(user: str, password: str, nonce: bytes, hash_: Hash = Hash.MD5) -> bytes:
    """H(B64(H(user ":" password)) ":" nonce), the digest in a Cred (DM Security §5.3.1)."""
    return hash_(secret(user, password, hash_) + b":" + nonce)


def covering(user: str, password: str, nonce: bytes, body: bytes, hash_: Hash = Hash.MD5) -> bytes:
    """H(B64(H(user ":" password)) ":" nonce ":" B64(H(body))): a digest over a body.

    Used for integrity (auth-MAC, DM Security §5.6: ``body`` is the message as transported) and for
    notifications (DM Notification §6: ``user`` is the server identifier, ``body`` what the digest protects).
    """
    return hash_(secret(user, password, hash_) + b":" + nonce + b":" + b64(hash_(body)))


def equal(first: bytes, second: bytes) -> bool:
    """Whether two digests are the same, in a time that does not tell how far they agree."""
    return hmac.compare_digest(first, second)
