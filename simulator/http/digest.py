"""Digest authentication's arithmetic (RFC 7616 §3.4, and RFC 2617 and 2069 before it)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Algorithm(StrEnum):
    SHA256 = "SHA-256"
    SHA256_SESS = "SHA-256-sess"
    MD5 = "MD5"
    MD5_SESS = "MD5-sess"

    @property
    def session(self) -> bool:
        """A1 has the first nonces in it."""
        return self.endswith("-sess")

    def __call__(self, text: str) -> str:
        name = "sha256" if self.startswith("SHA") else "md5"
        return hashlib.new(name, text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


ALGORITHMS = {algorithm.lower(): algorithm for algorithm in Algorithm}
"""By name in lower case."""
STRONGEST_FIRST = tuple(Algorithm)
"""Which of several challenges a client takes."""

QOP = "auth"
"""The quality of protection: of the request line, not of the body, which is for auth-MAC to protect."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The values that go into one response."""

    algorithm: Algorithm
    user: str
    realm: str
    password: str
    nonce: str
    uri: str
    """As in the request line."""
    count: int = 1
    """How often this nonce was used, this time included (nc)."""
    cnonce: str = ""
    qop: str = QOP
    """Empty: the challenge offered none, as RFC 2069 has it."""

    @property
    def nc(self) -> str:
        return f"{self.count:08x}"

    def response(self, method: str) -> str:
        """What the client proves itself with; ``method`` empty: rspauth, what the server does it with."""
        secret = self.algorithm(f"{self.user}:{self.realm}:{self.password}")
        if self.algorithm.session:
            secret = self.algorithm(f"{secret}:{self.nonce}:{self.cnonce}")
        request = self.algorithm(f"{method}:{self.uri}")
        middle = f"{self.nonce}:{self.nc}:{self.cnonce}:{self.qop}" if self.qop else self.nonce
        return self.algorithm(f"{secret}:{middle}:{request}")
