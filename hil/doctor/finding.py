"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "missing", "broken", "info"]
"""info: worth knowing, and neither good nor bad."""

Purpose = Literal["the virtual rig", "real cards", "real modems", "TLS", "development"]
"""What a finding matters to. Only ``the virtual rig`` decides how the command ends."""

PURPOSES: tuple[Purpose, ...] = ("the virtual rig", "real cards", "real modems", "TLS", "development")


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    state: State
    seen: str
    """One line: a version, a path, what was there instead."""
    remedy: str | None = None
    """How to get what is missing, or to mend what is broken."""
    purpose: Purpose = "the virtual rig"

    @property
    def is_good(self) -> bool:
        return self.state in ("ok", "info")


Check = Callable[[], Iterator[Finding]]
"""Takes bounded time, changes nothing, and raises nothing that it can foresee."""
