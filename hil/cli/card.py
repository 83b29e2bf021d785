"""``dmrig card``: the readers of this machine, and what is on a card."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.errors import ExitCode

if TYPE_CHECKING:
    from hil.card.pcsc import ReaderState
    from hil.card.reader import Reader
    from hil.card.report import CardReport

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")


@click.group(
    epilog=examples("dmrig card list", "dmrig card read", "dmrig card read --image operator-sim --show-secrets")
)
def command() -> None:
    """List card readers; read the DM bootstrap of a card."""


@command.command("list", epilog=examples("dmrig card list", "dmrig card list --json | jq -r '.readers[].name'"))
@JSON
def list_(as_json: bool) -> int:
    """List the readers that PC/SC knows, with the card in each.

    Exit code 3 when there is no PC/SC library, no pcscd, or no reader.
    """
    from hil.card.pcsc import list_readers
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


@command.command(
    "read",
    epilog=examples(
        "dmrig card read",
        'dmrig card read --reader "Gemalto*"',
        "dmrig card read --image operator-sim",
        "dmrig card read --json | jq '.bootstrap[].accounts'",
    ),
)
@click.option("--reader", metavar="NAME", help="Which reader; * and ? stand for what does not matter [*].")
@click.option("--image", metavar="FILE", help="Read a virtual card: an image file, or one that comes with dmrig.")
@click.option("--wait", type=click.FloatRange(0, 3600), default=10.0, metavar="SECONDS", show_default=True,
              help="How long to wait for a card.")  # fmt: skip
@click.option("--show-secrets", is_flag=True, help="Show ICCID, IMSI, passwords and nonces in full.")
@JSON
def read(reader: str | None, image: str | None, wait: float, show_secrets: bool, as_json: bool) -> None:
    """Read a card: ICCID, IMSI, and the DM accounts that its bootstrap messages bring.

    Nothing is written to the card, and no PIN is tried. A card without a bootstrap is a result, not a failure.
    """
    from hil.card.report import read_card
    from hil.errors import UsageError

    if reader is not None and image is not None:
        raise UsageError("--reader and --image exclude each other", hint="an image is read in a virtual reader")
    report = read_card(_virtual(image) if image is not None else _real(reader or "*", wait))
    if as_json:
        click.echo(json.dumps(report.to_json(show_secrets=show_secrets), indent=2, ensure_ascii=False))
    else:
        _print_report(report, show_secrets)


def _real(pattern: str, wait: float) -> Reader:
    from hil.card.pcsc import PcscReader

    return PcscReader(pattern, wait)


def _virtual(image: str) -> Reader:
    from hil.account import Account
    from hil.card.image import load_image
    from hil.card.uicc.build import build
    from hil.card.virtual import VirtualReader

    variables = Account().variables() | {
        "server.url": "http://127.0.0.1:8080/dm",
        "server.bootstrap_url": "http://127.0.0.1:8080/bootstrap",
    }
    reader = VirtualReader(f"virtual reader with {image}")
    reader.insert(build(load_image(image).substituted(variables)))
    return reader


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


def _print_report(report: CardReport, show_secrets: bool) -> None:
    from hil.card.report import identity, shown

    def line(name: str, value: str) -> None:
        click.echo(f"{click.style(f'{name:<18}', bold=True)}{value}")

    line("reader", report.reader)
    line("ATR", report.atr.hex(" ").upper())
    line("ICCID", identity(report.iccid, show_secrets) or "unknown")
    line("IMSI", identity(report.imsi, show_secrets) or "unknown")
    for number, each in enumerate(report.messages, 1):
        line("bootstrap", f"message {number}, {each.size} bytes")
        if each.refused is not None:
            line("  refused", each.refused)
        for account in each.accounts:
            for name, value in shown(account, show_secrets).items():
                line(f"  {name}", value)
    if not report.messages:
        line("bootstrap", "none")
    for note in report.notes:
        line("note", note)
