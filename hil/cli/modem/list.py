"""``dmrig modem list``: the serial ports of this machine, and what is on them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.cli.modem.options import JSON, SPEED
from hil.errors import ExitCode

if TYPE_CHECKING:
    from hil.modem.ports import Port
    from hil.modem.probe import Found

HEADINGS = ("port", "usb", "description", "modem")


@click.command(
    "list",
    epilog=examples(
        "dmrig modem list",
        "dmrig modem list --no-probe",
        "dmrig modem list /dev/pts/7 socket://192.0.2.1:7000",
        "dmrig modem list --json | jq -r '.ports[] | select(.modem.answers) | .device'",
    ),
)
@click.argument("names", nargs=-1, metavar="[PORT]...")
@click.option("--probe/--no-probe", "ask", default=True, show_default=True, help="Send AT to each port.")
@SPEED
@JSON
def command(names: tuple[str, ...], ask: bool, speed: int, as_json: bool) -> int:
    """List the serial ports, with their USB ids, and the modem on each.

    Many a port has no hardware behind it: only an answer to AT proves a modem, so AT is sent to each. A PORT that
    is named is looked at alone; the system's list has no pseudo-terminals and no ports of other machines.

    Exit code 3 when no port answers; with --no-probe when there is none.
    """
    from hil.modem.ports import Port, find, ports

    known = ports()
    if names:
        by_device = {port.device: port for port in known}
        devices = [find(name, known) for name in names]
        known = [by_device.get(device, Port(device)) for device in devices]
    found = [(port, _probed(port, speed) if ask else None) for port in known]
    if as_json:
        click.echo(json.dumps({"ports": [_to_json(*each) for each in found]}, indent=2, ensure_ascii=False))
    elif found:
        _print([_row(*each) for each in found])
    else:
        click.echo("there is no serial port on this machine", err=True)
    good = any(modem.answers for _, modem in found if modem is not None) if ask else bool(found)
    return ExitCode.PASSED if good else ExitCode.PART


def _probed(port: Port, speed: int) -> Found:
    from datetime import UTC, datetime

    from hil.errors import PartError
    from hil.modem.probe import Found, probe
    from hil.modem.serial import SerialLine
    from hil.trace.recorder import Recorder

    try:
        line = SerialLine(port.device, speed)
    except PartError as error:
        return Found(trouble=str(error))
    return probe(line, Recorder(lambda: datetime.now(UTC)))


def _to_json(port: Port, modem: Found | None) -> dict[str, object]:
    return {**asdict(port), "modem": None if modem is None else asdict(modem)}


def _row(port: Port, modem: Found | None) -> tuple[str, ...]:
    if modem is None:
        said = "not asked"
    elif modem.answers:
        said = " ".join(each for each in (modem.manufacturer, modem.model) if each) or "answers to AT"
    else:
        said = modem.trouble
    usb = port.usb and f"{port.usb}{'' if port.interface is None else f':{port.interface}'}"
    return port.device, usb or "-", port.description or "-", said


def _print(rows: list[tuple[str, ...]]) -> None:
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*HEADINGS, box=None)
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        return
    widths = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
    for row in (HEADINGS, *rows):
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
