"""What a DM server tells those who watch it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hil.server.answer import Answer, Value
from hil.server.transitions import Outcome

MAX_KEPT = 1000
"""Alerts, notes and DevInfo values that are kept of one session."""


@dataclass(slots=True)
class DeviceAlert:
    """An Alert of the device that is more than the session's beginning or end (1224, 1226)."""

    code: int | None
    correlator: str | None
    items: list[Value]


@dataclass(slots=True)
class SessionRecord:
    """One session as the server saw it; it fills up while the session lasts."""

    device_id: str
    session_id: str
    opened: datetime
    alert: int | None
    """1200 or 1201; None when the device began without."""
    encoding: str
    """``XML`` or ``WBXML``: what the device began with."""
    ver_proto: str
    messages: int = 0
    """Messages from the device."""
    device_authenticated: bool = False
    server_authenticated: bool = False
    """The device has accepted the server's credentials."""
    challenges: int = 0
    """How often the device was asked for (other) credentials."""
    server_challenges: int = 0
    """How often the device asked the server."""
    dev_info: dict[str, str] = field(default_factory=dict)
    """By URI, as sent in package 1."""
    alerts: list[DeviceAlert] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Where the device left the standard, without harm."""
    closed: datetime | None = None
    outcome: Outcome | None = None

    def note(self, text: str) -> None:
        if len(self.notes) < MAX_KEPT:
            self.notes.append(text)


@dataclass(frozen=True, slots=True)
class SessionOpened:
    session: SessionRecord


@dataclass(frozen=True, slots=True)
class Challenged:
    """Someone has to present (other) credentials."""

    session: SessionRecord
    who: str
    """``device``: by the server; ``server``: by the device."""
    status: int
    """401 or 407."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    session: SessionRecord
    who: str
    """``device`` or ``server``."""


@dataclass(frozen=True, slots=True)
class Alerted:
    session: SessionRecord
    alert: DeviceAlert


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    session: SessionRecord
    answer: Answer


@dataclass(frozen=True, slots=True)
class SessionClosed:
    session: SessionRecord
    outcome: Outcome


ServerEvent = SessionOpened | Challenged | Authenticated | Alerted | CommandAnswered | SessionClosed
