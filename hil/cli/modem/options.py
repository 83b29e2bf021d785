"""Arguments and options that several modem commands have."""

from __future__ import annotations

import click

PORT = click.argument("port", metavar="PORT")
SPEED = click.option(
    "--speed", type=click.IntRange(1), default=115200, show_default=True, metavar="BAUD", help="Bits per second."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
PIN = click.option(
    "--pin", "ask_pin", is_flag=True, help="Ask for the SIM's PIN, and enter it once if it is wanted."
)
