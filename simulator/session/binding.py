"""HTTP as the carrier of DM messages (DM HTTP Binding §5.3, §5.4): headers out, a status in."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from simulator.codes import mime
from simulator.syncml.encoding import Encoding

OK = 200
"""The one HTTP status that brings a DM message; every other is a failure of the transport."""


def headers(encoding: Encoding, *, user_agent: str, cache_control: str = "private") -> dict[str, str]:
    """The headers of a POST with a message in ``encoding``; the transport adds Host and Content-Length.

    Accept names both encodings, the one in use first: a server normally answers in the request's.
    """
    other = mime.DM_XML if encoding is Encoding.WBXML else mime.DM_WBXML
    return {
        "Content-Type": encoding.mime,
        "Accept": f"{encoding.mime}, {other}",
        "Accept-Charset": "UTF-8",
        "User-Agent": user_agent,
        "Cache-Control": cache_control,
    }


LONGEST_BODY = 8 * 1024 * 1024
"""Octets. A longer answer is not decoded, whatever MaxMsgSize said."""


def unusable_answer(status: int, body: bytes) -> str | None:
    """Why an HTTP answer brings no DM message; None when it may bring one."""
    if status != OK:
        return f"the server answered HTTP {status}, where a DM message comes with {OK}"
    if not body:
        return "the server's answer has no body, where a DM message was expected"
    if len(body) > LONGEST_BODY:
        return f"the server's answer has {len(body)} octets; {LONGEST_BODY} is the most"
    return None


def unusable_url(url: str, *, instead_of: str) -> str | None:
    """Why a RespURI cannot take the place of the address in use; None when it can.

    It has to be an absolute HTTP address (DM Representation §7.1.21), and a session that runs over TLS does
    not leave it.
    """
    try:
        parts, current = urlsplit(url), urlsplit(instead_of)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named or parts.scheme.lower() not in ("http", "https"):
        return "it is no absolute http or https address"
    if current.scheme.lower() == "https" and parts.scheme.lower() == "http":
        return "it would leave TLS"
    return None


def address(addr: str, addr_type: str, port: int | None) -> str:
    """The URL for an account's AppAddr: Addr, AddrType (URI, IPv4, IPv6) and PortNbr, which a URI may hold
    itself (DM Standardized Objects §5.3.1)."""
    url = addr.strip()
    if addr_type == "IPv6" and not url.startswith("["):
        url = f"[{url}]"
    if "://" not in url:
        url = f"http://{url}"
    if port is None:
        return url
    try:
        parts = urlsplit(url)
        if parts.port is not None:
            return url
    except ValueError:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}:{port}"))
