"""What goes wrong with a virtual modem, when somebody wants it to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Trouble:
    """What is wrong just now."""

    no_network: bool = False
    send_errors: deque[int | None] = field(default_factory=deque)
    """The +CMS ERROR of each of the next messages that are sent; None: that one is sent."""
    damaged: int = 0
    """So many of the next PDUs are shown damaged."""
    stuck_until: datetime | None = None
    """The modem says nothing before; what it has been asked meanwhile, it answers then."""

    def restart(self) -> None:
        """What a restart cures."""
        self.stuck_until = None
        self.damaged = 0


def damage(digits: str) -> str:
    """A PDU as line noise leaves it: a character that is no digit in the middle, the end torn off."""
    middle = len(digits) // 2
    return f"{digits[:middle]}?{digits[middle + 1 : -3]}"
