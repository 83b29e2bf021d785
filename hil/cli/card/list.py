"""``dmrig card list``: the readers of this machine."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import JSON
from hil.cli.help import examples
from hil.errors import ExitCode

if TYPE_CHECKING:
    from hil.card.pcsc_context import ReaderState
    from hil.card.watch import SlotEvent


@click.command(
    "list",
    epilog=examples(
        "dmrig card list", "dmrig card list --watch", "dmrig card list --json | jq -r '.readers[].name'"
    ),
)
@JSON
@click.option("--watch", is_flag=True, help="Go on, and tell of cards and readers that come and go, until Ctrl-C.")
def command(as_json: bool, watch: bool) -> int:
    """List the readers that PC/SC knows, with the card in each.

    With --watch and --json, one JSON object a line: what is there first, then what happens.

    Exit code 3 when there is no PC/SC library, no pcscd, or no reader.
    """
    if watch:
        return _watch(as_json)
    from hil.card.pcsc_context import list_readers
    from hil.card.pcsc_errors import NO_READERS, error_for

    readers = list_readers()
    if as_json:
        found = [{"name": each.name, "present": each.present, "atr": each.atr.hex().upper()} for each in readers]
        click.echo(json.dumps({"readers": found}, indent=2))
        return ExitCode.PASSED if readers else ExitCode.PART
    if not readers:
        raise error_for(NO_READERS, "looking for card readers")
    _print_readers(readers)
    return ExitCode.PASSED


def _watch(as_json: bool) -> int:
    from hil.card.pcsc_watch import PcscWatch, there
    from hil.cli.ending import ends_on_signal

    ended = ends_on_signal()
    watch = PcscWatch()
    events = there(watch.states)
    if not events and not as_json:
        click.echo("no reader yet")
    try:
        while not ended.is_set():
            for event in events:
                _print_event(event, as_json)
            sys.stdout.flush()
            events = watch.next(0.3)
    finally:
        watch.close()
    return ExitCode.INTERRUPTED


def _print_event(event: SlotEvent, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"reader": event.reader, "what": event.what, "atr": event.atr.hex().upper()}))
        return
    text = {"attached": "reader", "detached": "reader is gone"}.get(event.what, f"card {event.what}")
    click.echo(f"{event.reader}  {text}  {event.atr.hex(' ').upper()}".rstrip())


def _print_readers(readers: list[ReaderState]) -> None:
    rows = [(each.name, each.atr.hex(" ").upper() if each.present else "no card") for each in readers]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table("reader", "card (ATR)", box=None)
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        return
    width = max(len(name) for name, _ in rows)
    for name, card in rows:
        click.echo(f"{name:<{width}}  {card}")
