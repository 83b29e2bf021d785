"""``dmrig run``: play scenarios on a rig."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.cli.rigwords import ask_option, wait_option
from hil.cli.standards import standards_option
from hil.cli.variables import seed_option, set_option
from hil.errors import ExitCode

if TYPE_CHECKING:
    from hil.scenario.choose import Shard


def _shard(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Shard | None:
    if value is None:
        return None
    from hil.scenario.choose import Shard

    try:
        return Shard.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(
    epilog=examples(
        "dmrig run scenarios/quickstart.yaml",
        "dmrig run quickstart --rig pcscd-pyserial -v",
        "dmrig run scenarios --jobs 4 --quiet --junit report.xml --out runs/today",
        "dmrig run scenarios --only bootstrap --not slow --shard 1/4",
        "dmrig run mine.yaml --set auth=BASIC --seed 7",
        "dmrig run --list",
    )
)
@click.argument("scenarios", nargs=-1, metavar="SCENARIO...")
@click.option("--list", "list_", is_flag=True, help="List the scenarios that come with dmrig, and leave.")
@click.option("--rig", metavar="FILE", help="A rig file, or the name of one that comes with dmrig [virtual].")
@ask_option
@wait_option
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
@click.option("--only", multiple=True, metavar="TAG",
              help="Play what has this tag, or shows this feature; may be given repeatedly.")  # fmt: skip
@click.option("--not", "without", multiple=True, metavar="TAG", help="Leave out what has this tag or feature.")
@click.option(
    "--shard", metavar="N/OF", callback=_shard, help="Play one share of the runs: 1/4 is the first of four."
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, metavar="N", help="So many runs at the same time.")
@click.option("-q", "--quiet", is_flag=True, help="One line a run, and more of those that do not pass.")
@click.option("-v", "--verbose", is_flag=True, help="Show every APDU, AT line and HTTP exchange.")
def command(
    scenarios: tuple[str, ...],
    list_: bool,
    rig: str | None,
    ask: bool,
    wait: timedelta,
    out: Path | None,
    junit: Path | None,
    variables: dict[str, str],
    seed: int | None,
    only: tuple[str, ...],
    without: tuple[str, ...],
    shard: Shard | None,
    jobs: int,
    quiet: bool,
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
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    from hil.rig.load import RigChoice
    from hil.scenario.choose import Choice
    from hil.scenario.load import Options
    from hil.scenario.one import Shown
    from hil.scenario.play import play

    shown = Shown.VERDICT if quiet else Shown.EVERYTHING if verbose else Shown.TIMELINE
    choice = Choice(only, without, shard)
    results = play(
        scenarios,
        RigChoice(rig, wait, ask),
        Options(variables, seed),
        out=out,
        junit=junit,
        shown=shown,
        choice=choice,
        jobs=jobs,
    )
    return next((result.code for result in results if not result.passed), ExitCode.PASSED)


def _print_list() -> None:
    from hil.scenario.find import titles

    found = titles()
    width = max(map(len, found), default=0)
    for name, title in found.items():
        click.echo(f"{name:{width}}  {title}")
