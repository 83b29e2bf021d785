"""WDP over UDP: a device's sockets for pushes, read by a thread (WAP-259). The datagram is the push."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Condition, Thread

from hil.errors import PartMissing
from hil.listen.settings import LOOPBACK
from hil.modem.datagram import Datagram
from hil.push.senders.address import Endpoint

LARGEST = 0xFFFF
"""Octets that a datagram can have, and more."""
MAX_WAITING = 256
"""Datagrams that were read and not dealt with; what comes meanwhile is lost, as UDP allows."""

Post = Callable[[Callable[[], None]], None]


class UdpListener:
    """Listens from `start` to `stop`. ``take`` is called in the scheduler's thread, by way of ``post``."""

    def __init__(
        self,
        ports: Mapping[int, int],
        *,
        post: Post,
        take: Callable[[Datagram], None],
        now: Callable[[], datetime],
        address: str = LOOPBACK,
    ) -> None:
        """``ports``: what each socket stands for (2948) to the port it shall have; 0 takes any free one."""
        self._ports = dict(ports)
        self._post = post
        self._take = take
        self._now = now
        self._address = address
        self._sockets: dict[socket.socket, int] = {}
        self._lock = Condition()
        """Whoever reads a socket holds it until what was read is posted; told of every datagram."""
        self._taken = 0
        self._waiting = 0
        self._thread: Thread | None = None
        self._wake: tuple[socket.socket, socket.socket] | None = None

    def start(self) -> None:
        """Raises `PartMissing` when a port cannot be had."""
        for stands_for, port in self._ports.items():
            opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            opened.setblocking(False)
            self._sockets[opened] = stands_for
            try:
                opened.bind((self._address, port))
            except (OSError, OverflowError) as error:
                self.stop()
                raise PartMissing(
                    f"cannot listen on {self._address} UDP port {port}: {error}",
                    hint="another program may use this port; port 0 takes any free one",
                ) from error
        self._wake = socket.socketpair()
        self._thread = Thread(target=self._read, name="push over UDP", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """May be called twice, and without `start`."""
        if self._wake is not None:
            self._wake[1].send(b"x")
        if self._thread is not None:
            self._thread.join()
        for opened in (*self._sockets, *(self._wake or ())):
            opened.close()
        self._sockets, self._wake, self._thread = {}, None, None

    def sockets(self) -> dict[int, Endpoint]:
        """By what each stands for; none when it does not listen."""
        return {
            stands_for: Endpoint(self._address, opened.getsockname()[1])
            for opened, stands_for in self._sockets.items()
        }

    @property
    def taken(self) -> int:
        """Datagrams read so far."""
        with self._lock:
            return self._taken

    def wait_for(self, count: int, seconds: float) -> bool:
        """Wait until so many datagrams have been read and posted; whether they were, in so much real time."""
        with self._lock:
            return self._lock.wait_for(lambda: self._taken >= count, seconds)

    def quiet(self) -> bool:
        """Whether nothing waits to be read. What was read has been posted."""
        with self._lock:
            return not self._sockets or not _readable(list(self._sockets), 0)

    def _read(self) -> None:
        assert self._wake is not None
        ends = self._wake[0]
        while True:
            ready = _readable([ends, *self._sockets], None)
            if ends.fileno() in ready:
                return
            with self._lock:
                for opened, stands_for in self._sockets.items():
                    if opened.fileno() in ready:
                        self._read_one(opened, stands_for)

    def _read_one(self, opened: socket.socket, stands_for: int) -> None:
        try:
            data, (host, port) = opened.recvfrom(LARGEST)
        except OSError:
            return  # a datagram that was damaged, or an error of one that was sent: nothing has come
        self._taken += 1
        self._lock.notify_all()
        if self._waiting >= MAX_WAITING:
            return
        self._waiting += 1
        datagram = Datagram(host, stands_for, port, data, self._now())
        self._post(lambda: self._hand_over(datagram))

    def _hand_over(self, datagram: Datagram) -> None:
        with self._lock:
            self._waiting -= 1
        self._take(datagram)


def _readable(sockets: list[socket.socket], seconds: float | None) -> set[int]:
    """The file numbers of those on which something has come. Not select(2), which knows the first 1024 only."""
    poll = select.poll()
    for opened in sockets:
        poll.register(opened, select.POLLIN)
    return {number for number, _ in poll.poll(None if seconds is None else seconds * 1000)}
