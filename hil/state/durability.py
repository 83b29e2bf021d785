"""When a change of a device's state is on the disk."""

from __future__ import annotations

from enum import StrEnum


class Durability(StrEnum):
    COMMAND = "command"
    """Before the answer to the command that made it leaves the device."""
    SESSION = "session"
    """When the session has ended; what happens outside of sessions at once."""
    NONE = "none"
    """When the file is closed."""
