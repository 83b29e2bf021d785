"""``dmrig check``: read scenarios and a rig, and say what is wrong or cannot be done; run nothing."""

from __future__ import annotations

from pathlib import Path

import click

from hil.cli.help import examples
from hil.cli.rigwords import ask_option
from hil.cli.standards import standards_option
from hil.cli.variables import set_option
from hil.errors import ExitCode, InvalidFile, Mistake


@click.command(
    epilog=examples(
        "dmrig check scenarios/quickstart.yaml",
        "dmrig check scenarios --rig lab.yaml",
        "dmrig check mine.yaml --set server=dm.example.com",
    )
)
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--rig", metavar="FILE", help="A rig file, or the name of one that comes with dmrig [virtual].")
@ask_option
@set_option
@standards_option
def command(scenarios: tuple[str, ...], rig: str | None, ask: bool, variables: dict[str, str]) -> int:
    """Read each SCENARIO and the rig, and name every mistake and every step that the rig cannot do.

    Nothing is started: whether a reader, a port or a server is there, a run finds out (see dmrig doctor).

    Exit codes: 0 all can be run, 2 a file has mistakes, 3 the rig cannot do a step.
    """
    from hil.report import github

    found: list[Mistake] = []
    try:
        return _check(scenarios, rig, ask, variables, found)
    except InvalidFile as error:
        found += error.mistakes
        raise
    finally:
        if github.wanted():
            for line in github.mistakes(found, Path.cwd()):
                click.echo(line)


def _check(
    scenarios: tuple[str, ...], rig: str | None, ask: bool, variables: dict[str, str], found: list[Mistake]
) -> int:
    """``found`` gets all that is wrong, which has been told."""
    from hil.rig.load import RigChoice, load_rig
    from hil.scenario.check import by_hand, in_the_way, untried
    from hil.scenario.find import scenario_files
    from hil.scenario.load import Options, check_given, expand

    plan, code = None, ExitCode.PASSED
    try:
        plan = load_rig(RigChoice(rig, ask=ask))
    except InvalidFile as error:
        click.echo(str(error))
        found += error.mistakes
        code = ExitCode.USAGE
    read = []
    for path in scenario_files(scenarios):
        try:
            runs = expand(path, Options(variables))
        except InvalidFile as error:
            click.echo(str(error))
            found += error.mistakes
            code = ExitCode.USAGE
            continue
        read += runs
        if plan is None:
            continue
        obstacles = list(dict.fromkeys(obstacle for run in runs for obstacle in in_the_way(run, plan)))
        for obstacle in obstacles:
            click.echo(str(obstacle))
        found += [obstacle.mistake() for obstacle in obstacles]
        if obstacles:
            code = max(code, ExitCode.PART) if code != ExitCode.USAGE else code
        else:
            steps = len(runs[0].steps)
            count = "1 step" if steps == 1 else f"{steps} steps"
            several = f", {len(runs)} combinations" if len(runs) > 1 else ""
            asked = {str(step.place): step for run in runs for step in by_hand(run, plan)}
            hands = f", {len(asked)} of them by a person" if asked else ""
            click.echo(f"{path}: {count}{hands}{several}, can be run on {plan.path.stem}{untried(runs[0], plan)}")
            for place, step in asked.items():
                click.echo(f"{place}: {step.kind.name} is asked of a person")
    if code != ExitCode.USAGE:
        check_given(Options(variables), read)
    return code
