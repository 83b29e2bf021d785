"""The plan of putting an image's bootstrap on a card: EF(DM_Bootstrap), EF(DODF), EF(ODF), in this order.

Entries of others in EF(ODF) and EF(DODF) stay. A card that has a DM bootstrap gets the new one in its place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from hil.card.dump.found import FoundCard
from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.uicc.files import Df, Ef
from hil.card.write.plan import Home, Plan, change, home_of
from hil.errors import UsageError
from simulator.bootstrap import pkcs15, tlv
from simulator.bootstrap.pkcs15 import OID_DM_BOOTSTRAP, DataObject, Path
from simulator.codes.apdu import (
    AID_PKCS15,
    DF_PKCS15,
    EF_DM_BOOTSTRAP,
    EF_DODF_BOOTSTRAP,
    EF_ODF,
    MF,
    file_name,
)
from simulator.errors import CodecError


@dataclass(slots=True)
class _Present:
    """What a card has of a bootstrap already."""

    directory: int = EF_DODF_BOOTSTRAP
    """The EF(DODF) that names it, or would."""
    listed: bool = False
    """Whether EF(ODF) names that directory."""
    files: list[int] = field(default_factory=list)
    """Where the messages are."""


def plan(found: FoundCard, image: CardImage, keys: Collection[int]) -> Plan:
    """Raises `UsageError` for an image without a bootstrap. ``keys``: what will be shown to the card."""
    if not image.bootstrap:
        raise UsageError("the image has no bootstrap to write", hint="`dmrig card make` makes one that has")
    made = Plan()
    home = home_of(found)
    if home is None:
        made.problems.append("the card has no PKCS#15 application; dmrig makes none")
        return made
    odf = _content(home, EF_ODF, made)
    if odf is None:
        return made
    present = _present(home, odf, made)
    dodf = _content(home, present.directory, made)
    if dodf is None or made.problems:
        return made
    entries, contents = _wanted(image, home, present)
    kept = [tag for tag in _entries(dodf, file_name(present.directory), made) if not _is_ours(tag)]
    files = [(fid, content) for fid, content in contents.items()]
    files.append((present.directory, b"".join(kept) + pkcs15.write_dodf(entries)))
    if not present.listed:
        others = b"".join(_entries(odf, file_name(EF_ODF), made))
        path = Path(_place(entries[0], present.directory))
        files.append((EF_ODF, others + pkcs15.write_odf([path])))
    for fid, content in files:
        change(made, home, fid, content, found, keys)
    return made


def _content(home: Home, fid: int, made: Plan) -> bytes | None:
    file = home.find(fid)
    if file is None:
        made.problems.append(f"the card has no {file_name(fid)} in its PKCS#15 application; dmrig makes no files")
    elif file.trouble:
        made.locked.append(f"{file_name(fid)} cannot be read ({file.trouble})")
    else:
        return file.content
    return None


def _present(home: Home, odf: bytes, made: Plan) -> _Present:
    present = _Present()
    try:
        directories = [_fid(path) for path in pkcs15.read_odf(odf)]
    except CodecError as error:
        made.problems.append(f"{file_name(EF_ODF)} is damaged, and is not written over: {error}")
        return present
    present.listed = present.directory in directories
    for fid in directories:
        file = home.find(fid)
        try:
            objects = pkcs15.read_dodf(file.content) if file is not None and not file.trouble else []
        except CodecError as error:
            objects = error.partial if isinstance(error.partial, list) else []
        ours = [each.path for each in objects if each.oid == OID_DM_BOOTSTRAP and each.path is not None]
        if ours:
            return _Present(fid, True, list(dict.fromkeys(map(_fid, ours))))
    return present


def _entries(content: bytes, name: str, made: Plan) -> list[bytes]:
    """The entries of a directory file, one by one."""
    try:
        return [tlv.write(each.tag, each.value) for each in tlv.read(content, padded=True)]
    except CodecError as error:
        made.problems.append(f"{name} is damaged, and is not written over: {error}")
        return []


def _is_ours(entry: bytes) -> bool:
    try:
        return any(each.oid == OID_DM_BOOTSTRAP for each in pkcs15.read_dodf(entry))
    except CodecError:
        return False


def _wanted(image: CardImage, home: Home, present: _Present) -> tuple[list[DataObject], dict[int, bytes]]:
    """The entries of EF(DODF), and what the files hold that they name, as they are to be on this card."""
    # The virtual card of the image's words shows how its issuer would have written them.
    application = "adf" if home.file.fid is None else "df"
    own = {"application": application, "aid_suffix": b"", "foreign_dodf": False, "foreign_objects": False}
    layout = image.layout.model_copy(update=own)
    faults = image.faults.model_copy(update={"deactivated": False, "removed_after": None})
    card = build(CardImage(bootstrap=image.bootstrap, layout=layout, faults=faults))
    model = next(df for df in card.mf.named() if df.aid.startswith(AID_PKCS15))
    entries = [each for each in pkcs15.read_dodf(_bytes(model, EF_DODF_BOOTSTRAP)) if each.path is not None]
    theirs = list(dict.fromkeys(_fid(each.path) for each in entries if each.path is not None))
    free = (EF_DM_BOOTSTRAP + n for n in range(256) if EF_DM_BOOTSTRAP + n not in present.files)
    places = {fid: present.files[n] if n < len(present.files) else next(free) for n, fid in enumerate(theirs)}
    contents = {places[fid]: _bytes(model, fid).rstrip(b"\xff") for fid in theirs}
    moved = [_moved(each, places, home) for each in entries]
    return moved, contents


def _moved(entry: DataObject, places: dict[int, int], home: Home) -> DataObject:
    assert entry.path is not None
    head = entry.path.fids[:-2]
    if head == MF.to_bytes(2, "big") + DF_PKCS15.to_bytes(2, "big"):
        head = home.path
    fids = head + places[_fid(entry.path)].to_bytes(2, "big")
    return replace(entry, path=replace(entry.path, fids=fids))


def _place(entry: DataObject, directory: int) -> bytes:
    """A path to the directory of the same form as the entry has."""
    head = entry.path.fids[:-2] if entry.path is not None else b""
    return head + directory.to_bytes(2, "big")


def _fid(path: Path) -> int:
    return int.from_bytes(path.fids[-2:], "big")


def _bytes(directory: Df, fid: int) -> bytes:
    file = directory.files[fid]
    assert isinstance(file, Ef)
    return bytes(file.content)
