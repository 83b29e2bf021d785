"""Character data of a peer as text, whatever it was carried as."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.syncml.message import Alert, Atomic, Command, Data, Sequence, text
from simulator.tnds.document import MgmtTree


def plain(data: Data | None) -> str:
    """The text without white space around it; empty where a peer put a TNDS document in the place of text."""
    return "" if isinstance(data, MgmtTree) else text(data).strip()


def code(data: Data | None) -> int | None:
    """The number that stands in an Alert's or a Status' Data; None where there is none of at most four digits."""
    digits = plain(data)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 4 else None


def alert_code(command: Command) -> int | None:
    """The code of an Alert; None of any other command."""
    return code(command.data) if isinstance(command, Alert) else None


def walk(commands: list[Command]) -> Iterator[Command]:
    """The commands and what Atomic and Sequence hold, in the order of the document."""
    for command in commands:
        yield command
        if isinstance(command, (Atomic, Sequence)):
            yield from walk(command.commands)


def length(data: Data | None) -> int:
    """Octets of Data as it is carried: of base64, the text's."""
    match data:
        case str():
            return len(data.encode())
        case bytes():
            return len(data)
        case _:
            return 0
