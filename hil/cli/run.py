"""``dmrig run``: play scenarios on a rig."""

from __future__ import annotations

from pathlib import Path

import click

from hil.cli.help import examples
from hil.cli.standards import standards_option
from hil.errors import ExitCode


@click.command(
    epilog=examples(
        "dmrig run scenarios/quickstart.yaml",
        "dmrig run quickstart --rig pcscd-pyserial -v",
        "dmrig run scenarios --junit report.xml --out runs/today",
    )
)
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--rig", metavar="FILE", help="A rig file, or the name of one that comes with dmrig [virtual].")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the run's directory goes [runs/<time>-<scenario>].",
)
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit report.")
@standards_option
@click.option("-v", "--verbose", is_flag=True, help="Show every APDU, AT line and HTTP exchange.")
def command(
    scenarios: tuple[str, ...], rig: str | None, out: Path | None, junit: Path | None, verbose: bool
) -> int:
    """Play each SCENARIO (a file, a folder of files, or the name of one that comes with dmrig) on a rig.

    Every file is read, and what the rig cannot do is known, before the first scenario starts.
    """
    from hil.scenario.play import play

    results = play(scenarios, rig, out=out, junit=junit, verbose=verbose)
    return next((result.code for result in results if not result.passed), ExitCode.PASSED)
