"""The one place through which everything that crosses a seam is recorded.

Parts call `Recorder.record`; console, trace file, pcapng and reports subscribe. Records may come from any
thread; subscribers are called one at a time, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import RLock

from hil.trace.mask import Masker
from hil.trace.record import Json, Kind, Record, Way

Subscriber = Callable[[Record], None]


class Recorder:
    def __init__(self, now: Callable[[], datetime], masker: Masker | None = None) -> None:
        self._now = now
        self._seq = 0
        self._lock = RLock()
        self._subscribers: list[Subscriber] = []
        self.masker = masker or Masker()
        """Knows the run's secrets; whoever learns a secret (an account, a PIN) tells it."""

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def record(self, part: str, kind: Kind, way: Way, text: str, data: bytes = b"", /, **fields: Json) -> Record:
        # By position only: else Python compares the name of each field with that of each parameter.
        return self.take(part, kind, way, text, data, fields)

    def take(self, part: str, kind: Kind, way: Way, text: str, data: bytes, fields: Mapping[str, Json]) -> Record:
        """`record` for who has the fields already, and many records: the caller does not change them any more."""
        with self._lock:
            self._seq += 1
            record = Record(self._seq, self._now(), part, kind, way, text, data, fields)
            for subscriber in self._subscribers:
                subscriber(record)
            return record

    def note(self, text: str, part: str = "bench", **fields: Json) -> Record:
        return self.record(part, "note", "", text, b"", **fields)
