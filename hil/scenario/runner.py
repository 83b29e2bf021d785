"""Playing a scenario on a rig: one step after the other, until one does not hold."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from hil.bench import Bench
from hil.clock import EPOCH, JumpingClock, WallClock
from hil.errors import BUG, BenchError, ExitCode, ExpectationFailed, PartError
from hil.limits import TimedOut
from hil.report.result import RunResult, StepResult
from hil.rig.load import RigPlan
from hil.rig.rig import Rig
from hil.scenario.alarm import interruptible
from hil.scenario.check import refuse_obstacles
from hil.scenario.model import Block, Scenario, ScenarioHead, Step
from hil.scenario.outcome import INTERRUPTED, begun, secrets_of
from hil.scenario.run import Run
from hil.scenario.step import secrets_in
from hil.scheduler import Scheduler
from hil.trace.record import Json
from hil.trace.recorder import Recorder
from simulator.errors import SimulatorError

CLEANUP = timedelta(minutes=15)
"""What each step or block of a `finally` may take where time is real, when it does not say: it is played in any
case, and the run ends in any case. More than any one step may wait."""


def run_scenario(
    scenario: Scenario,
    plan: RigPlan,
    attach: Callable[[Recorder], None] = lambda recorder: None,
    *,
    directory: Path | None = None,
) -> RunResult:
    """Play ``scenario`` on the rig of ``plan``; ``attach`` may subscribe to the trace before anything starts. In
    ``directory`` parts keep what belongs to the run.

    Raises `CannotDo` before anything starts when the rig cannot do a step; whatever happens later stands in
    the result.
    """
    refuse_obstacles(scenario, plan)
    named, plan = plan, scenario.rig(plan)
    run = new_run(scenario.head, scenario.path.parent, plan, attach)
    run.bench.directory = directory
    recorder, clock = run.bench.recorder, run.bench.scheduler.clock
    for secret in secrets_of(scenario):
        recorder.masker.add(secret)
    result = begun(scenario, named, recorder.masker)
    player = Player(run, scenario, result)
    began, began_at = time.monotonic(), clock.now()
    try:
        with Rig(plan, run.bench, scenario.name) as rig:
            player.play()
            if result.broken is None:
                result.notes = [recorder.masker.text(note) for each in run.at_end.values() if (note := each())]
            for note in result.notes:
                recorder.note(note)
            result.properties |= {name: recorder.masker.text(value) for name, value in rig.identity().items()}
        result.passed = result.broken is None
    except (Exception, KeyboardInterrupt) as error:
        result.message, result.hint, result.exit_code = _explain(recorder, error)
    finally:
        result.seconds = time.monotonic() - began
        result.scenario_seconds = (clock.now() - began_at).total_seconds()
    return result


def new_run(head: ScenarioHead, folder: Path, plan: RigPlan, attach: Callable[[Recorder], None]) -> Run:
    """What steps work with under the circumstances that ``head`` names; files are looked for in ``folder``.
    Nothing is started, and nothing has been recorded when ``attach`` subscribes to the trace."""
    clock = JumpingClock(head.start or EPOCH) if plan.jumps else WallClock()
    recorder = Recorder(clock.now)
    attach(recorder)
    for secret in head.account.secrets():
        recorder.masker.add(secret)
    bench = Bench(
        scheduler=Scheduler(clock),
        recorder=recorder,
        seed=head.seed,
        account=head.account,
        device=head.device,
        folder=folder,
    )
    return Run(bench, head.patience)


class Broken(Exception):
    """A step broke, and its result says why: whether what it stands in is played again is for that to say."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.again = isinstance(error, ExpectationFailed)


class Player:
    """Plays the blocks of one scenario, and adds the results of its steps to ``result``."""

    def __init__(self, run: Run, scenario: Scenario, result: RunResult) -> None:
        self._run = run
        self._limits = run.bench.limits
        self._recorder = run.bench.recorder
        self._scenario = scenario
        self._results: dict[int, StepResult] = {}
        """By the identity of their step."""
        for index, (step, phases) in enumerate(scenario.body.walk(), len(result.steps) + 1):
            for secret in secrets_in(step.model):
                self._recorder.masker.add(secret)
            name = self._recorder.masker.text(str(step))
            played = StepResult(index, name, step.place, "skipped", phase=" / ".join(phases))
            self._results[id(step)] = played
            result.steps.append(played)

    def play(self) -> None:
        """Until a step breaks; its result says so."""
        body = self._scenario.body
        try:
            with self._limits.limited("the run", body.modifiers.timeout):
                self._block(body)
        except Broken:
            """The result of its step has it."""

    def _item(self, item: Step | Block, otherwise: timedelta | None = None) -> None:
        """Within ``otherwise`` when it does not say how long it may take."""
        what = "this step"
        if isinstance(item, Block):
            what = f"the phase {item.phase!r}" if item.phase else f"the block at {item.place}"
        with self._limits.limited(what, item.modifiers.timeout or otherwise):
            self._attempts(item)

    def _attempts(self, item: Step | Block) -> None:
        """Once, and again for as long as it may be."""
        retry = item.modifiers.retry
        for left in range(retry.times if retry else 0, -1, -1):
            try:
                self._block(item) if isinstance(item, Block) else self._step(item)
                return
            except Broken as broken:
                if not left or retry is None or not broken.again or self._limits.reached:
                    raise
                self._recorder.note(f"again, {left} {'time' if left == 1 else 'times'} at most")
                if retry.every:
                    self._pause(item, retry.every)

    def _pause(self, item: Step | Block, length: timedelta) -> None:
        """Before a further attempt; a limit that ends it is told by the step that was not to be tried again."""
        try:
            self._run.pass_time(length)
        except (Exception, KeyboardInterrupt) as error:
            last = next(played for played in self._of(item) if played.outcome not in ("passed", "skipped"))
            message, last.hint, last.exit_code = _explain(self._recorder, error)
            last.message = f"{message}; {last.message}"
            last.outcome = "failed" if isinstance(error, ExpectationFailed) else "error"
            raise Broken(error) from error

    def _of(self, item: Step | Block) -> list[StepResult]:
        steps = [step for step, _ in item.walk()] if isinstance(item, Block) else [item]
        return [self._results[id(step)] for step in steps]

    def _block(self, block: Block) -> None:
        for played in self._of(block):
            played.outcome, played.message, played.hint = "skipped", "", None
        if block.phase:
            self._recorder.note(f"phase: {block.phase}", phase=block.phase)
        broken: Broken | None = None
        try:
            for item in block.items:
                self._item(item)
        except Broken as error:
            broken = error
        with self._limits.unlimited():
            for item in block.cleanup:
                try:
                    self._item(item, CLEANUP if self._run.bench.scheduler.clock.runs else None)
                except Broken as error:
                    # What is left undone may be in the way of another attempt.
                    error.again = False
                    broken = broken or error
        if broken is not None:
            raise broken

    def _step(self, step: Step) -> None:
        run, played = self._run, self._results[id(step)]
        said: dict[str, Json] = {"index": played.index, "line": step.line}
        said |= {"phase": played.phase} if played.phase else {}
        self._recorder.record("bench", "step", "", str(step), b"", **said)
        began = time.monotonic()
        played.attempts += 1
        try:
            run.bench.folder = step.place.path.parent
            model = step.model if step.late is None else step.late.model(run.bench.variables())
            for secret in secrets_in(model):
                self._recorder.masker.add(secret)
            began_at = run.bench.now()
            interruptible(run.bench.limits, partial(step.kind.function, run, model))
            run.bench.scheduler.settle()
            run.check_not_before(step.modifiers.not_before, began_at)
            run.bench.limits.check()
            played.outcome = "passed"
        except (Exception, KeyboardInterrupt) as broke:
            error = self._why(broke)
            played.outcome = "failed" if isinstance(error, ExpectationFailed) else "error"
            played.message, played.hint, played.exit_code = _explain(self._recorder, error)
            self._recorder.note(f"{played.outcome}: {played.message}", where=played.where)
            raise Broken(error) from broke
        finally:
            played.seconds += time.monotonic() - began

    def _why(self, error: BaseException) -> BaseException:
        """What broke only after a limit had been passed broke by that: a part may have a shorter breath than the
        limit, and notice later."""
        passed = self._limits.passed
        if passed is None or isinstance(error, TimedOut) or not isinstance(error, PartError | ExpectationFailed):
            return error
        return TimedOut(passed, str(error))


def _explain(recorder: Recorder, error: BaseException) -> tuple[str, str | None, ExitCode]:
    """Message, hint and exit code of whatever ended a step or a run: a report is written in any case.

    What a message quotes may have a secret in it.
    """
    mask = recorder.masker.text
    match error:
        case BenchError():
            return mask(str(error)), error.hint and mask(error.hint), error.exit_code
        case SimulatorError():
            # The core refuses what a step asks of it: a value that has no encoding, say.
            return mask(str(error)), error.hint and mask(error.hint), ExitCode.USAGE
        case KeyboardInterrupt():
            return INTERRUPTED, None, ExitCode.INTERRUPTED
        case _:
            if os.environ.get("DMRIG_TRACEBACK"):
                traceback.print_exception(error)
            return mask(f"internal error: {type(error).__name__}: {error}"), BUG, ExitCode.INTERNAL
