"""A virtual modem on a pseudo-terminal, with a service centre behind it.

The modem's thread and the scheduler's both work on it, each holding the port's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hil.modem.pty import PtyPort
from hil.modem.smsc import Smsc
from hil.modem.virtual.contacts import Icc
from hil.modem.virtual.modem import VirtualModem
from hil.modem.virtual.profile import Profile


class ServedModem:
    def __init__(
        self, profile: Profile, now: Callable[[], datetime], on_deadline: Callable[[datetime], None]
    ) -> None:
        """``on_deadline`` is told, in any thread, when `tick` has to be called. Raises `PartMissing`."""
        self.smsc = Smsc()
        self.core = VirtualModem(profile, self.smsc)
        self.port = PtyPort(self._serve)
        self._now = now
        self._on_deadline = on_deadline
        self._deadline: datetime | None = None
        self._plugged = True
        self.smsc.attach(self)

    @property
    def path(self) -> str:
        """What to open as a serial port."""
        return self.port.path

    def start(self) -> None:
        self.port.start()

    def close(self) -> None:
        """Hang up. What the network sends from now on waits for good."""
        self._plugged = False
        self.port.close()

    def deliver(self, tpdu: bytes) -> None:
        """The network sends a TPDU. Raises `UsageError` for what no network can carry."""
        with self.port.lock:
            self.smsc.deliver(tpdu)
            self._say()

    def insert_card(self, icc: Icc) -> None:
        """Put a card in; one that is there already is pulled out."""
        with self.port.lock:
            self.core.equipment.contacts.insert(icc)

    def remove_card(self) -> None:
        with self.port.lock:
            self.core.equipment.contacts.remove()

    def tick(self) -> None:
        """Time has passed."""
        with self.port.lock:
            self._deadline = None
            self.core.tick(self._now())
            self._say()

    # The modem, as the service centre sees it

    @property
    def reachable(self) -> bool:
        return self._plugged and self.core.reachable

    def offer(self, tpdu: bytes) -> None:
        self.core.offer(tpdu, self._now())

    # The port's thread

    def _serve(self, data: bytes) -> None:
        self.port.send(self.core.receive(data))
        self._watch_deadline()

    def _say(self) -> None:
        self.port.send(self.core.output())
        self._watch_deadline()

    def _watch_deadline(self) -> None:
        deadline = self.core.deadline
        if deadline is not None and deadline != self._deadline:
            self._deadline = deadline
            self._on_deadline(deadline)
