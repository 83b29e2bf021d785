"""``dmrig rig list``: the rigs that come with dmrig."""

from __future__ import annotations

import json

import click

from hil.cli.card.options import JSON
from hil.cli.help import examples


@click.command("list", epilog=examples("dmrig rig list", "dmrig rig list --json | jq -r '.rigs[].name'"))
@JSON
def command(as_json: bool) -> None:
    """List the rigs that come with dmrig, with the kind of each part."""
    from hil import data
    from hil.rig.load import load_rig

    plans = {name: load_rig(name) for name in data.names("rigs")}
    kinds = {name: {role: part.cls.kind for role, part in plan.parts.items()} for name, plan in plans.items()}
    if as_json:
        rigs = [{"name": name, "about": plan.about.strip(), "parts": kinds[name]} for name, plan in plans.items()]
        click.echo(json.dumps({"rigs": rigs}, indent=2, ensure_ascii=False))
        return
    for name, plan in plans.items():
        click.echo(click.style(name, bold=True))
        click.echo(click.wrap_text(plan.about.strip(), 100, "  ", "  "))
        click.echo(f"  {', '.join(f'{role}: {kind}' for role, kind in kinds[name].items())}\n")
