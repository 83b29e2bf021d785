"""``dmrig schema``: the JSON Schema of a kind of file, for editors."""

from __future__ import annotations

import click

from hil.cli.help import examples
from hil.errors import ExitCode

KINDS = ("scenario", "include", "rig", "card", "device", "server", "standards")


@click.command(
    epilog=examples(
        "dmrig schema > scenario.schema.json",
        "dmrig schema rig > rig.schema.json",
    )
)
@click.argument("kind", type=click.Choice(KINDS), default="scenario")
def command(kind: str) -> int:
    """Print the JSON Schema of a KIND of file [scenario], so that an editor completes it and marks mistakes.

    With yaml-language-server, let the file begin with a comment:

    # yaml-language-server: $schema=scenario.schema.json
    """
    import json

    from hil.schema import schema

    click.echo(json.dumps(schema(kind), indent=1, ensure_ascii=False))
    return ExitCode.PASSED
