"""What a DM server tells those who watch it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hil.server.answer import Answer, Value
from hil.server.mistake import Mistake
from hil.server.transitions import Outcome
from simulator.syncml.message import SyncML

MAX_KEPT = 1000
"""Alerts, notes, messages and DevInfo values that are kept of one session."""


@dataclass(slots=True)
class DeviceAlert:
    """An Alert of the device that is more than the session's beginning or end (1224, 1225, 1226, 1230)."""

    code: int | None
    correlator: str | None
    items: list[Value]


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """One message of a session, of either side."""

    who: str
    """``device`` or ``server``."""
    msg_id: str
    octets: int
    words: tuple[str, ...]
    """What it says, see `hil.server.transcript`."""
    path: str = ""
    """Of the URL that a device's message came to."""
    message: SyncML | None = None
    """The message itself, where the server was told to keep it."""

    @property
    def final(self) -> bool:
        return self.words[-1:] == ("Final",)


@dataclass(slots=True)
class Report:
    """A sessionless report: Alerts 1230 in a message of their own."""

    device_id: str
    at: datetime
    authenticated: bool
    """The device's credentials were those of its account."""
    alerts: list[DeviceAlert]
    notes: list[Mistake]


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
    notes: list[Mistake] = field(default_factory=list)
    """Where the device left the standard, without harm."""
    log: list[MessageSeen] = field(default_factory=list)
    """Every message, of both sides."""
    closed: datetime | None = None
    outcome: Outcome | None = None


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
class Reported:
    """A sessionless report came."""

    report: Report


@dataclass(frozen=True, slots=True)
class Noted:
    """The device broke a rule, without harm."""

    session: SessionRecord
    mistake: Mistake


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    session: SessionRecord
    answer: Answer


@dataclass(frozen=True, slots=True)
class SessionClosed:
    session: SessionRecord
    outcome: Outcome


ServerEvent = (
    SessionOpened | Challenged | Authenticated | Alerted | Reported | Noted | CommandAnswered | SessionClosed
)
