"""Playing scenarios for a person or a CI job: run directory, console, reports."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO, cast

from hil.errors import ExitCode, InvalidFile, Mistake
from hil.report.result import RunResult, refuse_unwritable
from hil.rig.load import RigPlan, load_rig
from hil.scenario.check import refuse_obstacles
from hil.scenario.find import scenario_files
from hil.scenario.load import NO_OPTIONS, Options, check_given, expand
from hil.scenario.model import Scenario
from hil.scenario.runner import run_scenario
from hil.trace.console import ConsoleTimeline
from hil.trace.jsonl import FILE_NAME, JsonlTrace
from hil.trace.outlet import Outlet
from hil.trace.private import PrivateTrace
from hil.trace.recorder import Recorder
from hil.trace.row import one_line
from hil.trace.rundir import create_run_directory, directory_name


def play(
    words: Iterable[str],
    rig: str | None,
    options: Options = NO_OPTIONS,
    *,
    out: Path | None,
    junit: Path | None,
    verbose: bool,
) -> list[RunResult]:
    """Run what ``words`` name, one after the other, each with a run directory and the timeline on stdout.

    Every file is read and held against the rig first; raises as `prepare` does.
    """
    scenarios, plan = prepare(words, rig, options)
    if junit is not None:
        refuse_unwritable(junit)
    directories = _directories(scenarios, out)
    outlet = Outlet(sys.stdout)
    results: list[RunResult] = []
    for scenario, directory in zip(scenarios, directories, strict=True):
        results.append(play_one(scenario, plan, directory, outlet, verbose=verbose))
        if results[-1].code is ExitCode.INTERRUPTED:
            break
    if len(scenarios) > 1:
        _summarise(results, outlet)
    if junit is not None:
        from hil.report.junit import write_junit

        write_junit(junit, results)
    return results


def prepare(
    words: Iterable[str], rig: str | None, options: Options = NO_OPTIONS
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


def play_one(
    scenario: Scenario, plan: RigPlan, directory: Path, outlet: Outlet, *, verbose: bool = False
) -> RunResult:
    """One run: the timeline to ``outlet``, the trace into ``directory``, which is new and empty."""
    outlet.write(f"{scenario.name}\n  {scenario.path} on {plan.path.stem}, seed {scenario.head.seed}\n\n")
    with ExitStack() as closing:

        def attach(recorder: Recorder) -> None:
            from hil.trace.pcapng import PcapngTrace

            console = ConsoleTimeline(recorder.masker, cast("TextIO", outlet), verbose=verbose)
            jsonl = JsonlTrace(directory / FILE_NAME, recorder.masker)
            pcapng = PcapngTrace(directory, recorder.masker)
            for subscriber in (PrivateTrace(directory), jsonl, pcapng, console):
                recorder.subscribe(subscriber)
                closing.callback(subscriber.close)

        result = run_scenario(scenario, plan, attach)
    result.properties["run"] = str(directory)
    outlet.write(_verdict(result, directory))
    return result


def _verdict(result: RunResult, directory: Path) -> str:
    if result.passed:
        return f"\nPASSED  {len(result.steps)} steps in {result.seconds:.1f} s   trace: {directory}\n"
    broken = result.broken
    hint = broken.hint if broken else result.hint
    lines = [f"{(broken.outcome if broken else 'error').upper()}  trace: {directory}"]
    lines += [f"  {broken.where}: {broken.name}"] if broken else []
    lines += [f"  {line}" for line in (broken.message if broken else result.message).splitlines()]
    lines += [f"  try: {hint}"] if hint else []
    lines += [f"  again: {result.repeat}"] if result.repeat else []
    # what a server or a card said may stand in a message: nothing in it may command the terminal
    return "\n" + "\n".join(map(one_line, lines)) + "\n"


def _summarise(results: list[RunResult], outlet: Outlet) -> None:
    passed = sum(result.passed for result in results)
    lines = [f"{passed} of {len(results)} scenarios passed"]
    for result in results:
        if not result.passed:
            lines.append(f"  {result.file}: {result.broken.message if result.broken else result.message}")
            lines += [f"    again: {result.repeat}"] if result.repeat else []
    outlet.write("\n" + "\n".join(map(one_line, lines)) + "\n")
