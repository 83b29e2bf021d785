"""``dmrig card trace``: what goes between a card and whoever reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import ReaderChoice, reader_options
from hil.cli.help import examples
from hil.errors import UsageError

if TYPE_CHECKING:
    from hil.card.recording import Event


@click.command(
    "trace",
    epilog=examples(
        "dmrig card trace",
        "dmrig card trace --image operator-sim",
        "dmrig card trace --out my-sim.apdu         # --recording my-sim.apdu plays it back",
        "dmrig card trace runs/today                # a run's directory, or such a file",
    ),
)
@reader_options
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the recording, secrets and all, into a new file that only you can read.")  # fmt: skip
@click.option("--words", is_flag=True, help="Only the lines in words, no octets.")
@click.option("--show-secrets", is_flag=True, help="Show ICCID, IMSI, PINs, passwords and nonces.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def command(choice: ReaderChoice, out: Path | None, words: bool, show_secrets: bool, file: Path | None) -> None:
    """Read a card's identities and bootstrap with every exchange shown, decoded; or show a recording, FILE.

    Nothing on the card is changed, and no PIN is tried. What is shown is shown when all was read, because only
    then it is known what in it is secret.
    """
    from hil.card.recording import load

    if file is not None:
        if choice != ReaderChoice() or out is not None:
            raise UsageError("a recording is shown, or a card is read", hint="leave FILE out, or the options")
        _print(load(file), words, show_secrets)
        return
    from hil.card import secretfile
    from hil.card.recording import write

    heard: list[Event] = []
    if out is not None:
        secretfile.check(out, force=False)
    try:
        notes = _read(choice, heard)
    finally:
        _print(heard, words, show_secrets)
    for note in notes:
        click.echo(f"note: {note}")
    if out is not None:
        secretfile.write(out, write(heard), force=False)


def _read(choice: ReaderChoice, heard: list[Event]) -> list[str]:
    from hil.card.dialogue import run
    from hil.card.recording import RecordingReader
    from simulator.bootstrap.card import read_bootstrap

    reader = RecordingReader(choice.open(), heard.append)
    reader.connect()
    try:
        found = run(read_bootstrap(), reader)
    finally:
        reader.disconnect()
    return [*found.notes, f"{len(found.messages)} bootstrap message{'' if len(found.messages) == 1 else 's'}"]


def _print(heard: list[Event], words: bool, show_secrets: bool) -> None:
    from hil.card.names import Narrator
    from hil.card.show import learn_secrets, told
    from hil.trace.mask import Masker

    masker = Masker(show_all=show_secrets)
    learn_secrets(heard, masker)
    narrator = Narrator()
    for event in heard:
        for line in told(event, narrator, masker, octets=not words):
            click.echo(line)
