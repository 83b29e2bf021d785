"""Character data of a peer as text, whatever it was carried as."""

from __future__ import annotations

from simulator.syncml.message import Alert, Command, Data, text
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


def length(data: Data | None) -> int:
    """Octets of Data as it is carried: of base64, the text's."""
    match data:
        case str():
            return len(data.encode())
        case bytes():
            return len(data)
        case _:
            return 0
