"""``dmrig card write``: a bootstrap onto a test SIM."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import JSON
from hil.cli.help import examples

if TYPE_CHECKING:
    from hil.card.image import CardImage
    from hil.card.write.session import MakePlan, Writing
    from hil.card.write.show import Cover


@click.command(
    "write",
    epilog=examples(
        'dmrig card write --reader "Gemalto*" card.yaml',
        'dmrig card write --reader "Gemalto*" --adm 88888888 --iccid 8988211000000430010 --really card.yaml',
        'dmrig card write --reader "Gemalto*" --adm 88888888 --restore --really card-0010-backup.yaml',
    ),
)
@click.option(
    "--reader", required=True, metavar="NAME", help="Which reader; * and ? stand for a part of the name."
)
@click.option("--iccid", metavar="DIGITS", help="The number of the card that is meant; asked for if left out.")
@click.option("--pin", metavar="PIN", envvar="DMRIG_CARD_PIN", show_envvar=True, help="The card's PIN (key 01).")
@click.option("--adm", metavar="KEY", envvar="DMRIG_CARD_ADM", show_envvar=True,
              help="The issuer's key: digits, or 8 or 16 bytes in hex.")  # fmt: skip
@click.option("--adm-key", metavar="REF", default="0A", show_default=True, help="Its reference, in hex.")
@click.option("--last-try", is_flag=True, help="Show a PIN or key even when a wrong one would block it.")
@click.option("--backup", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Where the card's backup goes [card-XXXX-<time>.yaml].")  # fmt: skip
@click.option("--restore", is_flag=True, help="IMAGE is a backup: bring its bootstrap files back.")
@click.option("--really", is_flag=True, help="Write. Without it, only what would be done is shown.")
@click.option("--wait", type=click.FloatRange(0, 3600), default=10.0, metavar="SECONDS", show_default=True,
              help="How long to wait for a card in the reader.")  # fmt: skip
@click.option("--show-secrets", is_flag=True, help="Show ICCID, passwords and nonces in full.")
@JSON
@click.argument("image", metavar="IMAGE")
def command(
    reader: str,
    image: str,
    iccid: str | None,
    pin: str | None,
    adm: str | None,
    adm_key: str,
    last_try: bool,
    backup: Path | None,
    restore: bool,
    really: bool,
    wait: float,
    show_secrets: bool,
    as_json: bool,
) -> None:
    """Put the bootstrap of IMAGE on a test SIM, or show what that would change.

    Without --really nothing is written, and no PIN or key is shown to the card. With it, the card's number has to
    be confirmed and a backup is made first; each UPDATE BINARY is read back, and the first thing that is not as
    expected ends it. Files have to be there and large enough: EF(ODF), EF(DODF-bootstrap) and EF(DM_Bootstrap) in
    the card's PKCS#15 application. A PIN or key is tried once, after its tries were counted.

    Exit code 3 when the card cannot take it, or did something unexpected.
    """
    from hil.card import secretfile
    from hil.card.pcsc import PcscReader
    from hil.card.write.session import Unsuitable, Writing, refuse
    from hil.card.write.show import Cover
    from hil.errors import UsageError

    if not reader.strip("*? "):
        raise UsageError("the reader has to be named, so that no other card is written to", hint="dmrig card list")
    if backup is not None:
        secretfile.check(backup, force=False)
    keys = _keys(pin, adm, adm_key)
    make_plan, secrets = _restoring(image) if restore else _bootstrap(image)
    cover = Cover(secrets, show_all=show_secrets)
    told = _Told(as_json)
    card = PcscReader(reader, wait, exclusive=really)
    writing = Writing(card, make_plan, keys, last_try, told.progress)
    try:
        writing.look()
        told.identity(card.name, writing.iccid, show_secrets)
        told.plan(writing, cover)
        try:
            refuse(writing.plan, locked=not keys)
        except Unsuitable as error:
            told.refused(error)
            raise
        if not really:
            told.end("nothing was written; --really does it" if writing.plan.changes else _nothing(writing))
            return
        _confirm(iccid, writing.iccid)
        before = writing.plan.changes
        writing.open()
        if writing.plan.changes != before:
            told.plan(writing, cover)
        if not writing.plan.changes:
            told.end(_nothing(writing))
            return
        path = backup or _backup_name(writing.iccid)
        writing.back_up(path)
        told.backup(path)
        again = f"dmrig card write --restore --really --reader '{card.name}' {path} (with the same PIN or key)"
        found = writing.write(path, again, lambda change, at, piece: told.sent(writing, change, at, piece, cover))
        told.end(f"written and read back; a device finds {len(found.messages)} bootstrap messages on the card now")
    finally:
        card.disconnect()


def _keys(pin: str | None, adm: str | None, adm_key: str) -> dict[int, str]:
    """By reference. What has not the form of one is refused before the card hears of it."""
    from hil.card.keys import octets
    from hil.card.uicc.rules import PIN1, is_adm
    from hil.errors import UsageError

    given = {PIN1: pin} if pin is not None else {}
    if adm is not None:
        try:
            reference = int(adm_key, 16)
        except ValueError:
            reference = 0
        if not is_adm(reference):
            raise UsageError(
                f"--adm-key {adm_key!r} is no reference of an issuer's key", hint="0A to 0E, 8A to 8E"
            )
        given[reference] = adm
    for key, value in given.items():
        octets(key, value)
    return given


def _bootstrap(name: str) -> tuple[MakePlan, list[str]]:
    from hil.card.image import load_image
    from hil.card.write import bootstrap

    image = load_image(name).substituted({})
    return lambda found, keys: bootstrap.plan(found, image, keys), _secrets(image)


def _restoring(name: str) -> tuple[MakePlan, list[str]]:
    from hil.card.image import load_image
    from hil.card.write import restore

    image = load_image(name).substituted({})
    return lambda found, keys: restore.plan(found, image, keys), _secrets(image)


def _secrets(image: CardImage) -> list[str]:
    nonces = [
        nonce
        for entry in image.bootstrap
        if entry.account is not None
        for nonce in (entry.account.client_nonce, entry.account.server_nonce)
    ]
    return [*image.secrets(), *filter(None, nonces)]


def _confirm(typed: str | None, iccid: str | None) -> None:
    from hil.card.report import identity
    from hil.card.write.session import Unsuitable
    from hil.errors import UsageError

    if iccid is None:
        raise Unsuitable(
            "the card's ICCID cannot be read, so that nobody can say that it is the one that is meant"
        )
    if typed is None:
        if not sys.stdin.isatty():
            raise UsageError("the card has to be confirmed", hint="--iccid with the number that is printed on it")
        typed = click.prompt(f"The ICCID of the card that is meant (this one: {identity(iccid, False)})", err=True)
    if typed.replace(" ", "") != iccid:
        raise UsageError(
            f"the card in the reader ({identity(iccid, False)}) is not the one that is meant; nothing was written"
        )


def _backup_name(iccid: str | None) -> Path:
    return Path(f"card-{(iccid or 'unknown')[-4:]}-{datetime.now():%Y%m%d-%H%M%S}.yaml")


def _nothing(writing: Writing) -> str:
    return "the card has all that already; nothing to write" if not writing.plan.locked else "nothing was written"


class _Told:
    """What the command says: to people line by line, to programs in one object at the end."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._report: dict[str, object] = {}

    def progress(self, text: str) -> None:
        click.echo(text, err=True)

    def identity(self, reader: str, iccid: str | None, show_secrets: bool) -> None:
        from hil.card.report import identity

        shown = identity(iccid, show_secrets) or "unknown"
        self._say(f"reader {reader}, card {shown}")
        self._report |= {"reader": reader, "iccid": shown}

    def plan(self, writing: Writing, cover: Cover) -> None:
        from hil.card.keys import octets, verify_line
        from hil.card.write.show import command_line, difference

        cla = self._cla(writing)
        for key, value in writing.keys.items() if writing.plan.changes else ():
            self._say(f"  > {verify_line(cla, key, octets(key, value))}")
        commands: list[str] = []
        for change in writing.plan.changes:
            for line in difference(change, cover):
                self._say(line)
            here = [command_line(cla, change, at, len(piece), cover) for at, piece in change.updates()]
            for line in here:
                self._say(f"  > {line}")
            commands += here
        for text in writing.plan.locked:
            self._say(f"not known yet: {text}")
        plan = writing.plan
        self._report |= {"planned": commands, "problems": plan.problems, "locked": plan.locked}

    def backup(self, path: Path) -> None:
        self._say(f"backup: {path} (mode 0600)")
        self._report["backup"] = str(path)

    def sent(self, writing: Writing, change: object, at: int, piece: bytes, cover: Cover) -> None:
        from hil.card.write.plan import Change
        from hil.card.write.show import command_line

        assert isinstance(change, Change)
        click.echo(f"> {command_line(self._cla(writing), change, at, len(piece), cover)}", err=True)

    def end(self, text: str) -> None:
        self._say(text)
        if self._as_json:
            self._report["result"] = text
            click.echo(json.dumps(self._report, indent=2))

    def refused(self, error: Exception) -> None:
        """People read the error itself."""
        if self._as_json:
            self.end(str(error))

    def _say(self, text: str) -> None:
        if not self._as_json:
            click.echo(text)

    @staticmethod
    def _cla(writing: Writing) -> int:
        return 0xA0 if writing.found is not None and writing.found.habits.mode == "sim" else 0x00
