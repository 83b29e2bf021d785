"""``dmrig demo``: the quickstart on virtual hardware."""

from __future__ import annotations

import click

from hil.cli.help import examples
from hil.cli.standards import standards_option
from hil.errors import ExitCode


@click.command(epilog=examples("dmrig demo", "dmrig demo -v"))
@standards_option
@click.option("-v", "--verbose", is_flag=True, help="Show every APDU, AT line and HTTP exchange.")
def command(verbose: bool) -> int:
    """Play the quickstart on virtual hardware: from a bare SIM card to a device woken by SMS.

    Needs no root, no daemon and no hardware. The scenario is scenarios/quickstart.yaml.
    """
    from hil.scenario.one import Shown
    from hil.scenario.play import play

    shown = Shown.EVERYTHING if verbose else Shown.TIMELINE
    (result,) = play(("quickstart",), None, out=None, junit=None, shown=shown)
    return result.code if not result.passed else ExitCode.PASSED
