"""The plan of bringing back what a backup, an image copied from the card, says of the card's bootstrap files."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hil.card.dump.found import FoundCard
from hil.card.explicit import FileEntry, number
from hil.card.image import CardImage
from hil.card.uicc.files import Df, Ef
from hil.card.uicc.given import given_files
from hil.card.write.plan import Home, Plan, change, home_of
from hil.card.write.plan import iccid_of as card_iccid
from hil.errors import UsageError
from simulator.bootstrap.identity import read_iccid
from simulator.codes.apdu import AID_PKCS15, DF_PKCS15, EF_ICCID, EF_ODF
from simulator.errors import CodecError


def plan(found: FoundCard, backup: CardImage, keys: Collection[int]) -> Plan:
    """All transparent files of the PKCS #15 application as the backup has them. Raises `UsageError`."""
    made = Plan()
    home = home_of(found)
    if home is None:
        made.problems.append("the card has no PKCS#15 application")
        return made
    model = _home(backup)
    if iccid_of(backup) != card_iccid(found):
        made.problems.append("the backup is of another card: it has another ICCID")
    unread = {number(each.fid) for each in _entries(backup) if each.unread}
    # Messages before the directory that names them, and EF(ODF) last, as they are written.
    for fid, file in sorted(model.files.items(), key=lambda each: (each[0] == EF_ODF, -each[0])):
        if isinstance(file, Ef) and file.records is None and fid not in unread and _differs(home, fid, file):
            change(made, home, fid, bytes(file.content), found, keys)
    return made


def iccid_of(backup: CardImage) -> str | None:
    """Of the card that the backup is of."""
    file = given_files(backup).files.get(EF_ICCID)
    try:
        return read_iccid(bytes(file.content)) if isinstance(file, Ef) else None
    except CodecError:
        return None


def _home(backup: CardImage) -> Df:
    mf = given_files(backup)
    found = next((df for df in mf.named() if df.aid.startswith(AID_PKCS15)), mf.files.get(DF_PKCS15))
    if not isinstance(found, Df):
        raise UsageError(
            "the image has no PKCS#15 application, file by file: it is no backup",
            hint="a backup is what `dmrig card write` and `dmrig card dump` write",
        )
    return found


def _differs(home: Home, fid: int, file: Ef) -> bool:
    there = home.find(fid)
    return there is None or there.trouble != "" or there.content != bytes(file.content)


def _entries(image: CardImage) -> Iterator[FileEntry]:
    for application in image.applications:
        if application.aid.startswith(AID_PKCS15):
            yield from application.files
    for directory in image.files:
        if number(directory.fid) == DF_PKCS15 or (directory.aid or b"").startswith(AID_PKCS15):
            yield from directory.files
