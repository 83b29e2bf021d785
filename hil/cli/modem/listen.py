"""``dmrig modem listen``: short messages and pushes, decoded as they come."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.cli.modem.options import JSON, PIN, PORT, SPEED
from hil.errors import ExitCode

if TYPE_CHECKING:
    from hil.decode.layer import Layer
    from hil.trace.record import Record


@click.command(
    "listen",
    epilog=examples(
        "dmrig modem listen /dev/ttyUSB2",
        "dmrig modem listen usb:2c7c:0125:2 --count 1 --for 60",
        "dmrig modem listen /dev/ttyUSB2 --json | jq -c .layers",
    ),
)
@PORT
@SPEED
@PIN
@click.option("--count", type=click.IntRange(1), metavar="N", help="Leave after so many messages.")
@click.option("--for", "seconds", type=click.FloatRange(0, 1e9), metavar="SECONDS", help="Leave after that time.")
@click.option("--show-secrets", is_flag=True, help="Show numbers, passwords and nonces in full.")
@JSON
def command(
    port: str,
    speed: int,
    ask_pin: bool,
    count: int | None,
    seconds: float | None,
    show_secrets: bool,
    as_json: bool,
) -> int:
    """Show the short messages that a modem receives, decoded down to the push and the notification in them, live.

    Messages are acknowledged, and those that the modem stores are deleted from it after they were shown. Those
    that lay in it before stay there, unless its memory is full. A modem that restarts or is unplugged meanwhile
    is set up again. Ctrl-C ends it. With --json every message is one line.

    Messages in several parts are counted, and decoded, when they are whole; status reports count too.

    Exit code 0 after --count messages, or after --for without --count; 1 when fewer came in that time; 3 when
    there is no modem, or it has gone; 130 after Ctrl-C.
    """
    from hil.cli.modem.messages import RECEIVED, Messages
    from hil.cli.modem.session import FOREVER, opened
    from hil.trace.mask import Masker

    masker = Masker(show_all=show_secrets)
    messages = Messages(masker, RECEIVED)
    show = _print_json if as_json else _print
    whole = 0

    def take(record: Record) -> None:
        nonlocal whole
        if record.kind != "sms" or record.way != "in":
            return
        layers = list(messages.take(record.data, str(record.fields.get("address", ""))))
        in_parts = "segments" in record.fields
        whole += not in_parts or len(layers) > 1
        show(record, masker.text(record.text), layers)

    with opened(port, speed, ask_pin=ask_pin, reports=True) as session:
        session.recorder.subscribe(take)
        click.echo(f"listening on {session.driver.link.line.name} (Ctrl-C ends)", err=True)
        during = FOREVER if seconds is None else timedelta(seconds=seconds)
        enough = session.run(lambda: count is not None and whole >= count, during)
        session.finish()
    return ExitCode.PASSED if enough or count is None else ExitCode.EXPECTATION_FAILED


def _print_json(record: Record, summary: str, layers: list[Layer]) -> None:
    said = {"at": record.at.isoformat(), "summary": summary, "layers": [layer.to_json() for layer in layers]}
    click.echo(json.dumps(said, ensure_ascii=False))
    sys.stdout.flush()


def _print(record: Record, summary: str, layers: list[Layer]) -> None:
    from hil.decode import render

    click.echo(click.style(f"{record.at.astimezone():%H:%M:%S} {summary}", bold=True))
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False)
        for line in render.lines(layers):
            console.print(Text.assemble(*((text, render.STYLES[style]) for text, style in line)), soft_wrap=True)
    else:
        click.echo(render.plain(layers))
    sys.stdout.flush()
