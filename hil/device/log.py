"""What a device did, kept for the expectations of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from simulator.syncml.message import SyncML


@dataclass(slots=True)
class Executed:
    """One command that the server sent and the status the device answered it with."""

    command: str
    uri: str
    status: int


class Session(Protocol):
    """A session, as expectations look at it, whoever saw it: the device itself, or its server."""

    @property
    def server_id(self) -> str: ...

    @property
    def alert(self) -> int | None:
        """1200 after a notification, 1201 of the client's own accord; None: it began without."""
        ...

    @property
    def session_id(self) -> str: ...

    @property
    def sent(self) -> Sequence[SyncML]:
        """The device's messages."""
        ...

    @property
    def received(self) -> Sequence[SyncML]:
        """The server's."""
        ...

    @property
    def outcome(self) -> str | None:
        """None while the session is open."""
        ...

    @property
    def reason(self) -> str: ...


@dataclass(slots=True)
class SessionLog:
    """One session, seen from the device."""

    server_id: str
    alert: int
    """1200 after a notification, 1201 of the client's own accord."""
    opened: datetime
    session_id: str = ""
    sent: list[SyncML] = field(default_factory=list)
    received: list[SyncML] = field(default_factory=list)
    executed: list[Executed] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    """Rules that the server broke, without harm."""
    outcome: str | None = None
    """None while the session is open."""
    reason: str = ""


@dataclass(slots=True)
class Ignored:
    """A push or a bootstrap that the device passed over, in silence towards its sender."""

    at: datetime
    what: str
    reason: str
