"""Server parts of a rig: the built-in DM server on loopback, and any DM server by its URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from hil.bench import Bench
from hil.errors import CannotDo
from hil.faults import Faults
from hil.part import Part, PartSettings, part_kind
from hil.server.answer import Batch
from hil.server.commands import ServerCommand
from hil.server.config import account_of
from hil.server.engine import DmServer
from hil.server.events import Alerted, DeviceAlert, Reported, ServerEvent, SessionRecord
from hil.server.faults import Fault
from hil.server.faulty import FaultyDoor
from hil.server.front import Exchange, Front
from hil.server.habits import Habits, usual
from hil.server.http import ServerHttp
from hil.server.offer import PATHS, Offer
from hil.server.reach import Reach
from hil.server.settings import ANY_DEVICE, ServerSettings
from hil.server.slipping import SlippingDoor
from hil.server.store import MemoryStore
from hil.slips import Slip, Slips

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from hil.tls.authority import Issued


class BuiltinSettings(Habits, ServerHttp, PartSettings):
    port: int = Field(default=0, ge=0, le=65535)
    """0: any free one."""
    says: tuple[Slip, ...] = ()
    """What it says wrong."""
    hears: tuple[Slip, ...] = ()
    """What it hears wrong."""


@part_kind("server", "builtin")
class BuiltinServer(Part):
    """The DM server of the bench: Flask on loopback, scripted by the scenario."""

    Settings = BuiltinSettings
    capabilities = frozenset(
        {"server.queue", "server.notify", "server.fault", "server.inspect", "server.settings", "server.transport"}
        | {"server.seam", "server.slips", "server.watch"}
    )
    settings: BuiltinSettings

    @classmethod
    def holds(cls, settings: PartSettings) -> tuple[str, ...]:
        assert isinstance(settings, BuiltinSettings)
        return (f"TCP port {settings.port}",) if settings.port else ()

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        assert isinstance(settings, BuiltinSettings)
        account = bench.account
        self.batches: list[Batch] = []
        """All that was queued, oldest first."""
        self.alerts: list[DeviceAlert] = []
        """What devices told of their own accord, in sessions and without, in the order in which it came."""
        self.store = MemoryStore({ANY_DEVICE: account_of(account)})
        self._server = DmServer(
            ServerSettings(**{**usual(), **settings.changes()}),
            self.store,
            random=bench.random_for("server"),
        )
        self.slip(settings.says, settings.hears)
        self._watched: Callable[[Exchange], None] = lambda _: None
        self._random = bench.random_for("http")
        self._server.subscribe(self._keep)
        self._reach = Reach([account])
        self._front = Front(self._server, now=bench.now, failed=self._failed, port=settings.port)

    def start(self) -> None:
        self.transport(self.settings)

    def stop(self) -> None:
        self._front.host.stop()
        self._reach.close()

    def transport(self, http: ServerHttp) -> None:
        """Serve in this way from now on, at the same port: ``http://`` may become ``https://``."""
        bench, offer, port = self.bench, self._front.offer, self._front.host.port
        self._front.host.stop()
        complete = self._reach.complete(http)
        self._front = Front(
            self._server,
            now=self.bench.now,
            failed=self._failed,
            port=port,
            http=complete,
            users=self._reach.users,
            random=self._random,
            told=self._note,
            door=lambda app: FaultyDoor(self._door(app), bench.faults("server"), bench.scheduler.hold),
        )
        self._front.offer = offer
        self._front.watched = self._watched
        warning = self._reach.warning(complete)
        if warning is not None:
            self._note(warning)
        self._front.host.start()

    def _door(self, app: WSGIApplication) -> WSGIApplication:
        return SlippingDoor(app, lambda: self._slips)

    def slip(self, says: tuple[Slip, ...], hears: tuple[Slip, ...]) -> None:
        """What goes wrong with messages from now on."""
        self._slips = Slips(says), Slips(hears)

    def watch(self, told: Callable[[Exchange], None]) -> None:
        """Tell ``told`` of every exchange from now on, in a thread of the web server's; keep messages whole."""
        self._watched = self._front.watched = told
        self._server.keep_messages = True

    def _note(self, text: str) -> None:
        self.bench.recorder.note(text, part="server")

    def offer(self, offer: Offer | None) -> None:
        """Answer a GET for a bootstrap with this from now on; None: there is none (404)."""
        self._front.offer = offer

    @property
    def ca(self) -> Path | None:
        """A PEM file with the authority that signed this server's certificate; None: none of the run's."""
        return self._reach.ca

    def client_certificate(self, name: str, *, stranger: bool = False) -> Issued:
        """A certificate for the run's device, which this server takes; not from a ``stranger``."""
        return self._reach.client_certificate(name, stranger=stranger)

    def quiet(self) -> bool:
        return self._front.host.quiet()

    def variables(self) -> dict[str, str]:
        return {"server.url": self.url, "server.bootstrap_url": self._front.host.root + PATHS[0]}

    def identity(self) -> dict[str, str]:
        return {"url": self.url}

    @property
    def url(self) -> str:
        """Where devices post to; known once the part has started."""
        return self._front.host.url

    @property
    def sessions(self) -> list[SessionRecord]:
        """Every session so far, oldest first; open ones among them."""
        with self._front.lock:
            return list(self._server.sessions)

    def queue(self, commands: Iterable[ServerCommand], device_id: str | None = None) -> Batch:
        """Commands for a device, or for the next one that comes; sent once it is authenticated."""
        with self._front.lock:
            batch = self._server.queue(commands, device_id)
        self.batches.append(batch)
        return batch

    def fault(self, kind: str, times: int = 1) -> None:
        """``http-500``, ``drop``, ``empty``, ``tamper`` or ``lose``, for the next requests."""
        self._front.fault(Fault(kind), times)

    def change(self, **settings: Any) -> None:
        """New values of `ServerSettings`, for the sessions that begin from now on."""
        with self._front.lock:
            self._server.settings = replace(self._server.settings, **settings)

    def set_nonces(self, client: bytes | None, server: bytes | None) -> None:
        """What the next credentials of the device that came last, and the server's, are made with; None: as it
        is."""
        with self._front.lock:
            if not self._server.sessions:
                raise CannotDo("no device has come to the server yet: there are no nonces to change")
            device_id = self._server.sessions[-1].device_id
            for level, nonce in (("CLCRED", client), ("SRVCRED", server)):
                if nonce is not None:
                    self.store.keep_nonce(device_id, level, nonce)  # type: ignore[arg-type]

    def notification_format(self) -> str:
        """What the device that came last understands: ``1.2`` or ``1.3``; before that, the account's word."""
        with self._front.lock:
            if not self._server.sessions:
                return self.bench.account.protocol
            return "1.2" if self._server.sessions[-1].ver_proto in ("DM/1.1", "DM/1.2") else "1.3"

    def notification_nonce(self, device_id: str | None = None) -> bytes:
        """The nonce for the digest of a notification: the one of the server's next credentials.

        Without ``device_id``, of the device that came last.
        """
        with self._front.lock:
            if device_id is None and self._server.sessions:
                device_id = self._server.sessions[-1].device_id
            kept = self.store.nonce(device_id, "SRVCRED") if device_id is not None else None
        return self.bench.account.server_nonce if kept is None else kept

    def subscribe(self, subscriber: Callable[[ServerEvent], None]) -> None:
        """Call ``subscriber`` with every event, in the scheduler's thread."""
        post = self.bench.scheduler.post
        with self._front.lock:
            self._server.subscribe(lambda event: post(lambda: subscriber(event)))

    def _keep(self, event: ServerEvent) -> None:
        match event:
            case Alerted(alert=alert):
                self.alerts.append(alert)
            case Reported(report=report):
                self.alerts += report.alerts

    def _failed(self, error: Exception) -> None:
        """A bug of the server ends the run, instead of a session that just looks odd."""

        def fail() -> None:
            raise error

        self.bench.scheduler.post(fail)


class UrlSettings(PartSettings):
    url: str
    """Where devices post to, such as ``https://dm.example.com/dm``."""

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a URL that begins with http:// or https:// is expected")
        return value


@part_kind("server", "url")
class UrlServer(Part):
    """Any DM server. It knows the scenario's account, and nothing can be asked of it."""

    Settings = UrlSettings
    grants: ClassVar[Mapping[str, frozenset[str]]] = {"device.transport": frozenset({"server.seam"})}
    jumps = False

    settings: UrlSettings

    def start(self) -> None:
        """Nothing: the first session shows whether it is there."""

    def stop(self) -> None:
        """Nothing to let go of."""

    @property
    def url(self) -> str:
        return self.settings.url

    def on_the_way(self) -> Faults:
        """What goes wrong on the way to it. It has no door of ours: a device whose HTTP is ours asks for it."""
        return self.bench.faults("server")

    def variables(self) -> dict[str, str]:
        return {"server.url": self.url}

    def identity(self) -> dict[str, str]:
        return {"url": self.url}

    def notification_nonce(self) -> bytes:
        """The account's first nonce: what a server of its own sent since then is not known here."""
        return self.bench.account.server_nonce

    def notification_format(self) -> str:
        return self.bench.account.protocol

    def set_nonces(self, client: bytes | None, server: bytes | None) -> None:
        raise CannotDo("the nonces of a server that is known by its URL cannot be changed")
