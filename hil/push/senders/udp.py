"""WDP over UDP: the datagram is the push (WAP-259)."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from hil.errors import CannotDo, PartBroke, UsageError
from hil.push.contract import Meta
from hil.push.senders.address import Endpoint, host_port
from hil.push.senders.table import Sent
from simulator.codes.wsp import PORT_PUSH

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


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source_port: int = Field(default=0, ge=0, le=65535)
    """0: any free one; clients look at the destination only."""


class UdpSender:
    def __init__(self, to: Endpoint, settings: Settings) -> None:
        self._to = to
        self._source_port = settings.source_port

    def send(self, push: bytes, meta: Meta) -> Sent:
        port = self._to.port if meta.destination_port == PORT_PUSH else meta.destination_port
        send(push, self._to.host, port, self._source_port)
        where = Endpoint(self._to.host, port)
        return Sent(True, f"a datagram of {len(push)} octets to {where}", {"to": str(where), "octets": len(push)})

    def close(self) -> None:
        """Nothing is held."""


def opened(to: str, settings: BaseModel) -> UdpSender:
    """``udp://HOST:PORT``. Raises `UsageError`."""
    assert isinstance(settings, Settings)
    try:
        where = host_port(urlsplit(to).netloc)
    except ValueError as error:
        raise UsageError(f"{to!r}: {error}") from error
    assert isinstance(where, Endpoint)
    return UdpSender(where, settings)
