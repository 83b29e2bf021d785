"""``dmrig doctor``: what this machine has, what is missing, and how to get it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.errors import ExitCode

if TYPE_CHECKING:
    from hil.doctor.finding import Finding

COLOURS = {"ok": "green", "missing": "yellow", "broken": "red", "info": "blue"}


@click.command(epilog=examples("dmrig doctor", "dmrig doctor --json > machine.json"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def command(as_json: bool) -> int:
    """Look at this machine: Python and libraries, PC/SC with readers and cards, serial ports, TLS.

    Nothing is changed, and no reader or port is opened. Exit codes: 0 scenarios can run on the virtual rig,
    3 something that they need is missing or broken.
    """
    from hil.doctor.examine import examine, is_ready

    findings = examine()
    ready = is_ready(findings)
    if as_json:
        click.echo(json.dumps({"ready": ready, "findings": [asdict(each) for each in findings]}, indent=2))
    else:
        _print(findings)
        click.echo(f"\nScenarios {'can' if ready else 'can NOT'} run on the virtual rig.")
    return ExitCode.PASSED if ready else ExitCode.PART


def _print(findings: list[Finding]) -> None:
    from hil.trace.row import one_line

    width = min(28, max(len(each.name) for each in findings))
    purpose = None
    for each in findings:
        if each.purpose != purpose:
            purpose = each.purpose
            click.echo(f"{'' if each is findings[0] else chr(10)}For {purpose}:")
        state = click.style(f"{each.state:<7}", fg=COLOURS[each.state])
        click.echo(f"  {state}  {one_line(each.name):<{width}}  {one_line(each.seen)}")
        if each.remedy is not None:
            click.echo(f"  {'':7}  {'':<{width}}  try: {each.remedy}")
