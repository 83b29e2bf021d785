"""Several runs at the same time, each in a process of its own."""

from __future__ import annotations

import io
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hil import standards
from hil.errors import BUG, ExitCode, UsageError
from hil.report.result import RunResult
from hil.rig.load import RigPlan, load_rig
from hil.scenario.load import Options, load_scenario
from hil.scenario.model import Scenario
from hil.scenario.one import Shown, play_one, whole
from hil.scenario.outcome import cut_off
from hil.scenario.workers import work_together
from hil.trace.outlet import Outlet


@dataclass(frozen=True, slots=True)
class Job:
    """One run, as it goes to another process: what is read there again, not what was read here."""

    path: Path
    options: Options
    rig: Path
    standards: str | None
    directory: Path
    shown: Shown
    encoding: str


def refuse_together(plan: RigPlan) -> None:
    """Raise `UsageError` when runs on this rig cannot go on side by side."""
    if plan.holds:
        raise UsageError(
            f"runs on the rig {plan.path.stem} have {plan.holds[0]} to themselves, so there is one at a time",
            hint="leave --jobs out, or share the runs among several such rigs with --shard",
        )


def play_together(
    scenarios: Sequence[Scenario],
    plan: RigPlan,
    directories: Sequence[Path],
    encoding: str,
    at_a_time: int,
    shown: Shown = Shown.TIMELINE,
) -> Generator[tuple[RunResult, str], None, None]:
    """Every run's result and what is to be shown of it, in the order of ``scenarios``. To close the iterator early
    ends the runs that are under way."""
    jobs = [
        Job(each.path, again(each), plan.path, standards.source(), directory, shown, encoding)
        for each, directory in zip(scenarios, directories, strict=True)
    ]
    done: dict[int, tuple[str, RunResult]] = {}
    said = 0
    for number, played in work_together(jobs, _play, at_a_time):
        done[number] = played if played is not None else _ended(scenarios[number], plan, directories[number])
        while said in done:
            text, result = done.pop(said)
            said += 1
            yield result, text


def again(scenario: Scenario) -> Options:
    """What gives just this run of its file."""
    return Options({**scenario.given, **scenario.variant}, scenario.head.seed)


def _ended(scenario: Scenario, plan: RigPlan, directory: Path) -> tuple[str, RunResult]:
    message = "the process that played this run has ended by itself"
    result = cut_off(scenario, plan, directory, message, ExitCode.INTERNAL)
    result.hint = BUG
    return whole(scenario, plan, result), result


def _play(job: Job) -> tuple[str, RunResult]:
    """In the other process."""
    with ExitStack() as closing:
        if job.standards is not None:
            closing.enter_context(standards.using(standards.load_standards(job.standards), job.standards))
        said = io.TextIOWrapper(io.BytesIO(), job.encoding, errors="backslashreplace", newline="")
        scenario = load_scenario(job.path, job.options)
        result = play_one(scenario, load_rig(str(job.rig)), job.directory, Outlet(said), job.shown)
        said.seek(0)
        return said.read(), result
