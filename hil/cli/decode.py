"""``dmrig decode``: what octets mean, whatever they are."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.cli.standards import standards_option
from hil.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hil.decode.layer import Layer

SHORTEST_TEXT, LONGEST_TEXT = 2, 60
"""Characters of a line that is shown as text."""


@click.command(
    "decode",
    epilog=examples(
        "dmrig decode 0605040B84C002010603C4AF87...",
        "dmrig decode bootstrap.wbxml",
        "dmrig decode --json push.hex | jq .layers",
        "dmrig decode --as notification-1.3 body.bin",
        "dmrig decode - < modem.log        # +CMT: lines and the PDUs below them",
        "dmrig decode --seq 41 runs/today/private/raw.jsonl",
        "dmrig decode --list",
    ),
)
@click.argument("what", metavar="[FILE|HEX|-]", required=False)
@click.option("--as", "kind", metavar="KIND", help="What it is, when it should not be guessed; see --list.")
@click.option("--seq", type=int, metavar="N", help="Of a run's private/raw.jsonl: the record with this number.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.option("--list", "list_kinds", is_flag=True, help="List the kinds and leave.")
@standards_option
@click.pass_context
def command(
    ctx: click.Context, what: str | None, kind: str | None, seq: int | None, as_json: bool, list_kinds: bool
) -> None:
    """Show what bytes mean, layer by layer.

    Takes a file, hex digits, or standard input: a DM message in XML or WBXML, a TNDS document, an SMS (with or
    without the service centre's address, or only its user data), a WAP push, a notification, a bootstrap
    message. What it is, it finds out itself. Hex may have white space, colons and 0x in it, and AT lines such as
    "+CMT: ,24" around it, with or without the time stamps of a log; the parts of a long SMS are put together when
    each stands on a line of its own. Of a run's private/raw.jsonl it shows every message, or one record (--seq).

    It is your own input, so nothing is masked: passwords and keys in it are shown.

    Exit code 0 when everything could be read; 2 when nothing could, or when it is damaged: then everything before
    the damage is shown, and where and why reading stopped.
    """
    from hil.decode.registry import kinds

    if list_kinds:
        for known in kinds().values():
            click.echo(f"{known.name:18} {known.about}")
        return
    if kind is not None and kind not in kinds():
        raise UsageError(f"{kind!r} is no kind that can be decoded", hint=f"one of {', '.join(kinds())}")
    if what is None and sys.stdin.isatty():
        raise UsageError("nothing was given", hint="give a file, hex digits, or pipe something into it")
    layers = read_layers("-" if what is None else what, kind, seq)
    if as_json:
        echo_json(layers)
    else:
        print_layers(layers)
    if echo_damage(layers):
        ctx.exit(ExitCode.USAGE)


def echo_json(layers: list[Layer]) -> None:
    click.echo(json.dumps({"layers": [layer.to_json() for layer in layers]}, indent=2, ensure_ascii=False))


def echo_damage(layers: list[Layer]) -> bool:
    """Say where and why reading stopped first; whether it did."""
    damaged = [found for layer in layers for found in layer.damages]
    if damaged:
        layer, damage = damaged[0]
        click.echo(f"dmrig: damaged: {layer.title}: {damage.reason}", err=True)
    return bool(damaged)


def read_layers(what: str, kind: str | None, seq: int | None) -> list[Layer]:
    """The layers of what was given. Raises `UsageError` when nothing in it is known."""
    from hil.decode.opening import open_all
    from hil.decode.source import read

    given = read(what, seq)
    layers = open_all(given, kind)
    if not layers:
        octets = b"".join(piece.octets for piece in given)
        if len(given) > 1 and any(piece.record is not None for piece in given):
            raise UsageError("no record here holds a message", hint="--seq N with --as KIND reads a single one")
        raise UsageError(
            _unknown(octets) if octets else "nothing was given",
            hint="say what it is with --as KIND; dmrig decode --list names the kinds",
        )
    return layers


def _unknown(octets: bytes) -> str:
    """What was given, so far as a line can show it: text as text, all else in hex."""
    try:
        line = next((each.strip() for each in octets.decode().splitlines() if each.strip()), "")
    except UnicodeDecodeError:
        line = ""
    if len(line) >= SHORTEST_TEXT and line.isprintable():
        begin = line[:LONGEST_TEXT] + ("..." if len(line) > LONGEST_TEXT else "")
        return f"text in which nothing known was found: {begin!r}"
    begin = octets[:16].hex(" ") + (" ..." if len(octets) > 16 else "")
    return f"{len(octets)} octets that look like nothing known: {begin}"


def print_layers(layers: list[Layer]) -> None:
    from hil.decode import render

    if not sys.stdout.isatty():
        click.echo(render.plain(layers))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in render.lines(layers):
        console.print(Text.assemble(*((text, render.STYLES[style]) for text, style in line)), soft_wrap=True)
