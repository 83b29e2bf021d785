"""What steps ask of a DM server, by capability."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from hil.server.answer import Batch
from hil.server.commands import ServerCommand
from hil.server.events import DeviceAlert, SessionRecord
from hil.server.http import ServerHttp
from hil.server.offer import Offer
from hil.slips import Slipping

if TYPE_CHECKING:
    from hil.server.front import Exchange


class Queueing(Protocol):
    batches: list[Batch]
    """All that was queued, oldest first."""

    def queue(self, commands: tuple[ServerCommand, ...]) -> Batch:
        """Commands for the next device that comes; sent once it is authenticated."""
        ...


class Notifying(Protocol):
    def notification_nonce(self) -> bytes:
        """The nonce that the device expects in the next digest of this server."""
        ...

    def notification_format(self) -> str:
        """``1.2`` or ``1.3``, as the device understands it."""
        ...

    def set_nonces(self, client: bytes | None, server: bytes | None) -> None:
        """What the next credentials of either side are made with; None: as it is."""
        ...


class Faulty(Protocol):
    def fault(self, kind: str, times: int) -> None: ...


class Inspected(Protocol):
    alerts: list[DeviceAlert]
    """What devices told of their own accord, in the order in which it came."""

    @property
    def sessions(self) -> list[SessionRecord]:
        """Every session so far, oldest first."""
        ...


class Changeable(Protocol):
    def change(self, **settings: Any) -> None:
        """New values of `hil.server.settings.ServerSettings`, from the next session on."""
        ...

    def set_nonces(self, client: bytes | None, server: bytes | None) -> None:
        """As in `Notifying`."""
        ...


class Networked(Protocol):
    def transport(self, http: ServerHttp) -> None:
        """How the server is reached from now on."""
        ...

    def offer(self, offer: Offer | None) -> None:
        """What a GET for a bootstrap is answered with; None: 404."""
        ...


class Seam(Protocol):
    """Whatever comes to it asks `Bench.faults` what goes wrong on the way."""


class Watched(Protocol):
    """A server that can be watched from beside it."""

    @property
    def sessions(self) -> list[SessionRecord]:
        """Every session so far, oldest first."""
        ...

    def watch(self, told: Callable[[Exchange], None]) -> None:
        """Tell ``told`` of every exchange, in any thread, and keep the messages of sessions whole."""
        ...


CAPABILITIES: dict[str, type] = {
    "server.seam": Seam,
    "server.watch": Watched,
    "server.queue": Queueing,
    "server.notify": Notifying,
    "server.fault": Faulty,
    "server.inspect": Inspected,
    "server.settings": Changeable,
    "server.transport": Networked,
    "server.slips": Slipping,
}
