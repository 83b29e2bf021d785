"""``dmrig rig show``: what a rig is, and whether it is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import JSON
from hil.cli.help import examples
from hil.errors import ExitCode

if TYPE_CHECKING:
    from hil.rig.trial import State


@click.command(
    "show",
    epilog=examples(
        "dmrig rig show lab.yaml",
        "dmrig rig show pcscd-pyserial --no-try",
        "dmrig rig show lab.yaml --json | jq -r '.parts[] | select(.trouble) | .role'",
    ),
)
@click.argument("rig", metavar="RIG")
@click.option("--try/--no-try", "try_", default=True, show_default=True, help="Start the parts, as a run does.")
@JSON
def command(rig: str, try_: bool, as_json: bool) -> int:
    """Show the parts of RIG (a file, or the name of one that comes with dmrig): what each can do, what it has to
    itself while a run lasts, and whether it is there now.

    To find that out each part is started and stopped again, as in a run: a modem is set up, and left as it was.

    Exit code 3 when a part is not there, or somebody else has it.
    """
    from hil.rig.load import load_rig
    from hil.rig.trial import states

    plan = load_rig(rig)
    found = states(plan, try_=try_)
    if as_json:
        shown = [{**_to_json(each), "tried": try_} for each in found]
        click.echo(json.dumps({"rig": str(plan.path), "parts": shown}, indent=2, ensure_ascii=False))
    else:
        if plan.about:
            click.echo(f"{plan.about.strip()}\n")
        for each in found:
            _print(each, try_)
    return ExitCode.PART if any(each.trouble for each in found) else ExitCode.PASSED


def _to_json(state: State) -> dict[str, object]:
    return {
        "role": state.role, "kind": state.kind, "can": list(state.can), "holds": list(state.holds),
        "identity": state.identity, "trouble": state.trouble, "hint": state.hint,
    }  # fmt: skip


def _print(state: State, tried: bool) -> None:
    from hil.trace.row import one_line

    now = state.trouble or ("there" if tried else "not tried")
    click.echo(f"{click.style(f'{state.role:<9}', bold=True)}{state.kind}: {one_line(now)}")
    rows = [("try", state.hint or "")] if state.trouble else []
    rows += [("is", ", ".join(f"{name} {value}" for name, value in state.identity.items()))]
    rows += [("holds", ", ".join(state.holds)), ("can", ", ".join(state.can))]
    for name, value in rows:
        if value:
            click.echo(f"  {name:<7}{one_line(value)}")
