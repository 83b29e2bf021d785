"""What an image says file by file, as the files and PINs of a card."""

from __future__ import annotations

from collections.abc import Iterable

from hil.card.explicit import AccessText, FileEntry, PinEntry, number
from hil.card.image import CardImage
from hil.card.uicc.files import Attributes, Compact, Df, Ef, Expanded, LifeCycle, Reference, master_file
from hil.card.uicc.pins import Counter, Pin, Pins, octets_of
from hil.card.uicc.rules import PIN1, USUAL, Rules, condition
from hil.errors import UsageError


def given_files(image: CardImage) -> Df:
    """The MF with all that the image gives; rules that stand in an EF(ARR) are not yet looked up."""
    mf = master_file()
    _set_access(mf, image.mf)
    _fill(mf, image.files)
    for each in image.applications:
        adf = Df(None, each.aid)
        _set_access(adf, each)
        _fill(adf, each.files)
        mf.add(adf)
    return mf


def _fill(directory: Df, entries: Iterable[FileEntry]) -> None:
    for entry in entries:
        file = _directory(entry) if entry.kind == "directory" else _elementary(entry)
        _set_access(file, entry)
        directory.add(file)


def _directory(entry: FileEntry) -> Df:
    df = Df(number(entry.fid), entry.aid or b"")
    _fill(df, entry.files)
    return df


def _elementary(entry: FileEntry) -> Ef:
    ef = Ef(number(entry.fid), sfi=entry.sfi)
    if entry.kind == "transparent":
        content = entry.hex if entry.text is None else entry.text.encode()
        size = len(content or b"") if entry.size is None else entry.size
        if len(content or b"") > size:
            raise UsageError(f"file {ef.fid:04X}: {len(content or b'')} bytes do not fit into {size}")
        ef.content = bytearray((content or b"").ljust(size, b"\xff"))
        return ef
    size = entry.record_size or max(map(len, entry.records))
    records = [bytearray(each.ljust(size, b"\xff")) for each in entry.records]
    missing = (entry.record_count or max(1, len(records))) - len(records)
    ef.records = records + [bytearray(b"\xff" * size) for _ in range(missing)]
    ef.cyclic = entry.kind == "cyclic"
    return ef


def _set_access(file: Df | Ef, entry: AccessText) -> None:
    file.life_cycle = LifeCycle[entry.state.upper()]
    file.told, file.told_sim = entry.fcp, entry.header
    file.attributes = _attributes(entry)
    file.looked_up = entry.arr is not None and not entry.worded
    file.rules = Rules(
        USUAL.read if entry.read is None else condition(entry.read),
        USUAL.update if entry.update is None else condition(entry.update),
        USUAL.deactivate if entry.deactivate is None else condition(entry.deactivate),
        USUAL.activate if entry.activate is None else condition(entry.activate),
    )


def _attributes(entry: AccessText) -> Attributes | None:
    if entry.arr is not None:
        return Reference(number(entry.arr.file), entry.arr.record)
    return {"referenced": None, "compact": Compact(), "expanded": Expanded()}[entry.attributes]


def given_pins(image: CardImage) -> Pins:
    pins = {number(each.key): _pin(each) for each in image.pins}
    if image.pin is not None:
        pins = {PIN1: Pin(octets_of(image.pin)), **pins}
    return Pins(pins)


def _pin(entry: PinEntry) -> Pin:
    code = entry.hex if entry.value is None else octets_of(entry.value)
    return Pin(
        code,
        entry.tries,
        entry.tries if entry.left is None else entry.left,
        entry.enabled,
        Counter(
            None if entry.puk is None else octets_of(entry.puk),
            entry.puk_tries,
            entry.puk_tries if entry.puk_left is None else entry.puk_left,
        ),
    )
