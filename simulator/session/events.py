"""What a session hands to whoever runs it: bytes to send, and what happened on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from simulator.session.alerts import ClientAlert
from simulator.syncml.message import SyncML


class Outcome(StrEnum):
    """How a session ended."""

    COMPLETED = "completed"
    """The server had nothing more to say (DM Protocol §6: a package without commands and challenge)."""
    ABORTED_BY_SERVER = "aborted by server"
    """The server sent Alert 1223."""
    ABORTED_BY_CLIENT = "aborted by client"
    """The client sent Alert 1223 because it was told to."""
    CLIENT_REFUSED = "client refused"
    """The server does not accept the client's credentials, or the client has none for it."""
    SERVER_REFUSED = "server refused"
    """The client does not accept the server's credentials; none of its commands was executed."""
    REJECTED = "rejected"
    """The server answered the client's message with an error that leaves nothing to manage."""
    FAILED = "failed"
    """No usable answer: the transport failed, an HTTP error, an empty or damaged body."""


@dataclass(frozen=True, slots=True)
class Send:
    """POST ``body`` to ``url`` and give the answer to ``receive``, or the failure to ``fail``."""

    url: str
    headers: dict[str, str]
    body: bytes
    message: SyncML
    """What ``body`` says, for the trace."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer was decoded whole."""

    message: SyncML


@dataclass(frozen=True, slots=True)
class Executed:
    """One command (or one Item of it) was carried out, or refused, with this status."""

    cmd: str
    uri: str
    status: int


@dataclass(frozen=True, slots=True)
class Noted:
    """The server broke a rule without harm, or something else that a tester will want to know."""

    text: str
    clause: str = ""
    """Where the rule stands, such as ``DM Protocol §8.2``; empty: it is no rule of the standard."""
    message: str = ""
    """MsgID of the server's message."""
    command: str = ""
    """Which command of it: its name and CmdID, such as ``Add 3``."""

    def __str__(self) -> str:
        place = ", ".join(filter(None, (f"message {self.message}" if self.message else "", self.command)))
        text = f"{self.text} ({self.clause})" if self.clause else self.text
        return f"{place}: {text}" if place else text


@dataclass(frozen=True, slots=True)
class Reported:
    """The server answered an alert of the client's own; it will not be sent again."""

    alert: ClientAlert
    status: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of a session."""

    outcome: Outcome
    reason: str = field(default="")
    """One sentence; empty when the session simply completed."""


Event = Send | Received | Executed | Noted | Reported | Ended
