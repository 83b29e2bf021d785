"""``slips``: what a device or the server says and hears wrong, from now on."""

from __future__ import annotations

from typing import Literal

from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.slips import Slip, Slipping


class SlipsStep(StepModel):
    """The device, or the server, says or hears something wrong from now on, as peers in the field do: its messages
    are changed at its door, and it does not know of it. What is not said is as if nothing had ever been said."""

    may_need = frozenset({"device.slips", "server.slips"})

    of: Literal["device", "server"]
    says: tuple[Slip, ...] = ()
    """What it says wrong."""
    hears: tuple[Slip, ...] = ()
    """What it hears wrong."""

    def needed(self) -> frozenset[str]:
        return frozenset({f"{self.of}.slips"})


@step("slips", SlipsStep)
def slips(run: Run, wanted: SlipsStep) -> None:
    run.part(wanted.of, Slipping).slip(wanted.says, wanted.hears)
