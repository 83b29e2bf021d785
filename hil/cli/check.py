"""``dmrig check``: read scenarios and a rig, and say what is wrong or cannot be done; run nothing."""

from __future__ import annotations

import click

from hil.cli.help import examples
from hil.cli.standards import standards_option
from hil.errors import ExitCode, InvalidFile


@click.command(
    epilog=examples(
        "dmrig check scenarios/quickstart.yaml",
        "dmrig check scenarios --rig lab.yaml",
    )
)
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--rig", metavar="FILE", help="A rig file, or the name of one that comes with dmrig [virtual].")
@standards_option
def command(scenarios: tuple[str, ...], rig: str | None) -> int:
    """Read each SCENARIO and the rig, and name every mistake and every step that the rig cannot do.

    Nothing is started: whether a reader, a port or a server is there, a run finds out (see dmrig doctor).

    Exit codes: 0 all can be run, 2 a file has mistakes, 3 the rig cannot do a step.
    """
    from hil.rig.load import load_rig
    from hil.scenario.check import obstacles, untried
    from hil.scenario.find import scenario_files
    from hil.scenario.load import load_scenario

    plan, code = None, ExitCode.PASSED
    try:
        plan = load_rig(rig)
    except InvalidFile as error:
        click.echo(str(error))
        code = ExitCode.USAGE
    for path in scenario_files(scenarios):
        try:
            scenario = load_scenario(path)
        except InvalidFile as error:
            click.echo(str(error))
            code = ExitCode.USAGE
            continue
        if plan is None:
            continue
        found = obstacles(scenario, plan)
        for obstacle in found:
            click.echo(obstacle)
        if found:
            code = max(code, ExitCode.PART) if code != ExitCode.USAGE else code
        else:
            count = "1 step" if len(scenario.steps) == 1 else f"{len(scenario.steps)} steps"
            click.echo(f"{path}: {count}, can be run on {plan.path.stem}{untried(plan)}")
    return code
