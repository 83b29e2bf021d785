"""Push OTA over HTTP (WAP-235-PushOTA §8): header names and the values of X-Wap-Push-Status."""

from __future__ import annotations

from enum import IntEnum

VERSION = "1.0"
PATHS = ("/wappush", "/")
"""Where a terminal takes pushes: the path of the standard's examples, and the one that deployed DM servers use."""

NESTED_TYPE = "application/http"
"""The media type of a body that is an HTTP response with the push in it."""

OTA_VERSION = "X-Wap-Push-OTA-Version"
STATUS = "X-Wap-Push-Status"
CPI_TAG = "X-Wap-CPITag"
TERMINAL_ID = "X-Wap-Terminal-ID"
BEARER_INDICATION = "X-Wap-Bearer-Indication"
USER_AGENT = "X-Wap-Push-User-Agent"
ACCEPT = "X-Wap-Push-Accept"
ACCEPT_CHARSET = "X-Wap-Push-Accept-Charset"
ACCEPT_ENCODING = "X-Wap-Push-Accept-Encoding"
ACCEPT_LANGUAGE = "X-Wap-Push-Accept-Language"
ACCEPT_APPLICATION = "X-Wap-Push-Accept-AppID"
MAX_MESSAGE_SIZE = "X-Wap-Push-MaxMsgSize"
MAX_REQUESTS = "X-Wap-Push-Accept-MaxPushReq"


REFUSED = 235
"""X-Wap-Push-Status of what is not for a terminal, or cannot be read. Assumed: numbers from here on are said to be
for such errors (docs/standards.md)."""
REFUSED_WORDS = "Not Delivered"


class PushStatus(IntEnum):
    CPI_MISMATCH = 256
    """What the gateway knows of the terminal is old: its tag comes along, and nothing is delivered."""
    ACCEPTED = 400
    CPI_CURRENT = 500
    """Asked for its capabilities: those that the gateway has are current."""
    CPI_FULL = 501
    """Asked for its capabilities: here they all are."""


STATUS_WORDS = {
    PushStatus.CPI_MISMATCH: "CPITag Mismatch",
    PushStatus.ACCEPTED: "Accepted",
    PushStatus.CPI_CURRENT: "CPI Current",
    PushStatus.CPI_FULL: "CPI Follows",
}
