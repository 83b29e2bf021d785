"""``dmrig modem``: AT modems, real and virtual."""

from __future__ import annotations

import click

from hil.cli.help import examples
from hil.cli.lazy import LazyGroup

COMMANDS = {
    "list": ("hil.cli.modem.list", "List the serial ports, and the modem on each."),
    "info": ("hil.cli.modem.info", "Show what a modem tells of itself."),
    "listen": ("hil.cli.modem.listen", "Show short messages and pushes, decoded as they come."),
    "send": ("hil.cli.modem.send", "Send a text, data for a port, or a push."),
    "at": ("hil.cli.modem.at", "Send AT commands, by hand or from the command line."),
    "serve": ("hil.cli.modem.serve", "Offer a virtual modem to any program that speaks AT."),
    "learn": ("hil.cli.modem.learn", "Ask a modem what it is and takes; write that as a profile."),
}


@click.group(cls=LazyGroup, table=COMMANDS, epilog=examples("dmrig modem list"))
def command() -> None:
    """Find modems and talk to them.

    A PORT is a device (/dev/ttyUSB2), a URL (socket://HOST:PORT, rfc2217://HOST:PORT), a USB id (usb:1e0e:9001, or
    usb:1e0e:9001:2 for one of its interfaces), or a pattern for a port's name or description ("*Quectel*").
    """
