"""What a DM server knows before the first device comes: accounts, limits, habits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from hil.server.commands import ServerCommand
from simulator.security.credentials import AuthType
from simulator.security.mac import SHA256, Integrity
from simulator.syncml.encoding import Encoding

MAX_OBJECT = 1024 * 1024
"""Octets of a large object that is taken, when no MaxObjSize says less."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """One direction of an account: what one side presents and the other one checks."""

    name: str
    secret: str
    auth: AuthType = AuthType.MD5
    nonce: bytes = b""
    """The first nonce; later ones are the store's."""


@dataclass(frozen=True, slots=True)
class DeviceAccount:
    """What the server and a device know of each other (the server's side of a DMAcc)."""

    client: Credentials | None
    """CLCRED: what the device presents. None: the device need not authenticate itself."""
    server: Credentials | None
    """SRVCRED: what the server presents. None: it presents nothing."""


ANY_DEVICE = "*"
"""The key of the account for devices that have none of their own."""


class Present(StrEnum):
    """When the server presents its own credentials."""

    ALWAYS = "always"
    """In every message, until the device accepts them for the session."""
    CHALLENGED = "challenged"
    """Once the device has asked for them."""
    NEVER = "never"
    """As some servers in the field do, whatever the device asks."""


class Packing(StrEnum):
    """How many commands stand in one message."""

    INDEPENDENT = "independent"
    """As many as may run in any order: outside Atomic and Sequence a device is free to choose one
    (DM Protocol §8)."""
    ONE = "one"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    commands: tuple[ServerCommand, ...] = ()
    """What every session of every device begins with, before anything queued."""
    present: Present = Present.ALWAYS
    packing: Packing = Packing.INDEPENDENT
    every_message: bool = False
    """Answer the header with 200 instead of 212: the device authenticates itself in each message."""
    integrity: Integrity = SHA256
    """Of accounts with auth-MAC."""
    ver_protos: tuple[str, ...] = ("DM/1.3", "DM/1.2", "DM/1.1")
    """Spoken here, the server's own first. 1.1 has the same commands; refusing it would help nobody."""
    ver_dtds: tuple[str, ...] = ("1.2", "1.1")
    max_msg_size: int | None = None
    """The longest message, in octets, that devices may send; None: nothing is said about it."""
    max_obj_size: int | None = None
    """The largest object, in octets, that devices may send in chunks; None: nothing is said about it."""
    resp_uri: str | None = None
    """Where devices go on after the first message: a URL, or what is joined with the one they came to."""
    encoding: Encoding | None = None
    """What replies are written in; None: as the device's message is."""
    alert_status: Mapping[int, int] = field(default_factory=dict)
    """By alert code: what a device's alert is answered with, instead of 200."""
    report_status: int = 204
    """HTTP status that answers a sessionless report, without a body."""
    strict: bool = True
    """Look for children out of order, which means to read every message twice."""
    max_challenges: int = 2
    """How often a peer is given another try before the session ends. Two: one for credentials that were
    missing, one for a nonce that was stale (DM Security §5.3)."""
    session_timeout: timedelta = timedelta(minutes=10)
    """A session whose device has not come back for so long is over: the standard names no such time."""
    max_sessions: int = 1000
    """Open sessions at a time; one more ends the one that has been silent longest."""
    max_messages: int = 1000
    """Messages of one session, after which the server aborts it."""
    max_kept: int = 1000
    """Closed sessions that `DmServer.sessions` still shows."""
