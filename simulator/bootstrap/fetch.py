"""A bootstrap fetched from a bootstrap server with HTTPS GET (DM Bootstrap §5.5.7)."""

from __future__ import annotations

from urllib.parse import urlsplit

from simulator.bootstrap import mac
from simulator.bootstrap.mac import Secrets
from simulator.codes import mime
from simulator.errors import BootstrapError

NONE_THERE = frozenset({204, 404, 410})
"""HTTP statuses with which a server says that it has no bootstrap for this device."""

SCWS_PATH = "/OMA/DM/Bootstrap.xml"
"""On a card's web server, where case counts. Despite its name, a message there is WBXML as everywhere (§5.5.4)."""

SCWS_BIP_URL = f"https://127.0.0.1:4116{SCWS_PATH}"
SCWS_IP_URL = f"https://localuicc:443{SCWS_PATH}"
"""Where a card with a web server has its bootstrap, by the way to it: through the terminal's BIP gateway, or
straight to a card that has an IP stack. Not stored anywhere: these are fixed (§5.5.7)."""

LONGEST = 256 * 1024
"""Octets. A longer answer is not looked at."""


def headers(user_agent: str) -> dict[str, str]:
    """Of the GET."""
    return {"Accept": mime.DM_WBXML, "User-Agent": user_agent, "Cache-Control": "no-cache"}


def origin(url: str) -> str:
    """What a device remembers of where its account came from."""
    return f"server:{urlsplit(url).hostname or ''}"


def message_of(url: str, status: int, content_type: str | None, body: bytes, secrets: Secrets) -> bytes | None:
    """The bootstrap message in the answer to a GET; None when the server has none.

    TLS vouches for what came over it (DM Security §5.10.2); a MAC that is there all the same has to be right, and
    over plain HTTP there has to be one. Raises `BootstrapError`.
    """
    if status in NONE_THERE:
        return None
    if status != 200:
        raise BootstrapError(f"the bootstrap server answered HTTP {status}, where a message comes with 200")
    media_type, parameters = mime.parse_media_type(content_type or "")
    if media_type != mime.DM_WBXML:
        raise BootstrapError(f"the bootstrap server sent {content_type!r}; a bootstrap message is {mime.DM_WBXML}")
    if len(body) > LONGEST:
        raise BootstrapError(f"the bootstrap server sent {len(body)} octets; {LONGEST} is the most")
    has_mac = "sec" in parameters or "mac" in parameters
    if has_mac or not url.lower().startswith("https://"):
        try:
            mac.check(parameters, body, secrets)
        except BootstrapError as error:
            raise BootstrapError(f"the bootstrap is not from whom it should be: {error}") from error
    return body
