"""Values that are worked out when they are read, from the clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from simulator.tree.node import Provider

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def clock(form: str) -> Provider:
    """The time in UTC, in a form of `strftime`; empty while the device does not know it."""
    return lambda now: "" if now is None else now.astimezone(UTC).strftime(form)


def cycle(values: tuple[str, ...], every: timedelta) -> Provider:
    """One value after the other, each for so long, over and over; counted from 1970 on, so that it is no chance
    which one a run meets."""
    return lambda now: values[int(((now or EPOCH) - EPOCH) / every) % len(values)]
