"""A rig that runs: its parts started in order, stopped the other way round."""

from __future__ import annotations

from types import TracebackType

from hil.bench import Bench
from hil.rig.load import RigPlan
from hil.rig.seams import at_seam


class Rig:
    """A context manager. Entering starts every part; a part that fails to start stops those before it."""

    def __init__(self, plan: RigPlan, bench: Bench) -> None:
        self.plan = plan
        self.bench = bench
        self.parts = {role: part.cls(part.settings, bench) for role, part in plan.parts.items()}
        bench.parts = {role: at_seam(role, part, bench) for role, part in self.parts.items()}
        bench.scheduler.watch(self._busy)

    def __enter__(self) -> Rig:
        try:
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

    def stop(self) -> None:
        """Every part, also when one fails at it: what is left open would be in the next run's way."""
        for role, part in reversed(self.parts.items()):
            try:
                part.stop()
            except Exception as error:
                self.bench.recorder.note(f"the {role} did not stop cleanly: {error}")

    def identity(self) -> dict[str, str]:
        """What a report says about the hardware, as ``role.property``."""
        return {
            f"{role}.{name}": value
            for role, part in self.parts.items()
            for name, value in {"kind": part.kind, **part.identity()}.items()
        }

    def _busy(self) -> str | None:
        return next((role for role, part in self.parts.items() if not part.quiet()), None)
