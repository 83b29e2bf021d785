"""What a run came to: plain data that the runner fills in and every report reads."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hil.errors import ExitCode, UsageError
from hil.place import Place

Outcome = Literal["passed", "failed", "error", "skipped"]
"""failed: an expectation did not hold. error: a part was missing or broke, or the bench did.
skipped: not reached, because an earlier step failed."""


@dataclass(slots=True)
class StepResult:
    index: int
    """Counted from 1, in the order of the scenario."""
    name: str
    """What the scenario calls it, or the kind of step."""
    place: Place
    """Where it stands."""
    outcome: Outcome
    message: str = ""
    """One or more sentences: what was expected and what was seen. Empty when passed."""
    hint: str | None = None
    """What to try, when that is known."""
    seconds: float = 0.0
    """Real time that the step took."""
    exit_code: ExitCode = ExitCode.PASSED
    """What a run that ends with this step exits with."""
    phase: str = ""
    """The named blocks that it is in, from the outermost: ``Bootstrap / First contact``."""
    attempts: int = 0
    """How often it was played."""

    @property
    def where(self) -> str:
        """``file:line:column`` of the step."""
        return str(self.place)


@dataclass(slots=True)
class RunResult:
    scenario: str
    """The scenario's name."""
    file: Path
    passed: bool
    seconds: float = 0.0
    """Real time of the whole run."""
    scenario_seconds: float = 0.0
    """How far the scenario's clock moved."""
    steps: list[StepResult] = field(default_factory=list)
    repeat: str = ""
    """The command that plays the same again."""
    notes: list[str] = field(default_factory=list)
    """What is odd about a run that has passed: no failure, but whoever wrote the scenario should know."""
    properties: dict[str, str] = field(default_factory=dict)
    """What else a report should say: rig, parts and their identity, versions, run directory."""
    message: str = ""
    """Why the run ended outside of any step (a part that did not start, say)."""
    hint: str | None = None
    exit_code: ExitCode = ExitCode.PASSED
    """Set when the run ended outside of any step."""

    @property
    def code(self) -> ExitCode:
        """What the run exits with. Whoever interrupts a run that has failed means those behind it, too."""
        interrupted = self.exit_code is ExitCode.INTERRUPTED
        return self.broken.exit_code if self.broken and not interrupted else self.exit_code

    @property
    def broken(self) -> StepResult | None:
        """The first step that failed or broke, if any."""
        return next((step for step in self.steps if step.outcome in ("failed", "error")), None)

    def why(self) -> list[str]:
        """Why the run did not pass, in lines for a person: where, what, what to try, how to see it again."""
        broken = self.broken
        message, hint = (broken.message, broken.hint) if broken is not None else (self.message, self.hint)
        where = f"{broken.where}: step {broken.index}, {broken.name}" if broken is not None else str(self.file)
        lines = [where, *message.splitlines(), *([f"try: {hint}"] if hint else [])]
        return [*lines, *([f"again: {self.repeat}"] if self.repeat else [])]


def refuse_unwritable(path: Path) -> None:
    """Raise `UsageError` when no report can be written to ``path``: known before a long run, not after it."""
    folder = path.parent
    if path.is_dir():
        raise UsageError(f"{path} is a directory: a report is a file")
    if not folder.is_dir():
        raise UsageError(f"there is no directory {folder} to write {path.name} into")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise UsageError(f"{path} cannot be written")
