"""What a device did against the standard, without harm: noted, and the session goes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    clause: str
    """Of the standard, such as ``DM Representation §7.1``."""
    text: str
    """What was seen, and what was expected."""
    message: str = ""
    """MsgID of the device's message."""
    command: str = ""
    """The command, with its CmdID: ``Alert 3``."""

    def __str__(self) -> str:
        where = f"message {self.message}" + (f", {self.command}" if self.command else "") if self.message else ""
        return f"{where}{': ' if where else ''}{self.text} ({self.clause})"
