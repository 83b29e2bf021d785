"""The server's side: challenges, and what the credentials of a request are worth."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from simulator.errors import CodecError
from simulator.http import basic, fields
from simulator.http.digest import ALGORITHMS, QOP, Algorithm, Digest
from simulator.http.fields import Said
from simulator.security.nonce import Random

MAX_NONCES = 1024
"""Nonces that are remembered; the oldest is forgotten, and whoever uses it is told that it is stale."""
MAX_COUNT = 0xFFFFFFFF


class Scheme(StrEnum):
    BASIC = "basic"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a request's credentials."""

    user: str | None
    """None: it is to be answered with 401."""
    headers: tuple[tuple[str, str], ...] = ()
    """For the answer: WWW-Authenticate, or Authentication-Info."""
    why: str = ""
    """Why there is no user."""


@dataclass(slots=True)
class _Nonce:
    made: datetime
    count: int = 0


class Guard:
    """Not safe for several threads at once."""

    def __init__(
        self,
        users: Mapping[str, str],
        scheme: Scheme,
        *,
        random: Random,
        realm: str = "dm",
        algorithms: Sequence[Algorithm] = (Algorithm.SHA256, Algorithm.MD5),
        nonce_uses: int = MAX_COUNT,
        nonce_lifetime: timedelta = timedelta(minutes=10),
        next_nonce: bool = False,
    ) -> None:
        """``users``: passwords by name. A nonce is stale after ``nonce_uses`` requests or ``nonce_lifetime``;
        ``next_nonce``: each answer brings the one for the next request."""
        self._users = dict(users)
        self._scheme = scheme
        self._random = random
        self._realm = realm
        self._algorithms = tuple(algorithms)
        self._nonce_uses = nonce_uses
        self._nonce_lifetime = nonce_lifetime
        self._next_nonce = next_nonce
        self._nonces: OrderedDict[str, _Nonce] = OrderedDict()

    def check(self, authorization: str | None, method: str, uri: str, now: datetime) -> Verdict:
        """``uri`` is the request line's. Never raises for what stands in the header."""
        if authorization is None:
            return self._refuse("it has no credentials", now)
        try:
            said = fields.credentials(authorization)
        except CodecError as error:
            return self._refuse(str(error), now)
        if said.scheme != self._scheme:
            return self._refuse(f"it has credentials of {said.scheme!r}; {self._scheme} is asked for", now)
        return self._basic(said, now) if self._scheme is Scheme.BASIC else self._digest(said, method, uri, now)

    def _basic(self, said: Said, now: datetime) -> Verdict:
        try:
            user, password = basic.user_and_password(said.token)
        except CodecError as error:
            return self._refuse(str(error), now)
        # Unknown names take as long as wrong passwords.
        right = hmac.compare_digest(password.encode("utf-8", "replace"), self._users.get(user, "\0").encode())
        return Verdict(user) if right and user in self._users else self._refuse("its credentials are wrong", now)

    def _digest(self, said: Said, method: str, uri: str, now: datetime) -> Verdict:
        digest, why = self._read(said.parameters, uri)
        if digest is None:
            return self._refuse(why, now)
        right = hmac.compare_digest(
            said.parameters["response"].lower().encode("utf-8", "replace"), digest.response(method).encode()
        )
        if not right or digest.user not in self._users:
            return self._refuse("its credentials are wrong", now)
        why = self._stale(digest, now)
        if why:
            return self._refuse(why, now, stale=True)
        info = [("qop", QOP), ("rspauth", digest.response("")), ("cnonce", digest.cnonce), ("nc", digest.nc)]
        if self._next_nonce:
            info.append(("nextnonce", self._new_nonce(now)))
        text = fields.write(info, frozenset({"qop", "nc"}))
        return Verdict(digest.user, (("Authentication-Info", text),))

    def _read(self, said: Mapping[str, str], uri: str) -> tuple[Digest | None, str]:
        """The values of a response, or why there are none."""
        missing = [name for name in ("username", "nonce", "uri", "response", "nc", "cnonce") if not said.get(name)]
        if missing:
            return None, f"its credentials have no {', '.join(missing)}"
        algorithm = ALGORITHMS.get(said.get("algorithm", "MD5").lower())
        if algorithm not in self._algorithms:
            return None, f"its credentials are made with {said.get('algorithm', 'MD5')!r}, which was not offered"
        if said.get("qop", "").lower() != QOP or said.get("realm") != self._realm:
            return None, "its credentials have another qop or realm than was asked for"
        if _target(said["uri"]) != _target(uri):
            return None, f"its credentials are for {said['uri'][:80]!r}, the request is for {uri[:80]!r}"
        nc = said["nc"]
        if len(nc) != 8 or not all(digit in "0123456789abcdefABCDEF" for digit in nc):
            return None, f"its nc is {nc[:20]!r}, and should be eight hexadecimal digits"
        user = said["username"]
        password = self._users.get(user, "\0")
        cnonce, nonce = said["cnonce"], said["nonce"]
        return Digest(algorithm, user, self._realm, password, nonce, said["uri"], int(nc, 16), cnonce), ""

    def _stale(self, digest: Digest, now: datetime) -> str:
        """Why the right credentials are not good any more; empty when they are. Counts this use of the nonce."""
        known = self._nonces.get(digest.nonce)
        if known is None:
            return "its nonce is not known here"
        if now - known.made > self._nonce_lifetime:
            return "its nonce is too old"
        if digest.count <= known.count:
            return f"its nonce count {digest.count} was used before"
        if digest.count > self._nonce_uses:
            return f"its nonce was used {self._nonce_uses} times"
        known.count = digest.count
        return ""

    def _refuse(self, why: str, now: datetime, *, stale: bool = False) -> Verdict:
        return Verdict(None, tuple(("WWW-Authenticate", text) for text in self._challenges(now, stale)), why)

    def _challenges(self, now: datetime, stale: bool) -> list[str]:
        """One header each: not every client reads several challenges in one."""
        if self._scheme is Scheme.BASIC:
            return ["Basic " + fields.write([("realm", self._realm), ("charset", "UTF-8")])]
        nonce = self._new_nonce(now)
        said = [("realm", self._realm), ("nonce", nonce), ("qop", QOP), ("charset", "UTF-8")]
        said += [("stale", "true")] if stale else []
        bare = frozenset({"algorithm", "stale"})
        return [f"Digest {fields.write([*said, ('algorithm', str(each))], bare)}" for each in self._algorithms]

    def _new_nonce(self, now: datetime) -> str:
        nonce = self._random(16).hex()
        self._nonces[nonce] = _Nonce(now)
        while len(self._nonces) > MAX_NONCES:
            self._nonces.popitem(last=False)
        return nonce


def _target(uri: str) -> str:
    """Path and query: some clients write the whole address."""
    scheme, separator, rest = uri.partition("://")
    return f"/{rest.partition('/')[2]}" if separator and scheme in ("http", "https") else uri
