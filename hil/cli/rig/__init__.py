"""``dmrig rig``: the parts that scenarios run on."""

from __future__ import annotations

import click

from hil.cli.help import examples
from hil.cli.lazy import LazyGroup

COMMANDS = {
    "init": ("hil.cli.rig.init", "Write a rig file from what is plugged in."),
    "list": ("hil.cli.rig.list", "List the rigs that come with dmrig, and their parts."),
    "show": ("hil.cli.rig.show", "Show what a rig can do, what it holds, and whether it is there."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    epilog=examples("dmrig rig init lab.yaml", "dmrig rig list", "dmrig rig show lab.yaml"),
)
def command() -> None:
    """Rig files: which card, modem, push, server and device a scenario runs on."""
