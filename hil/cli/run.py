"""``dmrig run``: play scenarios on a rig."""

from __future__ import annotations

from pathlib import Path

import click

from hil.cli.help import examples
from hil.cli.standards import standards_option
from hil.cli.variables import seed_option, set_option
from hil.errors import ExitCode


@click.command(
    epilog=examples(
        "dmrig run scenarios/quickstart.yaml",
        "dmrig run quickstart --rig pcscd-pyserial -v",
        "dmrig run scenarios --junit report.xml --out runs/today",
        "dmrig run mine.yaml --set auth=BASIC --seed 7",
        "dmrig run --list",
    )
)
@click.argument("scenarios", nargs=-1, metavar="SCENARIO...")
@click.option("--list", "list_", is_flag=True, help="List the scenarios that come with dmrig, and leave.")
@click.option("--rig", metavar="FILE", help="A rig file, or the name of one that comes with dmrig [virtual].")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the run's directory goes [runs/<time>-<scenario>].",
)
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit report.")
@set_option
@seed_option
@standards_option
@click.option("-v", "--verbose", is_flag=True, help="Show every APDU, AT line and HTTP exchange.")
def command(
    scenarios: tuple[str, ...],
    list_: bool,
    rig: str | None,
    out: Path | None,
    junit: Path | None,
    variables: dict[str, str],
    seed: int | None,
    verbose: bool,
) -> int:
    """Play each SCENARIO (a file, a folder of files, or the name of one that comes with dmrig) on a rig.

    Every file is read, and what the rig cannot do is known, before the first scenario starts.
    """
    if list_:
        _print_list()
        return ExitCode.PASSED
    if not scenarios:
        raise click.UsageError("name a SCENARIO; dmrig run --list lists those that come with dmrig")
    from hil.scenario.load import Options
    from hil.scenario.play import play

    options = Options(variables, seed)
    results = play(scenarios, rig, options, out=out, junit=junit, verbose=verbose)
    return next((result.code for result in results if not result.passed), ExitCode.PASSED)


def _print_list() -> None:
    from hil.scenario.find import titles

    found = titles()
    width = max(map(len, found), default=0)
    for name, title in found.items():
        click.echo(f"{name:{width}}  {title}")
