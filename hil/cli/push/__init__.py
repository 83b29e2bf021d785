"""``dmrig push``: pushes made, sent and read."""

from __future__ import annotations

import click

from hil.cli.help import examples
from hil.cli.lazy import LazyGroup

COMMANDS = {
    "build": ("hil.cli.push.build", "Make a push: a notification, a bootstrap, or any body."),
    "send": ("hil.cli.push.send", "Send a push by UDP, OTA-HTTP, a modem, PAP or SMPP."),
    "decode": ("hil.cli.push.decode", "Read a push layer by layer, and check its digest or MAC."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    epilog=examples(
        "dmrig push build notification --server dm.example.com --secret s3cret --session 0xA7",
        "dmrig push build notification --secret s3cret | dmrig push send - --to udp://127.0.0.1:2948",
        "dmrig push decode 010603D8AF87... --secret s3cret",
    ),
)
def command() -> None:
    """Make, send and read WAP pushes as OMA DM uses them."""
