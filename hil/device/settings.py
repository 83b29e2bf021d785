"""What a rig may say of the simulated device."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from hil.device.card import CardHabits
from hil.device.misbehaviour import MISBEHAVIOURS
from hil.devicechoice import ModelName
from hil.http.settings import HttpSettings
from hil.listen.settings import Listen
from hil.part import PartSettings
from hil.slips import Slip
from hil.state.durability import Durability
from simulator.bootstrap.mac import NetworkId


def _a_misbehaviour(name: str) -> str:
    if name not in MISBEHAVIOURS:
        raise ValueError(f"it is one of {', '.join(MISBEHAVIOURS)}")
    return name


class SimulatedSettings(PartSettings, HttpSettings):
    model: ModelName | None = None
    """Another device model than the scenario's."""
    state: str | None = None
    """Another state file than the scenario's."""
    durability: Durability | None = None
    """Another durability than the scenario's."""
    network_id: NetworkId | None = None
    """How the IMSI becomes the key of a bootstrap's MAC, if not as the standards file says."""
    bootstrap_url: str | None = None
    """Where the device looks for a bootstrap when it is switched on without an account (DM Bootstrap §5.5.7)."""
    listen: Listen = Listen()
    """Where pushes reach it beside its modem."""
    card: CardHabits = CardHabits()
    """How the device treats the card in it: SIM lock, PIN."""
    misbehaves: Annotated[str, AfterValidator(_a_misbehaviour)] | None = None
    """A fault that the device has, by its name."""
    says: tuple[Slip, ...] = ()
    """What it says wrong."""
    hears: tuple[Slip, ...] = ()
    """What it hears wrong."""
