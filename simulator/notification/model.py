"""What a notification says, whichever of the two layouts carries it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum


class Format(Enum):
    """The two layouts: their values are the versions of DM that brought them."""

    DM_1_2 = "1.2"
    DM_1_3 = "1.3"


class UIMode(IntEnum):
    """How much the user should see of the session (DM Notification 1.2 §6.2.3.2)."""

    NOT_SPECIFIED = 0
    BACKGROUND = 1
    INFORMATIVE = 2
    USER_INTERACTION = 3


class Initiator(IntEnum):
    """Who wanted the session."""

    CLIENT = 0
    """The user or the client."""
    SERVER = 1


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a DM 1.3 notification, other than Server-ID; `simulator.notification.options` names them."""

    number: int
    value: bytes


@dataclass(slots=True)
class Notification:
    """The fields of package 0. What only one of the layouts has is empty in the other."""

    server_id: str
    session_id: int
    """1 to 0xFFFF; some senders use 0."""
    ui_mode: UIMode = UIMode.NOT_SPECIFIED
    initiator: Initiator = Initiator.SERVER
    format: Format = Format.DM_1_3
    version: int | None = None
    """The version field as read. None: what the format's layout writes."""

    vendor: bytes = b""
    """1.2: vendor-specific octets after the server identifier."""

    timestamp: datetime | None = None
    """1.3: when it was made, UTC, whole seconds. None: 0 in the field, unknown."""
    timeout_days: int | None = None
    """1.3: after so many days it has to be ignored. None: 0 in the field, no limit."""
    options: list[Option] = field(default_factory=list)
    """1.3: all but Server-ID, unknown ones among them, in ascending order."""

    hash_name: str | None = "md5"
    """The digest's hash, as hashlib names it. None: no digest. 1.2 knows MD5 only."""
    digest: bytes = b""
    trigger: bytes = field(default=b"", compare=False, repr=False)
    """As read: the octets that the digest covers."""

    @property
    def session_text(self) -> str:
        """The SessionID of the session that answers: upper-case hex without leading zeros (§6.2.3.5)."""
        return f"{self.session_id:X}"
