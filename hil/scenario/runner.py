"""Playing a scenario on a rig: one step after the other, until one does not hold."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable

from hil.bench import Bench
from hil.clock import EPOCH, JumpingClock, WallClock
from hil.errors import BUG, BenchError, ExitCode, ExpectationFailed
from hil.report.result import RunResult, StepResult
from hil.rig.load import RigPlan
from hil.rig.rig import Rig
from hil.scenario.check import refuse_obstacles
from hil.scenario.model import Scenario, Step
from hil.scenario.run import Run
from hil.scenario.step import secrets_in
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder
from simulator.errors import SimulatorError


def run_scenario(
    scenario: Scenario, plan: RigPlan, attach: Callable[[Recorder], None] = lambda recorder: None
) -> RunResult:
    """Play ``scenario`` on the rig of ``plan``; ``attach`` may subscribe to the trace before anything starts.

    Raises `CannotDo` before anything starts when the rig cannot do a step; whatever happens later stands in
    the result.
    """
    refuse_obstacles(scenario, plan)
    clock = JumpingClock(scenario.head.start or EPOCH) if plan.jumps else WallClock()
    recorder = Recorder(clock.now)
    attach(recorder)
    for secret in scenario.head.account.secrets():
        recorder.masker.add(secret)
    bench = Bench(
        scheduler=Scheduler(clock),
        recorder=recorder,
        seed=scenario.head.seed,
        account=scenario.head.account,
        device=scenario.head.device,
        folder=scenario.path.parent,
    )
    result = RunResult(scenario.name, scenario.path, passed=False)
    result.properties = {"rig": str(plan.path), "seed": str(scenario.head.seed)}
    result.properties |= {"features": " ".join(scenario.head.features)} if scenario.head.features else {}
    began, began_at = time.monotonic(), clock.now()
    try:
        with Rig(plan, bench) as rig:
            run = Run(bench, scenario.head.patience)
            for index, step in enumerate(scenario.steps, 1):
                played = _skipped(index, step, scenario, recorder)
                result.steps.append(played)
                if result.broken is None:
                    _play(run, step, played)
            result.properties |= {name: recorder.masker.text(value) for name, value in rig.identity().items()}
        result.passed = result.broken is None
    except (Exception, KeyboardInterrupt) as error:
        result.message, result.hint, result.exit_code = _explain(recorder, error)
    finally:
        result.seconds = time.monotonic() - began
        result.scenario_seconds = (clock.now() - began_at).total_seconds()
    return result


def _skipped(index: int, step: Step, scenario: Scenario, recorder: Recorder) -> StepResult:
    """The result of a step that has not been played yet."""
    for secret in secrets_in(step.model):
        recorder.masker.add(secret)
    return StepResult(index, recorder.masker.text(str(step)), f"{scenario.path}:{step.line}", "skipped")


def _play(run: Run, step: Step, played: StepResult) -> None:
    recorder = run.bench.recorder
    recorder.record("bench", "step", "", str(step), index=played.index, line=step.line)
    began = time.monotonic()
    try:
        step.kind.function(run, step.model)
        run.bench.scheduler.settle()
        played.outcome = "passed"
    except (Exception, KeyboardInterrupt) as error:
        played.outcome = "failed" if isinstance(error, ExpectationFailed) else "error"
        played.message, played.hint, played.exit_code = _explain(recorder, error)
        recorder.note(f"{played.outcome}: {played.message}", where=played.where)
    played.seconds = time.monotonic() - began


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
            return "interrupted", None, ExitCode.INTERRUPTED
        case _:
            if os.environ.get("DMRIG_TRACEBACK"):
                traceback.print_exception(error)
            return mask(f"internal error: {type(error).__name__}: {error}"), BUG, ExitCode.INTERNAL
