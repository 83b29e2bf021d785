"""``dmrig modem learn``: a profile of a connected modem."""

from __future__ import annotations

from pathlib import Path

import click

from hil.cli.help import examples
from hil.cli.modem.options import PORT, SPEED
from hil.errors import UsageError


@click.command(
    "learn",
    epilog=examples(
        "dmrig modem learn /dev/ttyUSB2",
        "dmrig modem learn usb:2c7c:0125:2 my-modem.yaml",
        "dmrig modem serve --vendor my-modem.yaml",
    ),
)
@PORT
@click.argument("file", required=False, type=click.Path(path_type=Path))
@SPEED
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(port: str, file: Path | None, speed: int, force: bool) -> None:
    """Ask a modem what it is and what it takes, and write that as a profile.

    Only harmless questions are asked: no message is read, sent or deleted, and no setting stays changed. The
    numbers of the modem and of its SIM do not go into the profile. What cannot be asked for, such as what a modem
    says when it starts, comes from the family of modems that dmrig knows it by. Without FILE it is printed.

    Exit code 3 when nothing answers, or the modem's SIM cannot be used.
    """
    from datetime import UTC, datetime

    from hil.modem.ports import find
    from hil.modem.profile.files import write
    from hil.modem.profile.learn import learn
    from hil.modem.serial import SerialLine
    from hil.trace.recorder import Recorder

    if file is not None and file.exists() and not force:
        raise UsageError(f"{file} is there already", hint="--force writes over it")
    line = SerialLine(find(port), speed)
    try:
        observed = learn(line, Recorder(lambda: datetime.now(UTC)))
    finally:
        line.close()
    text = write(observed)
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    click.echo(f"{file}: {observed.manufacturer} {observed.model}, of the family {observed.family}")
