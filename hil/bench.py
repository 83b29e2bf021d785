"""What a run gives to every part and step: time, randomness, the trace, the account, and the other parts."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar, cast

from hil.account import Account
from hil.devicechoice import ScenarioDevice
from hil.faults import Faults
from hil.limits import Limits
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder

P = TypeVar("P")


class BenchPart(Protocol):
    """A part (`hil.part.Part`), as far as the bench itself looks at it."""

    def variables(self) -> dict[str, str]: ...


@dataclass(slots=True)
class Bench:
    scheduler: Scheduler
    recorder: Recorder
    seed: int
    account: Account
    """Between the scenario's device and its server."""
    device: ScenarioDevice
    """The scenario's."""
    folder: Path
    """Where the scenario file stands: what it names is looked up beside it first."""
    directory: Path | None = None
    """The run's own, for what is kept of it; None: nothing is kept."""
    parts: Mapping[str, BenchPart] = field(default_factory=dict)
    """By role."""
    seams: dict[str, Faults] = field(default_factory=dict)
    """What goes wrong at the seam of each role; see `faults`."""

    def random_for(self, role: str) -> Callable[[int], bytes]:
        """That many random bytes, from the run's seed: a stream for each part, whatever the others draw."""
        return random.Random(f"{self.seed} {role}").randbytes

    def faults(self, role: str) -> Faults:
        """Those of the seam of a role, always the same ones."""
        if role not in self.seams:
            self.seams[role] = Faults(
                self.random_for(f"{role} faults"),
                lambda text: self.recorder.note(text, part=role),
                answered=role != "push",
            )
        return self.seams[role]

    def now(self) -> datetime:
        return self.scheduler.clock.now()

    @property
    def limits(self) -> Limits:
        """How long it may take, whatever is done now."""
        return self.scheduler.limits

    def part(self, role: str, contract: type[P]) -> P:
        """The rig's part of a role, as the contract that its caller needs; the rig has every role."""
        return cast("P", self.parts[role])

    def variables(self) -> dict[str, str]:
        """What card images and other data may refer to as ``${name}``."""
        variables = self.account.variables()
        for part in self.parts.values():
            variables |= part.variables()
        return variables
