"""What steps and other parts ask of a modem, by capability."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hil.modem.at.parser import Command, Response
from hil.modem.datagram import Datagram
from hil.modem.settings import NetworkSettings
from hil.modem.virtual.contacts import Icc
from hil.modem.virtual.faults import Fault


class Listening(Protocol):
    """A modem that the bench reads."""

    def on_datagram(self, callback: Callable[[Datagram], None]) -> None:
        """Call ``callback``, in the scheduler's thread, with each datagram that came by SMS."""
        ...


class Network(Protocol):
    """The network's side of a modem that the rig can send SMS to."""

    def deliver(self, tpdu: bytes) -> None: ...


class Reachable(Protocol):
    @property
    def network(self) -> Network: ...


class Pluggable(Protocol):
    def unplug(self) -> None:
        """Pull the cable: the line vanishes."""
        ...

    def plug(self) -> None:
        """Plug it in again: it starts, and has a line again."""
        ...


class Faulty(Protocol):
    def fault(self, fault: Fault) -> None:
        """Let something go wrong with the modem, now."""
        ...

    def repair(self) -> None:
        """End all that is wrong with it."""
        ...


class Unruly(Protocol):
    def change_network(self, settings: NetworkSettings) -> None:
        """What becomes of messages on their way to the modem, from now on."""
        ...


class Asking(Protocol):
    """A modem that answers commands within an action: its SIM can be read through it."""

    def ask(self, command: Command) -> Response | None:
        """None when the modem stays silent. Raises `PartBroke`."""
        ...


class CardBay(Protocol):
    """A modem that takes virtual cards."""

    def insert_card(self, icc: Icc) -> None: ...

    def remove_card(self) -> None: ...


class Seam(Protocol):
    """Its line asks `Bench.faults` what goes wrong."""


CAPABILITIES: dict[str, type] = {
    "modem.listen": Listening,
    "sms.deliver": Reachable,
    "modem.unplug": Pluggable,
    "modem.fault": Faulty,
    "modem.network": Unruly,
    "modem.ask": Asking,
    "modem.card": CardBay,
    "modem.seam": Seam,
}
