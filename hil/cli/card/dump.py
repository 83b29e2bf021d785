"""``dmrig card dump``: a card's files as an image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import JSON, ReaderChoice, reader_options
from hil.cli.help import examples

if TYPE_CHECKING:
    from hil.card.dump.found import FoundFile


@click.command(
    "dump",
    epilog=examples(
        "dmrig card dump my-sim.yaml",
        'dmrig card dump --reader "Gemalto*" my-sim.yaml',
        "dmrig card dump --image operator-sim copy.yaml",
        "dmrig card read --image my-sim.yaml",
    ),
)
@reader_options
@click.option("--pin", metavar="PIN", help="Show the card this PIN (key 01), once, to read what it protects.")
@click.option("--last-try", is_flag=True, help="Show it even when a wrong one would block it.")
@click.option("--thorough", is_flag=True, help="Try every file identifier that files may have; takes longer.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@JSON
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(
    choice: ReaderChoice,
    pin: str | None,
    last_try: bool,
    thorough: bool,
    force: bool,
    as_json: bool,
    file: Path,
) -> None:
    """Copy a card's readable files into an image, FILE, whose virtual card then behaves like it.

    Known files are looked for in every directory, and those that EF(DIR), EF(ODF) and EF(ARR) lead to. With them
    come what the card tells of each, access rules, the ATR, and how many tries its PINs have left. Nothing on the
    card is changed, and no PIN is tried unless --pin gives one: then its tries are counted first. What a card
    keeps to itself (keys, protected files) is not in the image.
    """
    from hil.card import secretfile
    from hil.card.dump.copying import dump
    from hil.card.uicc.rules import PIN1

    secretfile.check(file, force=force)
    keys = {} if pin is None else {PIN1: pin}
    made = dump(
        choice.open(),
        lambda text: click.echo(text, err=True),
        keys=keys,
        last_try=last_try,
        thorough=thorough,
    )
    secretfile.write(file, made.text, force=force)
    found = made.found
    files = [*_all(found.mf), *(each for application in found.applications for each in _all(application))]
    unread = [f"{each.fid or 0:04X} {each.name}".rstrip() + f": {each.trouble}" for each in files if each.trouble]
    if as_json:
        report = {
            "file": str(file),
            "files": len(files),
            "unread": unread,
            "refused": found.refused,
            "pins": [
                {"key": f"{each.key:02X}", "enabled": each.enabled, "left": each.left, "puk_left": each.puk_left}
                for each in found.pins
            ],
        }
        click.echo(json.dumps(report, indent=2))
        return
    for each in found.pins:
        left = "tries unknown" if each.left is None else f"{each.left} tries left"
        click.echo(f"PIN {each.key:02X}: {'enabled' if each.enabled else 'disabled'}, {left}")
    for text in [*unread, *found.refused]:
        click.echo(f"not read: {text}")
    click.echo(f"{len(files)} files in {file}. The card's secrets are in it: only you can read it (mode 0600).")


def _all(directory: FoundFile) -> list[FoundFile]:
    found: list[FoundFile] = []
    for each in directory.files:
        found += _all(each) if each.description.kind == "directory" else [each]
    return found
