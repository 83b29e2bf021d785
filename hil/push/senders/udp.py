"""WDP over UDP: the datagram is the push (WAP-259)."""

from __future__ import annotations

import socket

from hil.errors import CannotDo, PartBroke

LARGEST = 65507
"""Octets of a UDP datagram over IPv4."""


def check(push: bytes) -> None:
    """Raises `CannotDo` for what does not fit into a datagram."""
    if len(push) > LARGEST:
        raise CannotDo(f"a push of {len(push)} octets does not fit into a UDP datagram ({LARGEST})")


def send(push: bytes, host: str, port: int, source_port: int = 0) -> None:
    """One datagram; ``source_port`` 0 takes any. Whether it arrived nobody can tell.

    Raises `CannotDo` when it is too long, `PartBroke` when it cannot leave this machine.
    """
    check(push)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as opened:
            if source_port:
                opened.bind(("", source_port))
            opened.sendto(push, (host, port))
    except (OSError, OverflowError) as error:
        raise PartBroke(
            f"no datagram can be sent to {host} port {port}: {error}",
            hint="is the address right, and does this machine have a route to it?",
        ) from error
