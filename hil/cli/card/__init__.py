"""``dmrig card``: readers and cards."""

from __future__ import annotations

import click

from hil.cli.help import examples
from hil.cli.lazy import LazyGroup

COMMANDS = {
    "list": ("hil.cli.card.list", "List the readers that PC/SC knows, with the card in each."),
    "read": ("hil.cli.card.read", "Read a card: ICCID, IMSI, and the DM accounts that it brings."),
    "explore": ("hil.cli.card.explore", "Walk through a card's files and read them."),
    "apdu": ("hil.cli.card.apdu", "Send commands to a card and show what it answers."),
    "trace": ("hil.cli.card.trace", "Read a card's bootstrap with every exchange shown, or show a recording."),
    "serve": ("hil.cli.card.serve", "Offer a virtual card to any PC/SC program."),
    "dump": ("hil.cli.card.dump", "Copy a card's readable files into an image that behaves like it."),
    "make": ("hil.cli.card.make", "Make an image from an account."),
    "write": (
        "hil.cli.card.write",
        "Put a bootstrap on a test SIM; a dry run unless told otherwise.",
    ),
    "gateway": ("hil.cli.card.gateway", "Let HTTPS clients reach the web server in a card (SCWS over BIP)."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    epilog=examples("dmrig card list", "dmrig card read", "dmrig card read --image operator-sim --show-secrets"),
)
def command() -> None:
    """Card readers and cards: list, read, explore, copy; virtual cards for other programs."""
