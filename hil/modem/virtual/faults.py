"""Faults of a virtual modem, by name: what each does, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from hil.modem.profile.told import say
from hil.modem.virtual.equipment import Equipment

FOREVER = datetime.max.replace(tzinfo=UTC)

UNKNOWN_ERROR = 500
FLOOD = ("+CSQ: 24,0", "+CREG: 1", "+CGREG: 1")
"""What a modem floods the line with whose kind says nothing by itself."""

NOISE = bytes([0x00, 0xFF, 0x80, 0x7E, 0xC3, 0x28, 0xFE, 0x07]) * 4
"""As when a line is plugged in, or its speed is wrong: no line end, no prompt."""


class Kind(StrEnum):
    """What goes wrong with a modem."""

    MEMORY_FULL = "memory-full"
    """No memory takes a message."""
    NO_NETWORK = "no-network"
    """The modem is not registered: nothing comes, nothing can be sent."""
    NO_SIM = "no-sim"
    """There is no SIM in the modem."""
    SEND_ERROR = "send-error"
    """Messages that are sent are refused: ``times`` of them, from the ``at``-th on, with ``+CMS ERROR: code``."""
    RESET = "reset"
    """The modem restarts: it forgets its settings and says what it says when it starts."""
    HANG = "hang"
    """The modem says nothing; what it is asked meanwhile it answers afterwards."""
    NOISE = "noise"
    """Bytes on the line that mean nothing, ``times`` bursts of them."""
    ECHO = "echo"
    """The echo is on again."""
    DAMAGED_PDU = "damaged-pdu"
    """The next PDUs (``times``) that the modem shows are damaged."""
    DROP_INDICATIONS = "drop-indications"
    """The modem tells of no message any more until +CNMI is set again, as after a missed +CNMA."""
    URC_FLOOD = "urc-flood"
    """The modem says a lot by itself, ``times`` lines."""
    URCS_ELSEWHERE = "urcs-elsewhere"
    """What the modem says by itself goes to another of its ports."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Kind
    times: int = 1
    at: int = 1
    code: int = UNKNOWN_ERROR
    during: timedelta | None = None
    """After this a lasting one ends; None: it lasts until `repair`."""


Undo = Callable[[], None]


def apply(modem: Equipment, fault: Fault) -> Undo | None:
    """Let it happen; returns what ends it, when it lasts."""
    return _FAULTS[fault.kind](modem, fault)


def repair(modem: Equipment) -> None:
    """End what lasts, but for a hang: what the modem has missed in it, its line has to hand over."""
    for undo in (_unjam, _network_back, _sim_back, _urcs_back):
        undo(modem)
    modem.trouble.send_errors.clear()
    modem.trouble.damaged = 0


def _memory_full(modem: Equipment, fault: Fault) -> Undo:
    modem.memories.jam(True)
    return lambda: _unjam(modem)


def _unjam(modem: Equipment) -> None:
    modem.memories.jam(False)
    modem.alert()


def _no_network(modem: Equipment, fault: Fault) -> Undo:
    modem.trouble.no_network = True
    modem.alert()
    return lambda: _network_back(modem)


def _network_back(modem: Equipment) -> None:
    modem.trouble.no_network = False
    modem.alert()


def _no_sim(modem: Equipment, fault: Fault) -> Undo:
    modem.sim.inserted = False
    modem.contacts.broken = True
    modem.alert()
    return lambda: _sim_back(modem)


def _sim_back(modem: Equipment) -> None:
    modem.sim.inserted = True
    modem.contacts.broken = False
    modem.contacts.reset()
    modem.alert()


def _send_error(modem: Equipment, fault: Fault) -> None:
    modem.trouble.send_errors.extend([*[None] * (fault.at - 1), *[fault.code] * fault.times])


def _reset(modem: Equipment, fault: Fault) -> None:
    modem.output.hang_up_prompt()
    modem.restart()


def _hang(modem: Equipment, fault: Fault) -> None:
    modem.trouble.stuck_until = FOREVER if fault.during is None else modem.now + fault.during


def _noise(modem: Equipment, fault: Fault) -> None:
    modem.output.noise(NOISE * fault.times)


def _echo(modem: Equipment, fault: Fault) -> None:
    modem.state.echo = True


def _damaged(modem: Equipment, fault: Fault) -> None:
    modem.trouble.damaged += fault.times


def _drop(modem: Equipment, fault: Fault) -> None:
    modem.delivery.drop()


def _flood(modem: Equipment, fault: Fault) -> None:
    lines = say(modem.profile.family.chatter, FLOOD) or FLOOD
    for number in range(fault.times):
        modem.output.tell(lines[number % len(lines)])


def _elsewhere(modem: Equipment, fault: Fault) -> Undo:
    modem.output.elsewhere = True
    return lambda: _urcs_back(modem)


def _urcs_back(modem: Equipment) -> None:
    modem.output.elsewhere = False


_FAULTS: Mapping[Kind, Callable[[Equipment, Fault], Undo | None]] = {
    Kind.MEMORY_FULL: _memory_full,
    Kind.NO_NETWORK: _no_network,
    Kind.NO_SIM: _no_sim,
    Kind.SEND_ERROR: _send_error,
    Kind.RESET: _reset,
    Kind.HANG: _hang,
    Kind.NOISE: _noise,
    Kind.ECHO: _echo,
    Kind.DAMAGED_PDU: _damaged,
    Kind.DROP_INDICATIONS: _drop,
    Kind.URC_FLOOD: _flood,
    Kind.URCS_ELSEWHERE: _elsewhere,
}
