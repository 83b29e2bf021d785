"""What a run gives to every part and step: time, the trace, and the other parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, cast

from hil.part import Part
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder

P = TypeVar("P")


@dataclass(slots=True)
class Bench:
    scheduler: Scheduler
    recorder: Recorder
    parts: dict[str, Part] = field(default_factory=dict)
    """By role."""

    def part(self, role: str, contract: type[P]) -> P:
        """The rig's part of a role, as the contract that its caller needs. The rig has checked that it is there."""
        return cast("P", self.parts[role])
