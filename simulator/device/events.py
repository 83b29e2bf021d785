"""What a device tells whoever runs it, outside of sessions."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.codes.alert import AlertCode
from simulator.notification.message import UIMode


@dataclass(frozen=True, slots=True)
class AccountAdded:
    server_id: str
    uri: str
    origin: str
    """Where it came from, such as ``card:8944…`` (the card's ICCID)."""


@dataclass(frozen=True, slots=True)
class AccountRemoved:
    server_id: str
    uri: str
    origin: str
    """Where it had come from; empty when that is not known."""


@dataclass(frozen=True, slots=True)
class SessionDue:
    """The device wants a session: give these values to ``Device.open_session`` at the next opportunity."""

    server_id: str
    alert: AlertCode
    """1200: a notification asked for it; 1201: the client wants it itself."""
    session_id: str | None = None
    """The notification's, as text; None: the device chooses."""
    ui_mode: UIMode = UIMode.NOT_SPECIFIED


@dataclass(frozen=True, slots=True)
class PushIgnored:
    """A push that changes nothing. Its sender learns nothing of this (DM Notification §6)."""

    reason: str


@dataclass(frozen=True, slots=True)
class BootstrapRefused:
    """A bootstrap message that was not applied; the device is as it was."""

    reason: str


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that goes on in the device by itself, for whoever watches."""

    text: str


DeviceEvent = AccountAdded | AccountRemoved | SessionDue | PushIgnored | BootstrapRefused | Happened
