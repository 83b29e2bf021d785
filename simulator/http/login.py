"""The client's side: Authorization for requests, out of challenges and of what the server says later."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

from simulator.errors import CodecError, EncodeError
from simulator.http import basic, fields
from simulator.http.digest import ALGORITHMS, QOP, STRONGEST_FIRST, Algorithm, Digest
from simulator.http.fields import Said
from simulator.security.nonce import Random

BASIC, DIGEST = "HTTP-BASIC", "HTTP-DIGEST"
"""AAuthType of an account's credentials of level HTTP (DM Standardized Objects §5.3.1)."""

_BARE = frozenset({"algorithm", "qop", "nc"})
"""Parameters of Authorization without quotes (RFC 7616 §3.4)."""


@dataclass(slots=True)
class Login:
    """One user at one server, from its first challenge on.

    Nothing is sent unasked, unless told so; after that, each request carries credentials. A Digest is safe to give
    where the account has Basic, not the other way round.
    """

    type: str
    user: str
    password: str
    random: Random
    unasked: bool = False
    """Basic goes with the first request already: some peers take a request without it for an attack."""
    _basic: bool = False
    _digest: Digest | None = None
    _opaque: str | None = None
    _sent: Digest | None = None
    _accepted: bool = False
    """The last credentials were good: a server that then asks anew has lost its nonces."""

    def __post_init__(self) -> None:
        self._basic = self.unasked and self.type == BASIC

    def _refused(self) -> str:
        return f"the server refuses the credentials of {self.user!r}"

    def authorization(self, method: str, uri: str) -> str | None:
        """For the next request; ``uri`` as in its request line. None while there was no challenge."""
        if self._digest is None:
            return basic.authorization(self.user, self.password) if self._basic else None
        # The cnonce of an algorithm with -sess is part of the key: it lasts as long as the nonce.
        fresh = self._digest.qop and not (self._digest.algorithm.session and self._digest.count)
        cnonce = self.random(16).hex() if fresh else self._digest.cnonce
        sent = replace(self._digest, uri=uri, count=self._digest.count + 1, cnonce=cnonce)
        self._digest = self._sent = sent
        values = [
            ("username", sent.user),
            ("realm", sent.realm),
            ("nonce", sent.nonce),
            ("uri", uri),
            ("algorithm", str(sent.algorithm)),
            ("response", sent.response(method)),
        ]
        if sent.qop:
            values += [("qop", sent.qop), ("nc", sent.nc), ("cnonce", sent.cnonce)]
        if self._opaque is not None:
            values.append(("opaque", self._opaque))
        return "Digest " + fields.write(values, _BARE)

    def challenged(self, www_authenticate: str | None) -> str | None:
        """Take the challenges of a 401. Returns why there is no use in asking again, or None."""
        if not www_authenticate:
            return "the server asks for credentials of HTTP and does not say which (no WWW-Authenticate)"
        try:
            found = fields.challenges(www_authenticate)
        except CodecError as error:
            if self._basic:
                return self._refused()
            return f"the server's challenge cannot be read: {error}"
        offered = [(algorithm, said) for said in found if (algorithm := _algorithm(said)) is not None]
        if offered:
            algorithm, said = min(offered, key=lambda each: STRONGEST_FIRST.index(each[0]))
            return self._take(algorithm, said)
        if any(said.scheme == "basic" for said in found) and self.type == BASIC:
            if self._basic:
                return self._refused()
            self._basic = True
            return None
        schemes = ", ".join(said.scheme for said in found) or "nothing"
        return f"the server asks for {schemes}; the account has {self.type}"

    def _take(self, algorithm: Algorithm, said: Said) -> str | None:
        stale = said.parameters.get("stale", "").lower() == "true"
        if self._sent is not None and not stale and not self._accepted:
            return self._refused()
        self._accepted = False
        realm, nonce = said.parameters.get("realm", ""), said.parameters["nonce"]
        qop = QOP if "qop" in said.parameters else ""
        new = Digest(algorithm, self.user, realm, self.password, nonce, "", count=0, qop=qop)
        try:
            fields.write([("realm", realm), ("nonce", nonce), ("opaque", said.parameters.get("opaque", ""))])
        except EncodeError as error:
            return f"the server's challenge cannot be answered: {error}"
        self._basic, self._digest, self._opaque = False, new, said.parameters.get("opaque")
        return None

    def answered(self, authentication_info: str | None) -> str | None:
        """Take Authentication-Info of an answer: the next nonce, and the server's own proof (rspauth).

        Returns why the server cannot be the one that knows the password, or None.
        """
        sent, self._sent = self._sent, None
        self._accepted = self._accepted or sent is not None
        if sent is None or not authentication_info:
            return None
        try:
            said = fields.parameters(authentication_info, "Authentication-Info")
        except CodecError as error:
            return str(error)
        proof = said.get("rspauth")
        if proof is not None and not hmac.compare_digest(proof.lower().encode(), sent.response("").encode()):
            return "the server's Authentication-Info does not prove that it knows the password (rspauth)"
        if said.get("nextnonce"):
            self._digest = replace(sent, nonce=said["nextnonce"], count=0)
        return None


def _algorithm(said: Said) -> Algorithm | None:
    """The algorithm of a challenge that can be answered."""
    if said.scheme != "digest" or not said.parameters.get("nonce"):
        return None
    qops = [qop.strip().lower() for qop in said.parameters.get("qop", QOP).split(",")]
    return ALGORITHMS.get(said.parameters.get("algorithm", "MD5").lower()) if QOP in qops else None
