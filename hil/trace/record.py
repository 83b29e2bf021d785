"""What the trace is made of: one record for each thing that crossed a part's seam."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple

Kind = Literal["apdu", "at", "sms", "push", "http", "dm", "device", "step", "note"]
"""apdu, at, sms, push, http, dm: traffic. device: what the device did about it. step, note: the bench."""

Way = Literal["out", "in", ""]
"""Seen from the device: ``out`` leaves it, ``in`` reaches it; empty for what is no traffic."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Record(NamedTuple):
    """One line of the timeline. ``text`` and ``fields`` are not masked yet; every exporter does that."""

    seq: int
    at: datetime
    """The scenario's clock, UTC."""
    part: str
    """The part whose seam was crossed: card, modem, push, server, device, bench."""
    kind: Kind
    way: Way
    text: str
    """One line for a person."""
    data: bytes = b""
    """The raw bytes, as they crossed the seam; exported only into the run's ``private`` directory."""
    fields: Mapping[str, Json] = MappingProxyType({})
    """What the bytes mean, decoded, for programs."""
