"""A modem's driver for one command, with its notes on standard error."""

from __future__ import annotations

from contextlib import AbstractContextManager

import click

from hil.modem import session
from hil.modem.session import FINISH, FOREVER, Session

__all__ = ["FINISH", "FOREVER", "Session", "opened"]


def opened(port: str, speed: int, *, ask_pin: bool, reports: bool = False) -> AbstractContextManager[Session]:
    """The modem on a port, set up. Raises `PartError` and `UsageError`."""
    pin = str(click.prompt("PIN of the modem's SIM", hide_input=True, err=True)) if ask_pin else None
    return session.opened(
        port, speed, pin=pin, reports=reports, note=lambda text: click.echo(f"dmrig: {text}", err=True)
    )
