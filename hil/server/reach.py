"""What a server's front needs that settings only name: certificates made for the run, and users of HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hil.account import Account
from hil.server.http import ServerHttp
from hil.tls.run import RunCertificates
from hil.tls.settings import WARNING, ServerTls

if TYPE_CHECKING:
    from hil.tls.authority import Issued

HTTP_AUTH = {"": "none", "HTTP-BASIC": "basic", "HTTP-DIGEST": "digest"}
"""AAuthType of an account's HTTP credentials → what the server then asks for."""


class Reach:
    """One run's. `close` it: the certificates are then gone."""

    def __init__(self, accounts: Iterable[Account], host: str = "127.0.0.1") -> None:
        self._accounts = tuple(accounts)
        self._host = host
        self._certificates = RunCertificates()

    def close(self) -> None:
        self._certificates.close()

    @property
    def users(self) -> Mapping[str, str]:
        return {account.http_name: account.http_secret for account in self._accounts}

    @property
    def ca(self) -> Path | None:
        """The authority of the run, if anything was signed by it."""
        return self._certificates.ca

    def complete(self, http: ServerHttp) -> ServerHttp:
        """The same with every open choice made: certificates, and what HTTP asks for."""
        wanted = next((account.http_auth for account in self._accounts if account.http_auth), "")
        asks = http.http_auth or HTTP_AUTH[wanted]
        tls = None if http.tls is None else self._certified(http.tls)
        return http.model_copy(update={"http_auth": asks, "tls": tls})

    def warning(self, http: ServerHttp) -> str | None:
        return WARNING if http.tls is not None and http.tls.legacy else None

    def client_certificate(self, name: str, *, stranger: bool = False) -> Issued:
        """A device's certificate, from the run's authority or from one that nobody knows."""
        return self._certificates.client(name, stranger=stranger)

    def _certified(self, tls: ServerTls) -> ServerTls:
        made: dict[str, object] = {}
        if tls.certificate is None:
            issued = self._certificates.server(self._names(), tls.flaw)
            made |= {"certificate": issued.certificate, "key": issued.key}
        if tls.client_ca is None and tls.clients != "not asked":
            made["client_ca"] = self._certificates.authority()
        return tls.model_copy(update=made)

    def _names(self) -> list[str]:
        everywhere = self._host in ("0.0.0.0", "::")
        return list(dict.fromkeys([*([] if everywhere else [self._host]), "127.0.0.1", "::1", "localhost"]))
