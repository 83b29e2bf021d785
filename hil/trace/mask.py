"""What must not be shown: the run's secrets, replaced wherever a trace is shown or exported."""

from __future__ import annotations


class Masker:
    """Knows secrets by value; being replaced by the trace's builder."""

    def add(self, secret: str) -> None:
        """Hide ``secret`` from now on."""
