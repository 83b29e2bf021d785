"""One channel of the gateway: a port that the card listens on, and the one client that it may have at a time."""

from __future__ import annotations

import contextlib
import select
import socket
from dataclasses import dataclass, field

from hil.card.cat.values import ChannelStatus
from hil.card.gateway.sockets import READ, WRITE, Leaving, abort
from simulator.codes.cat import ChannelState

ROOM = 16 * 1024
"""Octets that are sent to a client at a time: the more, the less often it is woken up for a part."""
SYSTEM_BUFFER = 32 * 1024
"""Octets that the system keeps for a client which does not read."""


@dataclass(slots=True)
class Channel:
    number: int
    port: int
    """That the card asked for."""
    listeners: list[socket.socket]
    size: int
    """Octets in each of its buffers, as the card knows it."""
    roomy: bool = True
    """For what the card sends there is more room than it knows: it goes to the client in larger pieces."""
    client: socket.socket | None = None
    rx: bytearray = field(default_factory=bytearray)
    """Received from the client, for the card."""
    tx: bytearray = field(default_factory=bytearray)
    """From the card, for the client."""
    ended: bool = False
    """Nothing more comes from the client."""
    broke: bool = False
    """The connection ended otherwise than by the client's closing it."""
    announced: bool = False
    """The card knows that there is something in ``rx``."""
    resting: bool = False
    """No new client is taken: the card has yet to hear that the last one has gone."""
    overdue: bool = False
    """The card wants ``tx`` sent, and the system had no room for all of it."""
    sent: int = 0
    """Octets to this client."""

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.listeners[0].getsockname()[:2]
        return str(host), int(port)

    @property
    def status(self) -> ChannelStatus:
        state = ChannelState.LISTEN if self.client is None else ChannelState.ESTABLISHED
        return ChannelStatus(self.number, state)

    @property
    def free(self) -> int:
        """Octets that ``tx`` still has room for."""
        return max(0, self.capacity - len(self.tx))

    @property
    def capacity(self) -> int:
        return max(self.size, ROOM) if self.roomy else self.size

    def wants(self) -> dict[socket.socket, int]:
        """What to wait for."""
        if self.client is None:
            return {} if self.resting else dict.fromkeys(self.listeners, READ)
        mask = 0 if self.ended or len(self.rx) >= self.size else READ
        mask |= WRITE if self.overdue else 0
        return {self.client: mask} if mask else {}

    def accept(self, listener: socket.socket) -> bool:
        """Take a client, if one is there."""
        try:
            client, _ = listener.accept()
        except OSError:
            return False
        client.setblocking(False)
        with contextlib.suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # Else the system takes megabytes that nobody reads, and a card would be told that all is well.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SYSTEM_BUFFER)
        self._forget()
        self.client = client
        return True

    def read(self) -> None:
        """What has come, as far as there is room for it."""
        room = self.size - len(self.rx)
        if self.client is None or self.ended or room <= 0:
            return
        try:
            data = self.client.recv(room)
        except BlockingIOError:
            return
        except OSError:
            self.ended = self.broke = True
            return
        self.rx += data
        self.ended = not data

    def flush(self, seconds: float) -> bool:
        """Send what fits into the system's buffer, and wait until the rest fits into ours.

        False: the client has gone, or has read nothing for ``seconds``.
        """
        while self.client is not None and self.tx:
            try:
                count = self.client.send(self.tx)
            except BlockingIOError:
                if len(self.tx) <= self.capacity:
                    self.overdue = True
                    return True
                if not select.select([], [self.client], [], seconds)[1]:
                    return False
                continue
            except OSError:
                return False
            del self.tx[:count]
            self.sent += count
        self.overdue = False
        return True

    def leave(self) -> Leaving | None:
        """Close the connection in order; who gets the result has to `Leaving.go_on` with it."""
        client, rest = self.client, self.tx
        self._forget()
        return None if client is None else Leaving.of(client, rest)

    def drop(self) -> None:
        """Close the connection at once."""
        client = self.client
        self._forget()
        if client is not None:
            abort(client)

    def close(self) -> None:
        """And the port."""
        self.drop()
        for listener in self.listeners:
            listener.close()

    def _forget(self) -> None:
        self.client = None
        self.rx, self.tx = bytearray(), bytearray()
        self.ended = self.broke = self.announced = self.overdue = False
        self.sent = 0
