"""APDU records as exchanges of a command and its response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hil.trace.record import Record


@dataclass(frozen=True, slots=True)
class Exchange:
    record: Record
    """The command's, or an ATR's."""
    command: bytes
    """Empty: the card said something unasked, its ATR."""
    response: bytes
    """Empty: the card was gone."""


def exchanges(records: Iterable[Record]) -> Iterator[Exchange]:
    """The exchanges in ``records``, whose APDUs stand in one record for both or in one for each.

    A record for both says in its field ``command_length`` where the response begins.
    """
    commands: dict[str, Record] = {}
    for record in records:
        if record.kind != "apdu" or not record.data:
            continue
        command = commands.pop(record.part, None)
        if record.way != "out":
            first = command or record
            yield Exchange(first, command.data if command is not None else b"", record.data)
            continue
        if command is not None:
            yield Exchange(command, command.data, b"")
        size = record.fields.get("command_length")
        if isinstance(size, int) and 0 < size <= len(record.data):
            yield Exchange(record, record.data[:size], record.data[size:])
        else:
            commands[record.part] = record
    for command in commands.values():
        yield Exchange(command, command.data, b"")
