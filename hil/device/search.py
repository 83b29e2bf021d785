"""Where a device without an account looks for a bootstrap (DM Bootstrap §5.5.7).

The web server in its card comes first, then the Bootstrap Servers that it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hil.bench import Bench
from hil.device.card import CardUse
from hil.device.diary import Diary
from hil.device.network import Network
from hil.device.scws import ask
from hil.http.transport import HttpAnswer, TransportFailed
from simulator.bootstrap import fetch
from simulator.device import Device
from simulator.device.origins import web_server_of
from simulator.objects import bootstrapcfg


class Offer(NamedTuple):
    """What a server answered, and where the bootstrap comes from when it is the card's."""

    url: str
    answer: HttpAnswer
    origin: str | None = None


class Search:
    """One after the other is asked, when the next `Offer` is wanted."""

    def __init__(self, bench: Bench, network: Network, card: CardUse, user_agent: str, diary: Diary) -> None:
        self._bench = bench
        self._network = network
        self._card = card
        self._headers = fetch.headers(user_agent)
        self._diary = diary

    def offers(self, device: Device, first: str | None) -> Iterator[Offer]:
        """``first``: a URL that comes before those in the tree."""
        yield from self._of_the_card()
        for url in (*([first] if first else []), *bootstrapcfg.server_urls(device.tree)):
            self._diary.tell(f"no account: asking {url} for a bootstrap")
            try:
                yield Offer(url, self._network.get(url, self._headers))
            except TransportFailed as error:
                self._diary.ignore("bootstrap", str(error))

    def _of_the_card(self) -> Iterator[Offer]:
        """If the device knows a way to its web server."""
        scws, origin = self._card.habits.scws, self._card.origin
        if scws is None or origin is None or not self._card.habits.bootstrap:
            return
        try:
            said = ask(scws, self._bench, self._network, self._headers, self._diary.tell)
        except TransportFailed as error:
            self._diary.ignore("bootstrap", str(error))
            return
        if said is not None:
            yield Offer(*said, web_server_of(origin))
