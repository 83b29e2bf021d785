"""What the simulated device makes of what reaches it, for the timeline and for expectations."""

from __future__ import annotations

from hil.bench import Bench
from hil.device.log import Ignored
from hil.trace.record import Json


class Diary:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.ignored: list[Ignored] = []

    def tell(self, text: str, **fields: Json) -> None:
        self._bench.recorder.record("device", "device", "", text, b"", **fields)

    def ignore(self, what: str, reason: str) -> None:
        """A push, a bootstrap or a session was passed over, in silence towards its sender."""
        self.ignored.append(Ignored(self._bench.now(), what, reason))
        self.tell(f"{what} ignored: {reason}")
