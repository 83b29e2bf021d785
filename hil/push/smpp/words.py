"""What a service centre answers, in words (SMPP 3.4 §5.1.3; the texts are smpplib's)."""

from __future__ import annotations

INVALID_PASSWORD, INVALID_SYSTEM_ID = 0x0E, 0x0F
QUEUE_FULL, THROTTLED = 0x14, 0x58

TRY_AGAIN = frozenset({QUEUE_FULL, THROTTLED})
"""Later, the same message may be taken."""

HINTS: dict[int, str] = {
    0x01: "setting form: another one may suit this service centre",
    0x05: "this user is bound already, perhaps by another program",
    0x0A: "setting sender: the service centre wants another originating address",
    0x0B: "is the number complete, and does setting ton suit it?",
    0x0D: "are user, password and system_type those of this service centre?",
    INVALID_PASSWORD: "is the password the one for this user?",
    INVALID_SYSTEM_ID: "is the user known there?",
    QUEUE_FULL: "settings tries and wait: so often, and so long",
    0x15: "setting service_type: the service centre has others",
    0x43: "setting form: sar or payload, for a service centre that takes no user data header",
    0x50: "setting ton: another type of number",
    0x51: "setting npi: another numbering plan",
    0x53: "setting system_type: the service centre has another",
    THROTTLED: "settings per_second, tries and wait: send less in a second",
    0xC0: "setting form: udh, for a service centre that takes no such parameters",
    0xC1: "setting form: udh, for a service centre that takes no such parameters",
}
"""What to try, by command_status."""


def words(status: int, texts: dict[int, str]) -> str:
    """``invalid password (0x0E)``; ``texts`` is smpplib's table."""
    text = texts.get(status, "").lower()
    if not text or text.startswith("<"):
        text = "a code of the service centre's own" if 0x400 <= status <= 0x4FF else "a code that SMPP 3.4 has not"
    return f"{text} (0x{status:02X})"
