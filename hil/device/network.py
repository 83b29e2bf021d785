"""A device's way to its servers: the transport as it is set, and the certificates of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from hil.bench import Bench
from hil.errors import CannotDo
from hil.faults import Faults
from hil.http.account import Logins
from hil.http.faulty import FaultyWay
from hil.http.settings import HttpSettings
from hil.http.transport import Address, HttpAnswer, Transport
from hil.slips import Slips
from simulator.http.login import Login
from simulator.objects.dmacc import Account
from simulator.security.nonce import Random

if TYPE_CHECKING:
    from hil.tls.authority import Issued


class RunServer(Protocol):
    """A server part whose certificate is made for the run."""

    @property
    def ca(self) -> Path | None: ...

    def client_certificate(self, name: str, *, stranger: bool = False) -> Issued: ...


class FarServer(Protocol):
    """A server part that is beyond the network, and has no door of ours."""

    def on_the_way(self) -> Faults: ...


class Network:
    def __init__(self, bench: Bench, name: str, settings: HttpSettings) -> None:
        """``name`` is the device's, for a certificate that is made for it."""
        self._bench = bench
        self._name = name
        self._transport: Transport | None = None
        self.change(settings)
        self.says, self.hears = Slips(), Slips()
        """What goes wrong with messages on their way out and in."""

    def change(self, settings: HttpSettings) -> None:
        self.close()
        self._settings = settings

    def close(self) -> None:
        """Let go of connections; the next exchange makes new ones, and looks anew at whom to trust."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def exchange(self, url: str, headers: Mapping[str, str], body: bytes, login: Login | None) -> HttpAnswer:
        """Raises `TransportFailed`."""
        said = self.says.body(body, headers.get("Content-Type"))
        answer = self._connected().exchange(url, self.says.headers(headers), said, login=login)
        return replace(answer, body=self.hears.body(answer.body, answer.content_type))

    def get(self, url: str, headers: Mapping[str, str]) -> HttpAnswer:
        """Raises `TransportFailed`."""
        return self._connected().get(url, headers)

    def ask_card(
        self, url: str, headers: Mapping[str, str], at: Address | None, ca: Path | None, method: str = "GET"
    ) -> HttpAnswer:
        """Ask the web server in the card, which is another network with another authority (``ca``).

        Raises `TransportFailed`.
        """
        settings = self._settings.model_copy(update={"tls": self._settings.tls.model_copy(update={"own": None})})
        transport = Transport(
            self._bench.recorder, part="card", settings=settings, trusted=ca, limits=self._bench.limits
        )
        try:
            return transport.get(url, headers, at=at, method=method)
        finally:
            transport.close()

    def logins(self, account: Account | None, home: str, random: Random) -> Logins:
        """The HTTP credentials of an account, whose address is ``home``, for one session."""
        return Logins(account.http if account is not None else None, home, random)

    def _connected(self) -> Transport:
        if self._transport is None:
            settings, trusted, through = self._settings, None, None
            server = self._bench.parts.get("server")
            if hasattr(server, "on_the_way"):
                through = FaultyWay(cast("FarServer", server).on_the_way(), self._bench.scheduler.hold)
            if hasattr(server, "client_certificate"):
                made_here = cast("RunServer", server)
                settings = self._certified(made_here)
                trusted = made_here.ca
            elif settings.tls.own is not None:
                raise CannotDo(
                    "only the rig's own server takes a certificate that is made for the run",
                    hint="give the device one that its server knows: tls: {certificate: FILE, key: FILE}",
                )
            self._transport = Transport(
                self._bench.recorder,
                settings=settings,
                trusted=trusted,
                through=through,
                limits=self._bench.limits,
            )
        return self._transport

    def _certified(self, server: RunServer) -> HttpSettings:
        """With a certificate of the device's own, where the settings ask for one that is made for the run."""
        tls = self._settings.tls
        if tls.own is None:
            return self._settings
        issued = server.client_certificate(self._name, stranger=tls.own == "unknown")
        made = tls.model_copy(update={"certificate": issued.certificate, "key": issued.key})
        return self._settings.model_copy(update={"tls": made})
