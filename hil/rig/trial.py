"""Starting the parts of a rig one by one, to tell which are there."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hil.account import Account
from hil.bench import Bench
from hil.clock import WallClock
from hil.devicechoice import ScenarioDevice
from hil.errors import BenchError
from hil.part import Part
from hil.rig.load import RigPlan
from hil.rig.rig import Rig
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder
from simulator.errors import SimulatorError


@dataclass(slots=True)
class State:
    """A part, and what was found when it was tried."""

    role: str
    kind: str
    can: tuple[str, ...]
    holds: tuple[str, ...]
    """What is locked while a run lasts; the things themselves once they have been found."""
    identity: dict[str, str] = field(default_factory=dict)
    """Masked."""
    trouble: str = ""
    """Why it is not there; empty: it is, or was not tried."""
    hint: str | None = None


def states(plan: RigPlan, *, try_: bool = True) -> list[State]:
    """Every part's, in the order in which they start. With ``try_`` each is started, and all are stopped again."""
    found = {
        role: State(role, part.cls.kind, tuple(sorted(part.capabilities)), part.cls.holds(part.settings))
        for role, part in plan.parts.items()
    }
    if try_:
        clock = WallClock()
        recorder = Recorder(clock.now)
        bench = Bench(Scheduler(clock), recorder, 1, Account(), ScenarioDevice(), Path.cwd())
        rig = Rig(plan, bench, "dmrig rig show")
        try:
            for role, part in rig.parts.items():
                _try(rig, part, found[role])
            for role, part in rig.parts.items():
                found[role].trouble = found[role].trouble or part.lacking() or ""
        finally:
            rig.stop()
    return list(found.values())


def _try(rig: Rig, part: Part, state: State) -> None:
    mask = rig.bench.recorder.masker.text
    before = rig.locks.held
    try:
        part.claim(rig.locks)
        held = tuple(thing for thing in rig.locks.held if thing not in before)
        state.holds = held or state.holds
        part.start()
    except (BenchError, SimulatorError) as error:
        state.trouble, state.hint = mask(str(error)), error.hint and mask(error.hint)
        return
    with suppress(BenchError):
        state.identity = {name: mask(value) for name, value in part.identity().items()}
