"""Where something stands: in a file of the user's, or in one that it includes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file, counted from 1."""

    path: Path
    line: int
    column: int
    included: Place | None = None
    """Where the file was included."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}"
        return f"{place} (included at {self.included})" if self.included is not None else place
