"""Playing scenarios for a person or a CI job: run directory, console, reports."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import click

from hil.errors import InvalidFile, Mistake
from hil.report.result import RunResult
from hil.rig.load import RigPlan, load_rig
from hil.scenario.check import refuse_obstacles
from hil.scenario.find import scenario_files
from hil.scenario.load import load_scenario
from hil.scenario.model import Scenario
from hil.scenario.runner import run_scenario
from hil.trace.console import ConsoleTimeline
from hil.trace.jsonl import FILE_NAME, JsonlTrace
from hil.trace.private import PrivateTrace
from hil.trace.recorder import Recorder
from hil.trace.rundir import create_run_directory


def play(
    words: Iterable[str], rig: str | None, *, out: Path | None, junit: Path | None, verbose: bool
) -> list[RunResult]:
    """Run what ``words`` name, one after the other, each with a run directory and the timeline on stdout.

    Every file is read and held against the rig first. Raises `InvalidFile` with the mistakes of all files,
    `CannotDo` for the first scenario that the rig cannot do.
    """
    scenarios = _read(scenario_files(words))
    plan = load_rig(rig)
    for scenario in scenarios:
        refuse_obstacles(scenario, plan)
    names = _directory_names(scenarios)
    if out is not None and len(scenarios) > 1:
        create_run_directory("", out)
    results = [
        _play(scenario, plan, create_run_directory(name, out and (out / name if len(names) > 1 else out)), verbose)
        for scenario, name in zip(scenarios, names, strict=True)
    ]
    if len(results) > 1:
        _summarise(results)
    if junit is not None:
        from hil.report.junit import write_junit

        write_junit(junit, results)
    return results


def _read(paths: list[Path]) -> list[Scenario]:
    scenarios: list[Scenario] = []
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            scenarios.append(load_scenario(path))
        except InvalidFile as error:
            mistakes += error.mistakes
    if mistakes:
        raise InvalidFile(mistakes)
    return scenarios


def _directory_names(scenarios: list[Scenario]) -> list[str]:
    """The file's name for each; a number behind it for one that was there before."""
    seen: Counter[str] = Counter()
    names = []
    for scenario in scenarios:
        stem = scenario.path.stem
        seen[stem] += 1
        names.append(stem if seen[stem] == 1 else f"{stem}-{seen[stem]}")
    return names


def _play(scenario: Scenario, plan: RigPlan, directory: Path, verbose: bool) -> RunResult:
    click.echo(f"{scenario.name}\n  {scenario.path} on {plan.path.stem}\n")
    with ExitStack() as closing:

        def attach(recorder: Recorder) -> None:
            from hil.trace.pcapng import PcapngTrace

            console = ConsoleTimeline(recorder.masker, sys.stdout, verbose=verbose)
            jsonl = JsonlTrace(directory / FILE_NAME, recorder.masker)
            pcapng = PcapngTrace(directory, recorder.masker)
            for subscriber in (PrivateTrace(directory), jsonl, pcapng, console):
                recorder.subscribe(subscriber)
                closing.callback(subscriber.close)

        result = run_scenario(scenario, plan, attach)
    result.properties["run"] = str(directory)
    _conclude(result, directory)
    return result


def _conclude(result: RunResult, directory: Path) -> None:
    if result.passed:
        click.echo(f"\nPASSED  {len(result.steps)} steps in {result.seconds:.1f} s   trace: {directory}")
        return
    broken = result.broken
    click.echo(f"\n{(broken.outcome if broken else 'error').upper()}  trace: {directory}")
    if broken is not None:
        click.echo(f"  {broken.where}: {broken.name}")
    click.echo(f"  {broken.message if broken else result.message}")
    hint = broken.hint if broken else result.hint
    if hint:
        click.echo(f"  try: {hint}")


def _summarise(results: list[RunResult]) -> None:
    passed = sum(result.passed for result in results)
    click.echo(f"\n{passed} of {len(results)} scenarios passed")
    for result in results:
        if not result.passed:
            click.echo(f"  {result.file}: {result.broken.message if result.broken else result.message}")
