"""What steps ask of a device, whichever kind it is, by capability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hil.device.card import CardHabits
from hil.device.log import Ignored, Session
from hil.http.settings import HttpSettings
from hil.push.contract import HTTP_LISTENING, UDP_LISTENING, HttpListening, UdpListening
from hil.slips import Slipping
from simulator.codes.alert import AlertCode
from simulator.session.alerts import AlertItem
from simulator.session.interaction import Answer, Interaction


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """A DM account in the device's tree."""

    server_id: str
    uri: str
    origin: str
    """Where it came from, such as ``card:89…``; empty when that is not known."""


class Powered(Protocol):
    def power_on(self) -> None:
        """Read the card, apply its bootstrap, listen for pushes; sessions that fall due follow by themselves."""
        ...

    def power_off(self) -> None: ...


class Connecting(Protocol):
    def connect(self, server_id: str | None) -> None:
        """Open a session of the client's own accord (Alert 1201) with a server, or with the only one."""
        ...


class Cycled(Protocol):
    def power_cycle(self) -> None:
        """Off, and on again."""
        ...


class InSessions(Protocol):
    @property
    def sessions(self) -> Sequence[Session]:
        """Every session, oldest first; the last one may still be open."""
        ...


class Choosy(Protocol):
    ignored: list[Ignored]
    """Every push and bootstrap that was passed over."""


class Inspected(Protocol):
    def accounts(self) -> list[KnownAccount]: ...

    def value(self, uri: str) -> str | None:
        """A node's value as text, children's names joined by ``/`` for an interior node; None: no such node."""
        ...


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node of the device's tree, with its properties."""

    uri: str
    value: str
    """As `Inspected.value` has it."""
    format: str
    type: str
    acl: str
    """Its own; empty: it inherits one."""
    title: str | None
    version: int


class Treed(Protocol):
    def node(self, uri: str) -> NodeSeen | None:
        """None: there is none."""
        ...

    def subtree(self, uri: str) -> list[NodeSeen]:
        """The nodes below one, without it; empty when it is not there."""
        ...


class Crashing(Protocol):
    def crash(self, after_changes: int = 0) -> None:
        """Lose power: now, or once so many changes have been kept."""
        ...


class Aborting(Protocol):
    def abort(self, at: int) -> None:
        """Send Session Abort in place of the session's message of that number."""
        ...


class WithPin(Protocol):
    def enter_pin(self, pin: str | None) -> None:
        """What the user enters when a bootstrap asks for the PIN that came with it; None: nothing."""
        ...


class WithCard(Protocol):
    def card_habits(self, habits: CardHabits) -> None:
        """How the device treats the card in it, from the next power-on: SIM lock, PIN."""
        ...


class WithUser(Protocol):
    asked: list[Interaction]
    """Everything that the user was shown or asked."""

    def user_answers(self, answers: list[Answer | None]) -> None:
        """What the user will say, one after the other; None: the device cannot show it."""
        ...


class Telling(Protocol):
    def alert(
        self, server_id: str | None, items: Sequence[AlertItem], code: AlertCode, correlator: str | None
    ) -> None: ...

    def complete(self, uri: str, item: AlertItem, correlator: str | None) -> None: ...

    def report(self, server_id: str | None, items: Sequence[AlertItem]) -> None: ...


class Eventful(Protocol):
    def happen(self, name: str) -> None:
        """Something happens to the device that its model has a name for."""
        ...


class Networked(Protocol):
    def transport(self, http: HttpSettings) -> None:
        """How the device speaks HTTP from now on."""
        ...


class Fetching(Protocol):
    def bootstrap_from(self, url: str | None) -> None:
        """The Bootstrap Server that a device without an account asks at power-on."""
        ...


CAPABILITIES: dict[str, type] = {
    "device.power": Powered,
    "device.power_cycle": Cycled,
    "device.connect": Connecting,
    "device.sessions": InSessions,
    "device.ignored": Choosy,
    "device.inspect": Inspected,
    "device.tree": Treed,
    "device.crash": Crashing,
    "device.state": Crashing,
    "device.abort": Aborting,
    "device.user_pin": WithPin,
    "device.card": WithCard,
    "device.user": WithUser,
    "device.tell": Telling,
    "device.event": Eventful,
    "device.transport": Networked,
    "device.bootstrap_url": Fetching,
    "device.slips": Slipping,
    UDP_LISTENING: UdpListening,
    HTTP_LISTENING: HttpListening,
}
