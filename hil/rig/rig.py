"""A rig that runs: its parts started in order, stopped the other way round."""

from __future__ import annotations

import time
from datetime import timedelta
from types import TracebackType

from hil.bench import Bench, BenchPart
from hil.errors import PartInUse
from hil.fields import show_duration
from hil.locks import Locks
from hil.rig.load import RigPlan
from hil.rig.seams import at_seam

LOOK_SECONDS = 0.2
"""How often it is tried to get what another run has."""


class Rig:
    """A context manager. Entering locks what the parts use, and starts every part; a part that fails to start
    stops those before it. Leaving has every part clean up behind itself, and stops them."""

    def __init__(self, plan: RigPlan, bench: Bench, what: str = "a run") -> None:
        """``what`` is done with the rig, for other runs that want it too."""
        self.plan = plan
        self.bench = bench
        self.locks = Locks(what)
        self.parts = {role: part.cls(part.settings, bench) for role, part in plan.parts.items()}
        bench.parts = {role: at_seam(role, self._helped(role), bench) for role in self.parts}
        bench.scheduler.watch(self._busy)

    def __enter__(self) -> Rig:
        try:
            self._claim(self.plan.choice.wait)
            for part in self.parts.values():
                part.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _helped(self, role: str) -> BenchPart:
        """The part, with what others do in its place."""
        helped: BenchPart = self.parts[role]
        for part in self.parts.values():
            if part.stands_in and part is not helped:
                helped = part.stand_in_for(role, helped, self.plan.own_capabilities)
        return helped

    def _claim(self, wait: timedelta) -> None:
        """All locks or none: two runs that want the same things in different orders do not wait for each other."""
        deadline = time.monotonic() + wait.total_seconds()
        waiting = False
        while True:
            try:
                for part in self.parts.values():
                    part.claim(self.locks)
                return
            except PartInUse as error:
                self.locks.drop_all()
                if time.monotonic() >= deadline:
                    raise
                if not waiting:
                    waiting = True
                    self.bench.recorder.note(f"{error}; waiting for at most {show_duration(wait)}")
                time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Every part, also when one fails at it: what is left open would be in the next run's way.

        While all of them still run, each puts back what the run has changed: a card is reached through the modem.
        """
        try:
            for role, part in reversed(self.parts.items()):
                try:
                    part.clean_up()
                except Exception as error:
                    self.bench.recorder.note(f"the {role} did not clean up: {error}")
            for role, part in reversed(self.parts.items()):
                try:
                    part.stop()
                except Exception as error:
                    self.bench.recorder.note(f"the {role} did not stop cleanly: {error}")
        finally:
            self.locks.drop_all()

    def identity(self) -> dict[str, str]:
        """What a report says about the hardware, as ``role.property``."""
        return {
            f"{role}.{name}": value
            for role, part in self.parts.items()
            for name, value in {"kind": part.kind, **part.identity()}.items()
        }

    def _busy(self) -> str | None:
        return next((role for role, part in self.parts.items() if not part.quiet()), None)
