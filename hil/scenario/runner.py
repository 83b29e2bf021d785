"""Playing a scenario on a rig: one step after the other, until one does not hold."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from hil.bench import Bench
from hil.clock import EPOCH, JumpingClock, WallClock
from hil.errors import BenchError, ExpectationFailed
from hil.report.result import RunResult, StepResult
from hil.rig.load import RigPlan
from hil.rig.rig import Rig
from hil.scenario.check import refuse_obstacles
from hil.scenario.model import Scenario, Step
from hil.scenario.run import Run
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder


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
        random=random.Random(scenario.head.seed).randbytes,
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
            run = Run(scenario, bench)
            for index, step in enumerate(scenario.steps, 1):
                result.steps.append(_play(run, index, step, skipped=result.broken is not None))
            result.properties |= {name: recorder.masker.text(value) for name, value in rig.identity().items()}
        result.passed = result.broken is None
    except BenchError as error:
        result.message, result.hint = _masked(recorder, error)
        result.exit_code = error.exit_code
    finally:
        result.seconds = time.monotonic() - began
        result.scenario_seconds = (clock.now() - began_at).total_seconds()
    return result


def _play(run: Run, index: int, step: Step, *, skipped: bool) -> StepResult:
    played = StepResult(index, str(step), f"{run.scenario.path}:{step.line}", "skipped")
    if skipped:
        return played
    run.bench.recorder.record("bench", "step", "", str(step), index=index, line=step.line)
    began = time.monotonic()
    try:
        step.kind.function(run, step.model)
        run.bench.scheduler.settle()
        played.outcome = "passed"
    except BenchError as error:
        played.outcome = "failed" if isinstance(error, ExpectationFailed) else "error"
        played.message, played.hint = _masked(run.bench.recorder, error)
        played.exit_code = error.exit_code
        run.bench.recorder.note(f"{played.outcome}: {error}", where=played.where)
    played.seconds = time.monotonic() - began
    return played


def _masked(recorder: Recorder, error: BenchError) -> tuple[str, str | None]:
    """Message and hint of an error, for reports: they may quote what a secret stands in."""
    mask = recorder.masker.text
    return mask(str(error)), None if error.hint is None else mask(error.hint)
