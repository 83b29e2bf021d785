"""Whom a device shows its account's HTTP credentials to (AAuthLevel HTTP, DM Standardized Objects §5.3.1)."""

from __future__ import annotations

from urllib.parse import urlsplit

from simulator.http.login import BASIC, DIGEST, Login
from simulator.objects.dmacc import Credential
from simulator.security.nonce import Random

Origin = tuple[str, str | None, int | None]


class Logins:
    """One session's: a `Login` for each server that a RespURI leads to."""

    def __init__(self, credential: Credential | None, home: str, random: Random) -> None:
        """``home`` is the account's address."""
        # An account may leave it to the transport here too (AAuthType TRANSPORT): nothing to show, then.
        self._credential = credential if credential is not None and credential.type in (BASIC, DIGEST) else None
        self._home = _origin(home)
        self._random = random
        self._known: dict[Origin, Login] = {}

    def at(self, url: str) -> Login | None:
        """The login for an address; None: the account has none for it.

        A password in plain is for the account's own server, wherever a RespURI may lead.
        """
        if self._credential is None:
            return None
        origin = _origin(url)
        if origin != self._home and self._credential.type != DIGEST:
            return None
        if origin not in self._known:
            who = self._credential
            self._known[origin] = Login(who.type, who.name, who.secret, self._random)
        return self._known[origin]


def _origin(url: str) -> Origin:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return url, None, None
