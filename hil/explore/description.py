"""What a card tells of a file, in words."""

from __future__ import annotations

from collections.abc import Iterator

from hil.card.dump.found import Description
from hil.card.keys import key_name
from simulator.codes.apdu import application_name

KINDS = {
    "transparent": "transparent file",
    "linear": "file of records (linear fixed)",
    "cyclic": "file of records (cyclic)",
    "directory": "directory",
}


def size_told(file: Description) -> str:
    return "size not told" if file.size is None else f"{file.size} bytes"


def rows(file: Description) -> Iterator[tuple[str, str]]:
    """Name and value, for a table of two columns."""
    yield "kind", KINDS.get(file.kind, file.kind)
    if file.fid is not None:
        yield "identifier", f"{file.fid:04X}"
    if file.aid:
        yield "application", f"{application_name(file.aid)}, AID {file.aid.hex().upper()}"
    if file.kind != "directory":
        yield "size", size_told(file)
    if file.record_size:
        yield "records", f"{file.records} of {file.record_size} bytes"
    if file.sfi is not None:
        yield "short identifier", f"{file.sfi:02X}"
    yield "life cycle", file.life_cycle.name.lower()
    if file.reference is not None:
        yield "access rules", f"record {file.reference.record} of EF(ARR) {file.reference.fid:04X}"
    elif file.rules is not None:
        yield "access rules", str(file.rules)
    for key, enabled in file.pins:
        yield key_name(key), "enabled" if enabled else "disabled"
    yield "as the card says it", file.raw.hex(" ").upper()
