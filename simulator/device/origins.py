"""Which account came from where: what a device remembers of its bootstraps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CARD = "card:"
"""How the origin of an account from a smart card begins; the ICCID follows."""

CONFIGURATION = ""
"""In place of a ServerID: the entry is a Bootstrap Config object, which says where to look for an account."""


def is_card(origin: str) -> bool:
    return origin.startswith(CARD)


@dataclass(frozen=True, slots=True)
class Entry:
    """One account, or one Bootstrap Config object, that a bootstrap brought."""

    uri: str
    server_id: str
    origin: str
    fingerprint: bytes
    """Of the message that brought it."""


class Origins:
    """The accounts that came by bootstrap, in the order in which they came."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {entry.uri: entry for entry in entries}

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def of_message(self, origin: str, fingerprint: bytes) -> list[Entry]:
        """What the very same message from the very same place brought before."""
        return [e for e in self._entries.values() if e.origin == origin and e.fingerprint == fingerprint]

    def from_cards(self) -> list[Entry]:
        return [entry for entry in self._entries.values() if is_card(entry.origin)]

    def origin_of(self, uri: str) -> str:
        """Empty when the account came some other way."""
        entry = self._entries.get(uri)
        return entry.origin if entry is not None else ""

    def put(self, entry: Entry) -> None:
        self._entries[entry.uri] = entry

    def forget(self, uri: str) -> None:
        self._entries.pop(uri, None)
