"""Whom a push gateway is to reach: a client address (WAP-249-PPGService §7.1)."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

AddressType = Literal["PLMN", "USER", "IPv4", "IPv6"]

_NUMBER = re.compile(r"\+?[0-9]{1,20}")
_WRITTEN = re.compile(r"WAPPUSH=[^\s<>\"]+/TYPE=[A-Za-z0-9]+@[^\s@<>\"]+", re.IGNORECASE)
_PLAIN = re.compile(r"[^\s/@=<>\"]+")


def client_address(to: str, domain: str, kind: AddressType | None = None) -> str:
    """``WAPPUSH=+15551230000/TYPE=PLMN@ppg.example`` of a number, an IP address, a user, or of itself.

    ``kind`` None: as ``to`` looks; a name is a user's. Raises `ValueError`.
    """
    if _WRITTEN.fullmatch(to):
        return to
    if not _PLAIN.fullmatch(to):
        raise ValueError(
            f"{to!r} is no client's address; write +15551230000, 192.0.2.7 or WAPPUSH=+15551230000/TYPE=PLMN@ppg"
        )
    return f"WAPPUSH={to}/TYPE={kind or _kind(to)}@{domain}"


def _kind(to: str) -> AddressType:
    if _NUMBER.fullmatch(to):
        return "PLMN"
    try:
        return "IPv4" if ipaddress.ip_address(to).version == 4 else "IPv6"
    except ValueError:
        return "USER"
