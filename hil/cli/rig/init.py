"""``dmrig rig init``: a rig file from what is plugged in."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hil.rig.survey import Survey

DEFAULT = "rig.yaml"


@click.command(
    "init",
    epilog=examples(
        "dmrig rig init",
        "dmrig rig init lab.yaml --force",
        "dmrig rig init --port rfc2217://192.0.2.1:7000",
        "dmrig rig init - | less",
    ),
)
@click.argument("file", default=DEFAULT, metavar="[FILE]")
@click.option("--port", "ports", multiple=True, metavar="PORT",
              help="Look there too: a pseudo-terminal, socket:// or rfc2217://; repeatable.")  # fmt: skip
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(file: str, ports: tuple[str, ...], force: bool) -> int:
    """Look at readers, cards and modems, and write a rig file with what was found: rig.yaml, or standard output
    for "-".

    Cards are read and modems asked; nothing of them is changed, and no PIN is entered. AT is sent to each serial
    port, because only an answer proves a modem. What could also be used stands in the file as comments. When
    nothing is plugged in, the file is the virtual rig.

    Exit code 2 when the file is there already.
    """
    from datetime import UTC, datetime

    from hil.rig.draft import draft
    from hil.rig.survey import survey

    if file != "-" and os.path.lexists(file) and not force:
        raise UsageError(f"{file} is there already", hint="--force writes over it")
    found = survey(ports, lambda what: click.echo(f"looking at {what}", err=True))
    text = draft(found, f"{datetime.now(UTC):%Y-%m-%d}")
    if file == "-":
        click.echo(text, nl=False)
        return ExitCode.PASSED
    _write(Path(file), text, force=force)
    _tell(found)
    click.echo(f"{file} is written; next: dmrig rig show {file}")
    return ExitCode.PASSED


def _write(path: Path, text: str, *, force: bool) -> None:
    """Whole or not at all, for its owner alone."""
    try:
        descriptor, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
        if force:
            os.replace(made, path)
        else:
            # unlike a replacement, a link is refused when somebody has made the file meanwhile
            os.link(made, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            os.unlink(made)


def _tell(found: Survey) -> None:
    from hil.trace.row import one_line
    from hil.trace.structure import last_digits

    for reader in found.readers:
        card = "no card" if not reader.present else reader.trouble or f"a card with ICCID {_masked(reader.iccid)}"
        click.echo(f"reader {one_line(f'{reader.name}: {card}')}")
    for modem in found.modems:
        ways = f"its SIM is read by {', '.join(modem.ways)}" if modem.ways else "its SIM is not read"
        told = f"{modem.name}, IMEI {last_digits(modem.imei) if modem.imei else 'unknown'}; {ways}"
        click.echo(f"modem {one_line(f'{modem.port.name}: {told}')}")
    for each in found.lacking:
        click.echo(one_line(each))
    if not found.readers and not found.modems:
        click.echo("nothing is plugged in, as far as dmrig can see; dmrig doctor says what is missing")


def _masked(digits: str | None) -> str:
    from hil.trace.structure import last_digits

    return last_digits(digits) if digits else "that cannot be read"
