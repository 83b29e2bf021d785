"""Which account came from where: what a device remembers of its bootstraps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

CARD = "card:"
"""How the origin of an account from a smart card begins; the ICCID follows."""

UNTOLD = CARD + "?"
"""The origin of what is on a card that could not say which it is: it may be any that was here before."""

WEB_SERVER = "scws:"
"""The same of one that the web server in a card had."""

CONFIGURATION = ""
"""In place of a ServerID: the entry is a Bootstrap Config object, which says where to look for an account."""


def is_card(origin: str) -> bool:
    return origin.startswith(CARD)


def origin_of_card(iccid: str | None) -> str:
    """``iccid`` None: the card has none."""
    return CARD + (iccid or "unknown")


def web_server_of(origin: str) -> str:
    """The origin of what the web server in a card has; ``origin`` is the card's."""
    return WEB_SERVER + origin.removeprefix(CARD)


def card_of(origin: str | None) -> str | None:
    """The ICCID of the card that something came from, by whatever way; None: from no card."""
    for way in (CARD, WEB_SERVER):
        if origin is not None and origin.startswith(way):
            return origin.removeprefix(way)
    return None


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
        return [e for e in self._entries.values() if _same(e.origin, origin) and e.fingerprint == fingerprint]

    def of_other_cards(self, origin: str | None) -> list[Entry]:
        """What came from cards other than ``origin``, from their files or their web servers."""
        if origin == UNTOLD:
            return []
        return [e for e in self._entries.values() if (card := card_of(e.origin)) and card != card_of(origin)]

    def not_among(self, origin: str, present: Collection[bytes]) -> list[Entry]:
        """What came from the files of the card ``origin`` in another message than these are."""
        return [e for e in self._entries.values() if e.origin == origin and e.fingerprint not in present]

    def origin_of(self, uri: str) -> str:
        """Empty when the account came some other way."""
        entry = self._entries.get(uri)
        return entry.origin if entry is not None else ""

    def put(self, entry: Entry) -> None:
        self._entries[entry.uri] = entry

    def forget(self, uri: str) -> None:
        self._entries.pop(uri, None)


def _same(origin: str, now: str) -> bool:
    return origin == now or (now == UNTOLD and is_card(origin))
