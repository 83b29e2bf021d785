"""What steps ask of a device, whichever kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hil.device.log import Ignored, SessionLog


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """A DM account in the device's tree."""

    server_id: str
    uri: str
    origin: str
    """Where it came from, such as ``card:89…``; empty when that is not known."""


class DevicePart(Protocol):
    sessions: list[SessionLog]
    """Every session, oldest first; the last one may still be open."""
    ignored: list[Ignored]
    """Every push and bootstrap that was passed over."""

    def power_on(self) -> None:
        """Read the card, apply its bootstrap, listen for pushes; sessions that fall due follow by themselves."""
        ...

    def power_off(self) -> None: ...

    def connect(self, server_id: str | None) -> None:
        """Open a session of the client's own accord (Alert 1201) with a server, or with the only one."""
        ...

    def accounts(self) -> list[KnownAccount]: ...

    def value(self, uri: str) -> str | None:
        """A node's value as text, children's names joined by ``/`` for an interior node; None: no such node."""
        ...
