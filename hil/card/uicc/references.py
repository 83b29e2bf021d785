"""EF(ARR), the file with access rules: looked into, or made for files that need it (TS 102 221 §9.2.7, §13.4)."""

from __future__ import annotations

from hil.card.explicit import MAX_RECORD, MAX_RECORDS
from hil.card.uicc.files import Compact, Df, Ef, Reference
from hil.card.uicc.rules import Rules, read_expanded, write_compact, write_expanded
from hil.errors import UsageError
from simulator.codes.apdu import EF_ARR, file_name
from simulator.errors import CodecError


def complete_rules(mf: Df) -> None:
    """Each file gets the rules that it refers to, or a reference to a record that says what its rules are.

    Raises `UsageError` for a reference to a record that is not there, and for rules that cannot be said.
    """
    waiting: list[Df | Ef] = []
    for file in mf.everything():
        if file.looked_up and isinstance(file.attributes, Reference):
            file.rules = _look_up(mf, file, file.attributes)
        elif isinstance(file.attributes, Compact):
            try:
                write_compact(file.rules)
            except ValueError as error:
                raise UsageError(f"{_name(file)}: {error}", hint="use 'attributes: expanded'") from error
        elif file.attributes is None:
            waiting.append(file)
    if waiting:
        _refer(mf, waiting)


def _refer(mf: Df, waiting: list[Df | Ef]) -> None:
    arr = mf.files.get(EF_ARR)
    if not isinstance(arr, Ef) or arr.records is None:
        arr = Ef(EF_ARR, records=[], attributes=None)
        mf.add(arr)
        waiting = [*waiting, arr]
    records = arr.records
    assert records is not None
    known: dict[Rules, int] = {}
    for number, record in enumerate(records, 1):
        try:
            known.setdefault(read_expanded(bytes(record)), number)
        except CodecError:
            continue
    for file in waiting:
        if file.rules not in known:
            records.append(bytearray(write_expanded(file.rules)))
            if len(records) > MAX_RECORDS or len(records[-1]) > MAX_RECORD:
                raise UsageError(f"{_name(file)}: EF(ARR) has no room for its access rules ({file.rules})")
            known[file.rules] = len(records)
            arr.told = arr.told_sim = b""
        file.attributes = Reference(EF_ARR, known[file.rules])
    size = max(map(len, records))
    for record in records:
        record.extend(b"\xff" * (size - len(record)))


def find_rules(mf: Df, file: Df | Ef, reference: Reference) -> bytes | None:
    """The record that a file refers to: of the EF(ARR) in its own directory, or in the nearest above it."""
    directory = file if isinstance(file, Df) else file.parent
    while directory is not None:
        found = directory.files.get(reference.fid)
        if isinstance(found, Ef) and found.records is not None:
            inside = reference.record <= len(found.records)
            return bytes(found.records[reference.record - 1]) if inside else None
        directory = directory.parent
    return None


def _look_up(mf: Df, file: Df | Ef, reference: Reference) -> Rules:
    record = find_rules(mf, file, reference)
    where = f"record {reference.record} of {file_name(reference.fid)}"
    if record is None:
        raise UsageError(
            f"{_name(file)} refers to {where}, which the image has not got",
            hint="give that file, or say in words what is needed: 'read: always'",
        )
    try:
        return read_expanded(record)
    except CodecError as error:
        raise UsageError(
            f"{_name(file)} refers to {where}, which holds no rules: {error}",
            hint="say in words what is needed, beside 'arr'",
        ) from error


def _name(file: Df | Ef) -> str:
    if file.fid is None:
        return f"the application {file.aid.hex().upper()}" if isinstance(file, Df) else "a file"
    return file_name(file.fid)
