"""What a modem hands up: datagrams for ports, and texts for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Datagram:
    """8-bit data for an application port, whole: WDP over SMS (WAP-259)."""

    source_address: str
    destination_port: int
    source_port: int
    data: bytes
    received: datetime


@dataclass(frozen=True, slots=True)
class TextMessage:
    source_address: str
    text: str
    received: datetime
