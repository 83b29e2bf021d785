"""A virtual modem on a pseudo-terminal or a TCP port, with a service centre behind it.

The modem's thread and the scheduler's both work on it, each holding the port's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hil.modem.port import Port
from hil.modem.pty import PtyPort
from hil.modem.returns import returns
from hil.modem.smsc import Smsc, check
from hil.modem.transit import Conditions, Transit
from hil.modem.virtual.contacts import Icc
from hil.modem.virtual.faults import Fault, Kind
from hil.modem.virtual.modem import VirtualModem
from hil.modem.virtual.profile import Profile

AT_ONCE = Conditions()

RETURN_DELAY = timedelta(seconds=1)
"""Before a message that was sent comes back, or its status report does."""


class ServedModem:
    def __init__(
        self,
        profile: Profile,
        now: Callable[[], datetime],
        on_deadline: Callable[[datetime], None],
        *,
        conditions: Conditions = AT_ONCE,
        port: Callable[[Callable[[bytes], None]], Port] = PtyPort,
    ) -> None:
        """``on_deadline`` is told, in any thread, when `tick` has to be called. Raises `PartMissing`."""
        self.profile = profile
        self.smsc = Smsc()
        self.transit = Transit(conditions, self.smsc.deliver)
        self.core = VirtualModem(profile, self.smsc, now())
        self._new_port = port
        self.port = port(self._serve)
        self._now = now
        self._on_deadline = on_deadline
        self._deadline: datetime | None = None
        self._plugged = True
        self.smsc.attach(self)
        self.smsc.on_submit = self._submitted
        self.on_submit: Callable[[bytes], None] | None = None
        """Told each SMS-SUBMIT, in the port's thread."""

    @property
    def path(self) -> str:
        """What to open as a serial port."""
        return self.port.path

    @property
    def waiting(self) -> int:
        """Messages that the modem has not taken yet."""
        return self.smsc.waiting + self.transit.waiting

    def start(self) -> None:
        self.port.start()

    def close(self) -> None:
        """Hang up. What the network sends from now on waits until it is plugged in."""
        self._plugged = False
        self.port.close()

    @property
    def plugged(self) -> bool:
        return self._plugged

    def plug_in(self) -> None:
        """After `close`: start the modem again, on a line of its own. Raises `PartMissing`."""
        if self._plugged:
            return
        self._plugged = True
        with self.port.lock:
            self.core.fault(Fault(Kind.RESET), self._now())
        self.renew_line()

    def renew_line(self) -> None:
        """Another line instead of one that is of no use any more; the modem itself notices nothing.

        Raises `PartMissing`.
        """
        before = self.port
        before.close()
        with before.lock:
            # What it has to say by now it says before any program can have opened the new one.
            self.core.output()
            self.port = self._new_port(self._serve)
        self.port.start()
        with self.port.lock:
            self._watch_deadline()

    def deliver(self, tpdu: bytes) -> None:
        """The network sends a TPDU. Raises `UsageError` for what no network can carry."""
        check(tpdu)
        with self.port.lock:
            self.transit.send(tpdu, self._now())
            self._say()

    def change_network(self, conditions: Conditions) -> None:
        """What becomes of messages that are sent to the modem from now on."""
        with self.port.lock:
            self.transit.change(conditions)

    def fault(self, fault: Fault) -> None:
        """Let something go wrong with the modem, now."""
        with self.port.lock:
            self.core.fault(fault, self._now())
            self._say()

    def repair(self) -> None:
        """End all that is wrong with it."""
        with self.port.lock:
            self.core.repair(self._now())
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
            self.transit.tick(self._now())
            self._say()

    # The modem, as the service centre sees it

    @property
    def reachable(self) -> bool:
        return self._plugged and self.core.reachable

    def offer(self, tpdu: bytes) -> None:
        self.core.offer(tpdu, self._now())

    def _submitted(self, tpdu: bytes, reference: int) -> None:
        for tpdu_back in returns(tpdu, reference, self.profile.number, self._now()):
            self.transit.send(tpdu_back, self._now(), RETURN_DELAY)
        if self.on_submit is not None:
            self.on_submit(tpdu)

    # The port's thread

    def _serve(self, data: bytes) -> None:
        self.port.send(self.core.receive(data, self._now()))
        self._watch_deadline()

    def _say(self) -> None:
        self.port.send(self.core.output())
        self._watch_deadline()

    def _watch_deadline(self) -> None:
        times = [time for time in (self.core.deadline, self.transit.deadline) if time is not None]
        deadline = min(times, default=None)
        if deadline is not None and deadline != self._deadline:
            self._deadline = deadline
            self._on_deadline(deadline)
