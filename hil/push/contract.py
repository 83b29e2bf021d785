"""What steps ask of a push bearer, and what a bearer asks of the device that it reaches, by capability.

A bearer is always the network's side: what `Bearer.deliver` is given is on its way to the device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hil.push.arrange import Arrangement
from hil.push.senders.address import Endpoint
from simulator.codes.wsp import PORT_PUSH, PORT_WSP


@dataclass(frozen=True, slots=True)
class Meta:
    """What a bearer is told beside a push's octets. It takes of this what it has a place for."""

    destination_port: int = PORT_PUSH
    source_port: int = PORT_WSP
    arrangement: Arrangement = "in order"
    """What befalls the pieces (SMS, datagrams, requests) that the push travels in."""


PLAIN = Meta()


class Bearer(Protocol):
    def deliver(self, push: bytes, meta: Meta = PLAIN) -> object:
        """Send a push (the octets of a WSP Push PDU) to the device.

        Whether it arrives is not for the network's side to know. Raises `CannotDo` for what this bearer has no
        form for, such as octets that are no push over HTTP.
        """
        ...

    def break_off(self, push: bytes, meta: Meta) -> None:
        """What carries the push is reset while it is on its way: the connection, where this bearer has one."""
        ...


CAPABILITIES: dict[str, type] = {"push.deliver": Bearer, "push.port": Bearer}
"""``push.port``: the bearer has ports, and delivers to the one that `Meta` names."""


UDP_LISTENING = "device.listen.udp"
HTTP_LISTENING = "device.listen.http"


class UdpListening(Protocol):
    """A device that takes pushes as datagrams."""

    def udp_sockets(self) -> Mapping[int, Endpoint]:
        """Where it listens, by the port that each socket stands for: 2948, and 2949."""
        ...

    def datagrams_taken(self) -> int:
        """How many datagrams have been read from these sockets so far, whoever sent them."""
        ...

    def wait_for_datagrams(self, count: int, seconds: float) -> bool:
        """Wait until so many have been read, and what follows is the scheduler's; False: they were not in time."""
        ...


@dataclass(frozen=True, slots=True)
class HttpTerminal:
    """A terminal of OTA-HTTP: the side that listens."""

    url: str
    ca: Path | None = None
    """The authority of its certificate, when that is made for the run."""
    user: str = ""
    password: str = ""
    """What it asks of a gateway, if anything."""


class HttpListening(Protocol):
    """A device that takes pushes over HTTP."""

    def http_terminal(self) -> HttpTerminal | None:
        """None: it does not listen, yet or any more."""
        ...
