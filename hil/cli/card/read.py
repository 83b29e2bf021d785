"""``dmrig card read``: what is on a card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import JSON, ReaderChoice, reader_options
from hil.cli.help import examples

if TYPE_CHECKING:
    from hil.card.report import CardReport
    from simulator.bootstrap.pin import PinRequest


@click.command(
    "read",
    epilog=examples(
        "dmrig card read",
        'dmrig card read --reader "Gemalto*"',
        "dmrig card read --image operator-sim",
        "dmrig card read --pin",
        "dmrig card read --json | jq '.bootstrap[].accounts'",
    ),
)
@reader_options
@click.option("--pin", "ask", is_flag=True, help="Ask for a PIN when a file wants one; shows the tries left.")
@click.option("--show-secrets", is_flag=True, help="Show ICCID, IMSI, passwords and nonces in full.")
@JSON
def command(choice: ReaderChoice, ask: bool, show_secrets: bool, as_json: bool) -> None:
    """Read a card: ICCID, IMSI, and the DM accounts that its bootstrap messages bring.

    Nothing is written to the card. Without --pin no PIN is tried, with it each one once. A card without a
    bootstrap is a result, not a failure.
    """
    from hil.card.report import read_card

    report = read_card(choice.open(), _ask if ask else None)
    if as_json:
        click.echo(json.dumps(report.to_json(show_secrets=show_secrets), indent=2, ensure_ascii=False))
    else:
        _print_report(report, show_secrets)


def _ask(request: PinRequest) -> str | None:
    """On the terminal, where nobody can read it; an empty line is no PIN."""
    pin = click.prompt(f"{request}. Enter it", default="", hide_input=True, show_default=False, err=True)
    return str(pin) or None


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
