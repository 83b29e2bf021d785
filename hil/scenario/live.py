"""A rig that is told step by step, by Python code: what the pytest plug-in's `dmrig` fixture is.

The steps are those of scenario files, read, checked, played and traced by the same code. Between them, Python may
look at the parts, at the device's tree and at the messages.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from hil.errors import BenchError, ExitCode, ExpectationFailed, InvalidFile, PartError, UsageError
from hil.fields import duration
from hil.place import Place
from hil.report.result import RunResult, StepResult
from hil.rig.load import RigPlan
from hil.rig.rig import Rig
from hil.scenario.check import refuse_obstacles
from hil.scenario.load import unknown_features
from hil.scenario.model import PLAIN, Block, Scenario, ScenarioHead
from hil.scenario.parse import MODIFIERS, Reading, StepFile
from hil.scenario.run import Run
from hil.scenario.runner import Player, new_run
from hil.scenario.spoken import document
from hil.scenario.variables import Scope
from hil.trace.record import Record
from hil.trace.recorder import Recorder

P = TypeVar("P")

OF_FILES = {
    "steps": "the test plays them: dmrig.step(...)",
    "finally": "write it behind the test's own `finally`, or in a fixture",
    "vars": "Python has its own variables",
    "matrix": "say @pytest.mark.parametrize",
}
"""What stands at the top of a scenario file and means nothing here, and what is said instead."""

RAISED: dict[ExitCode, type[BenchError]] = {
    ExitCode.EXPECTATION_FAILED: ExpectationFailed,
    ExitCode.USAGE: UsageError,
    ExitCode.PART: PartError,
}
"""What a step that broke raises, by the exit code of a run that it would end."""


@dataclass(slots=True, repr=False)
class Live:
    """A running rig. Every method is called from one thread; time passes only within them."""

    plan: RigPlan
    head: ScenarioHead
    path: Path
    """The Python file: what steps name is looked for beside it first."""
    run: Run
    rig: Rig
    result: RunResult
    """Every step so far."""
    records: list[Record]
    """Everything that crossed a part's seam so far; not masked."""
    in_time: ExitStack
    """The test's time: left when that is over and the test has been told. What it does then is its clean-up."""
    directory: Path | None = None
    """Where the trace goes, if it goes anywhere."""
    late: bool = False
    """Whether it has been told."""

    def __repr__(self) -> str:
        """Short: pytest shows it with every failure."""
        return f"<dmrig on {self.plan.path.stem}, {len(self.result.steps)} steps so far>"

    def step(self, name: str, short: object = None, /, **said: object) -> None:
        """Play one step: ``step("card.insert", "operator-sim")``, ``step("expect.node", uri="./A", value="1")``.

        ``timeout``, ``retry`` and ``not_before`` are what they are beside a step of a file.

        Raises `ExpectationFailed` for what does not hold, `PartError` for a part that broke or cannot do it,
        `UsageError` for words that mean nothing. That the test's time is over is raised once; steps behind that
        are clean-up, and have as long as those of a file's `finally`.
        """
        __tracebackhide__ = True
        beside = {word: said.pop(word) for word in MODIFIERS if word in said}
        if said and short is not None:
            raise UsageError(f"{name} is told one value or fields, not both: {', '.join(said)}")
        self._play({name: said or short, **beside}, _place(sys._getframe(1)))

    def include(self, file: str | Path, **variables: object) -> None:
        """Play the steps of a file that scenarios include, with values for its variables."""
        __tracebackhide__ = True
        self._play({"include": file, "with": variables}, _place(sys._getframe(1)))

    def until(self, condition: Callable[[], bool], otherwise: str, within: str | None = None) -> None:
        """Let time pass until ``condition`` holds, at most ``within`` (``"10 s"``) or the test's patience; raise
        `ExpectationFailed`, which says ``otherwise``, when it does not come to that."""
        __tracebackhide__ = True
        length: Any = None if within is None else duration(within)
        with self._told_once():
            self.run.expect(condition, lambda: otherwise, length)

    def part(self, role: str, contract: type[P]) -> P:
        """A part as one of its contracts: ``part("device", hil.device.contract.Inspected)``."""
        return self.run.part(role, contract)

    @property
    def device(self) -> Any:
        """The device; `hil.device.contract` says what it can do."""
        return self.run.bench.parts["device"]

    @property
    def card(self) -> Any:
        """The card and its reader; see `hil.card.contract`."""
        return self.run.bench.parts["card"]

    @property
    def modem(self) -> Any:
        """The modem; see `hil.modem.contract`."""
        return self.run.bench.parts["modem"]

    @property
    def push(self) -> Any:
        """What brings pushes; see `hil.push.contract`. None on a rig without it."""
        return self.run.bench.parts.get("push")

    @property
    def server(self) -> Any:
        """The DM server; see `hil.server.contract`."""
        return self.run.bench.parts["server"]

    @property
    def variables(self) -> Mapping[str, str]:
        """What ``${name}`` stands for in steps: ``server.url``, ``account.server_id``."""
        return self.run.bench.variables()

    @property
    def now(self) -> datetime:
        """The clock of the rig: it jumps when a step waits, on a rig that is all virtual."""
        return self.run.bench.now()

    @property
    def said(self) -> list[str]:
        """The messages of the latest session, as `expect.messages` has them: ``device Alert 1201``."""
        latest = self.server.sessions[-1:]
        return [f"{seen.who} {word}" for session in latest for seen in session.log for word in seen.words]

    def _play(self, entry: dict[str, object], place: Place) -> None:
        __tracebackhide__ = True
        reading = Reading()
        found = StepFile(reading, document({"steps": [entry]}, place), Scope())
        block = found.block(found.document.at(("steps",)), None, (), "", PLAIN)
        if reading.mistakes:
            raise UsageError("\n".join(_words(reading.mistakes[0].path, place, InvalidFile(reading.mistakes))))
        if self.late:
            block = Block((), cleanup=block.items)
        scenario = Scenario(place.path, self.head, block)
        refuse_obstacles(scenario, self.plan)
        before = len(self.result.steps)
        with self._told_once():
            Player(self.run, scenario, self.result).play()
            for step in self.result.steps[before:]:
                if step.outcome in ("failed", "error"):
                    raise _raised(step)

    @contextmanager
    def _told_once(self) -> Iterator[None]:
        """An expectation that fails when the test's time is over tells that."""
        __tracebackhide__ = True
        try:
            yield
        except ExpectationFailed:
            if self.run.bench.limits.reached:
                self.in_time.close()
                self.late = True
            raise


def _words(path: Path, place: Place, error: InvalidFile) -> list[str]:
    """What is wrong with what Python said; the place is in the traceback already."""
    here = f"{place}: "
    return [str(mistake).removeprefix(here) for mistake in error.mistakes]


def _raised(step: StepResult) -> BaseException:
    if step.exit_code is ExitCode.INTERRUPTED:
        return KeyboardInterrupt()
    error = RAISED.get(step.exit_code, BenchError)(step.message, hint=step.hint)
    if step.hint:
        error.add_note(f"try: {step.hint}")
    return error


def _place(frame: Any) -> Place:
    """Where the code stands that called, from the working directory when it is below it."""
    path = Path(frame.f_code.co_filename)
    here = Path(os.getcwd())
    return Place(path.relative_to(here) if path.is_relative_to(here) else path, frame.f_lineno, 1)


@contextmanager
def live(
    plan: RigPlan,
    head: ScenarioHead,
    path: Path,
    attach: Callable[[Recorder], None] = lambda recorder: None,
    directory: Path | None = None,
) -> Iterator[Live]:
    """Start the rig of ``plan`` under the circumstances of ``head``, and stop it behind the block.

    Raises `PartError` when a part does not start.
    """
    records: list[Record] = []

    def subscribe(recorder: Recorder) -> None:
        attach(recorder)
        recorder.subscribe(records.append)

    run = new_run(head, path.parent, plan, subscribe)
    result = RunResult(head.name, path, passed=False)
    limits = run.bench.scheduler.limits
    with Rig(plan, run.bench, head.name) as rig, ExitStack() as in_time:
        in_time.enter_context(limits.limited("the test", head.timeout))
        yield Live(plan, head, path, run, rig, result, records, in_time, directory)


def circumstances(name: str, said: Mapping[str, object], place: Place) -> ScenarioHead:
    """The head of a scenario that has its steps in Python: ``device``, ``account``, ``seed`` and so on.

    Raises `UsageError` with every mistake.
    """
    useless = [f"{word!r} is for scenario files: {why}" for word, why in OF_FILES.items() if word in said]
    if useless:
        raise UsageError("\n".join(useless))
    found = document({"name": name, "steps": ["(in Python)"], **said}, place)
    head, mistakes = found.parse(ScenarioHead)
    mistakes += unknown_features(found, head.features if head is not None else [])
    if head is None or mistakes:
        raise UsageError("\n".join(_words(place.path, place, InvalidFile(mistakes))))
    return head
