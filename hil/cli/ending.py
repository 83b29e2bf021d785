"""How commands end that run until somebody ends them."""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType


def ends_on_signal() -> Event:
    """An event that Ctrl-C and SIGTERM set, so that what is under way is finished before the last line."""
    ended = Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    return ended
