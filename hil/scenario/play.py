"""Playing scenarios for a person or a CI job: all of them, their directories, the summary, the reports."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path

from hil.errors import ExitCode, InvalidFile, Mistake
from hil.report import github
from hil.report.result import RunResult, refuse_unwritable
from hil.rig.load import RigChoice, RigPlan, load_rig
from hil.scenario.check import refuse_obstacles
from hil.scenario.choose import ALL, Choice
from hil.scenario.find import scenario_files
from hil.scenario.jobs import play_together, refuse_together
from hil.scenario.load import NO_OPTIONS, Options, check_given, expand
from hil.scenario.model import Scenario
from hil.scenario.one import Shown, play_one, whole
from hil.scenario.outcome import INTERRUPTED, cut_off
from hil.trace.outlet import Outlet
from hil.trace.row import one_line
from hil.trace.rundir import create_run_directory, directory_name


def play(
    words: Iterable[str],
    rig: str | RigChoice | None,
    options: Options = NO_OPTIONS,
    *,
    out: Path | None,
    junit: Path | None,
    shown: Shown = Shown.TIMELINE,
    choice: Choice = ALL,
    jobs: int = 1,
) -> list[RunResult]:
    """Run what ``words`` name, as far as it is chosen, each with a run directory: one after the other, or some at
    a time. What is to be shown goes to stdout.

    Every file is read and held against the rig first; raises as `prepare` and `Choice.of` do.
    """
    outlet = Outlet(sys.stdout)
    try:
        scenarios, plan = prepare(words, rig, options)
    except InvalidFile as error:
        if github.wanted():
            _annotate(github.mistakes(error.mistakes, Path.cwd()), outlet)
        raise
    scenarios = choice.of(scenarios)
    if jobs > 1:
        refuse_together(plan)
    if junit is not None:
        refuse_unwritable(junit)
    directories = _directories(scenarios, out)
    if jobs > 1 and len(scenarios) > 1:
        runs = play_together(scenarios, plan, directories, outlet.encoding, jobs, shown)
    else:
        runs = _play_in_turn(scenarios, plan, directories, outlet, shown)
    results = _until_interrupted(runs, scenarios, plan, directories, outlet)
    if not scenarios and choice.shard is not None:
        outlet.write(f"nothing to play: shard {choice.shard} has none of these runs\n")
    if len(scenarios) > 1:
        _summarise(results, outlet)
    if junit is not None:
        from hil.report.junit import write_junit

        write_junit(junit, results)
    if github.wanted():
        _annotate(github.results(results, Path.cwd()), outlet)
    return results


def _annotate(lines: Iterable[str], outlet: Outlet) -> None:
    for line in lines:
        outlet.write(line + "\n")


def _play_in_turn(
    scenarios: list[Scenario], plan: RigPlan, directories: list[Path], outlet: Outlet, shown: Shown
) -> Generator[tuple[RunResult, str], None, None]:
    """Every run's result; all that there is to show of it is on ``outlet`` then."""
    for scenario, directory in zip(scenarios, directories, strict=True):
        yield play_one(scenario, plan, directory, outlet, shown), ""


def _until_interrupted(
    runs: Generator[tuple[RunResult, str], None, None],
    scenarios: list[Scenario],
    plan: RigPlan,
    directories: list[Path],
    outlet: Outlet,
) -> list[RunResult]:
    """The results up to the one that says that somebody interrupted it: there is a report of these."""
    results: list[RunResult] = []
    with closing(runs):
        try:
            for result, text in runs:
                # Counted before it is shown: an interrupt in between must not deny what somebody has read.
                results.append(result)
                outlet.write(text)
                if result.code is ExitCode.INTERRUPTED:
                    break
        except KeyboardInterrupt:
            for under_way, directory in list(zip(scenarios, directories, strict=True))[len(results) :][:1]:
                results.append(cut_off(under_way, plan, directory, INTERRUPTED, ExitCode.INTERRUPTED))
                outlet.write(whole(under_way, plan, results[-1]))
    return results


def prepare(
    words: Iterable[str], rig: str | RigChoice | None, options: Options = NO_OPTIONS
) -> tuple[list[Scenario], RigPlan]:
    """The runs that ``words`` stand for, and the rig, which can do them all. Nothing is started.

    Raises `InvalidFile` with the mistakes of all files, `UsageError` for a variable that no scenario has,
    `CannotDo` for the first run that the rig cannot do.
    """
    mistakes: list[Mistake] = []
    scenarios: list[Scenario] = []
    for path in scenario_files(words):
        try:
            scenarios += expand(path, options)
        except InvalidFile as error:
            mistakes += error.mistakes
    try:
        plan = load_rig(rig)
    except InvalidFile as error:
        mistakes += error.mistakes
    if mistakes:
        raise InvalidFile(mistakes)
    check_given(options, scenarios)
    for scenario in scenarios:
        refuse_obstacles(scenario, plan)
    return scenarios, plan


def _directories(scenarios: list[Scenario], out: Path | None) -> list[Path]:
    """One new directory for each run, all made before the first begins: ``out`` itself when there is just one,
    else below it, named for the files; a number tells apart files of one name."""
    if len(scenarios) == 1:
        return [create_run_directory(scenarios[0].stem, out)]
    if out is not None:
        create_run_directory("", out)
    seen: Counter[str] = Counter()
    made = []
    for scenario in scenarios:
        stem = directory_name(scenario.stem)
        seen[stem] += 1
        name = stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
        made.append(create_run_directory(name, out and out / name))
    return made


def _summarise(results: list[RunResult], outlet: Outlet) -> None:
    passed = sum(result.passed for result in results)
    lines = [f"{passed} of {len(results)} scenarios passed"]
    for result in results:
        if not result.passed:
            lines.append(f"  {result.file}: {result.broken.message if result.broken else result.message}")
            lines += [f"    again: {result.repeat}"] if result.repeat else []
    outlet.write("\n" + "\n".join(map(one_line, lines)) + "\n")
