"""``server.settings``, ``server.nonces``: how the DM server behaves, and what it has forgotten."""

from __future__ import annotations

from typing import Literal

from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.contract import Changeable
from hil.server.habits import Habits
from simulator.security.nonce import RESYNC


class Settings(Habits, StepModel):
    """How the server behaves from the next session on; what is not said stays as it is."""

    needs = frozenset({"server.settings"})


@step("server.settings", Settings)
def settings(run: Run, wanted: Settings) -> None:
    run.part("server", Changeable).change(**wanted.changes())


Kept = Literal["lost", "default"]
"""``lost``: others than the device has. ``default``: the ones that both sides fall back to."""

_NONCES: dict[Kept | None, bytes | None] = {None: None, "lost": b"not what the device has", "default": RESYNC}


class Nonces(StepModel):
    """The server's memory of nonces, as after a restore from an old backup: the device is challenged, and all is
    well again."""

    needs = frozenset({"server.settings"})

    client: Kept | None = None
    """For the device's credentials."""
    server: Kept | None = None
    """For the server's own."""


@step("server.nonces", Nonces)
def nonces(run: Run, wanted: Nonces) -> None:
    run.part("server", Changeable).set_nonces(_NONCES[wanted.client], _NONCES[wanted.server])
