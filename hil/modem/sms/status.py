"""TP-Status: what became of a message that was sent (TS 23.040 §9.2.3.15)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

STATUSES: Mapping[int, str] = {
    0x00: "received by the recipient",
    0x01: "forwarded, but whether it was received cannot be said",
    0x02: "replaced by the service centre",
    0x20: "congestion",
    0x21: "recipient busy",
    0x22: "no response from the recipient",
    0x23: "service rejected",
    0x24: "quality of service not available",
    0x25: "error in the recipient",
    0x40: "remote procedure error",
    0x41: "incompatible destination",
    0x42: "connection rejected by the recipient",
    0x43: "not obtainable",
    0x44: "quality of service not available",
    0x45: "no interworking available",
    0x46: "validity period expired",
    0x47: "deleted by the sender",
    0x48: "deleted by the service centre's administration",
    0x49: "unknown to the service centre",
    0x60: "congestion",
    0x61: "recipient busy",
    0x62: "no response from the recipient",
    0x63: "service rejected",
    0x64: "quality of service not available",
    0x65: "error in the recipient",
}


class Outcome(Enum):
    DELIVERED = "delivered"
    TRYING = "the service centre goes on trying"
    FAILED = "failed"


def outcome(status: int) -> Outcome:
    """The two highest of the seven bits tell; what a network has values of its own for is told by them too."""
    if status < 0x20:
        return Outcome.DELIVERED
    return Outcome.TRYING if status < 0x40 else Outcome.FAILED


def words(status: int) -> str:
    """A status for a person."""
    return f"{outcome(status).value}: {STATUSES.get(status, f'status {status:02X}')}"
