"""``dmrig card read``: what is on a card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import JSON, ReaderChoice, reader_options
from hil.cli.help import examples

if TYPE_CHECKING:
    from hil.card.report import CardReport


@click.command(
    "read",
    epilog=examples(
        "dmrig card read",
        'dmrig card read --reader "Gemalto*"',
        "dmrig card read --image operator-sim",
        "dmrig card read --json | jq '.bootstrap[].accounts'",
    ),
)
@reader_options
@click.option("--show-secrets", is_flag=True, help="Show ICCID, IMSI, passwords and nonces in full.")
@JSON
def command(choice: ReaderChoice, show_secrets: bool, as_json: bool) -> None:
    """Read a card: ICCID, IMSI, and the DM accounts that its bootstrap messages bring.

    Nothing is written to the card, and no PIN is tried. A card without a bootstrap is a result, not a failure.
    """
    from hil.card.report import read_card

    report = read_card(choice.open())
    if as_json:
        click.echo(json.dumps(report.to_json(show_secrets=show_secrets), indent=2, ensure_ascii=False))
    else:
        _print_report(report, show_secrets)


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
