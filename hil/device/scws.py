"""How a device gets its bootstrap from the web server in its card (DM Bootstrap §5.5.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator

from hil.bench import Bench
from hil.card.contract import Readable
from hil.card.gateway.gateway import BipGateway, NoChannel
from hil.card.gateway.settings import ANY_PORTS, GatewaySettings, TerminalFaults
from hil.device.network import Network
from hil.errors import CardGone, NoCard
from hil.fields import Duration
from hil.http.transport import HttpAnswer, TransportFailed
from simulator.bootstrap.fetch import SCWS_BIP_URL, SCWS_IP_URL

URLS = {"bip": SCWS_BIP_URL, "ip": SCWS_IP_URL}


class ScwsHabits(BaseModel):
    """The way to the card's web server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    carrier: Literal["bip", "ip"]
    """Through a BIP gateway of the device's own, or straight to a card that has an IP stack."""
    url: str | None = None
    """Instead of the one that the standard fixes, with its port."""
    method: Literal["GET", "PUT", "POST"] = "GET"
    """What it says there; the profile has GET, and a card answers others with 405."""
    wait: Duration = timedelta(seconds=2)
    """How long, in real time, the card may take to open a channel."""
    terminal: TerminalFaults = TerminalFaults()
    """What is wrong with the device's gateway."""

    @field_validator("url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or not parts.port:
            raise ValueError("a URL with a port is expected, such as https://127.0.0.1:4116/OMA/DM/Bootstrap.xml")
        return value


Scws = Annotated[ScwsHabits, BeforeValidator(lambda said: {"carrier": said} if isinstance(said, str) else said)]
"""May be said with the carrier's name alone."""


def ask(
    habits: ScwsHabits, bench: Bench, network: Network, headers: dict[str, str], tell: Callable[[str], None]
) -> tuple[str, HttpAnswer] | None:
    """The address and what the card's server answered there; None: there is no such server.

    Raises `TransportFailed` when there is one, and no answer.
    """
    url = habits.url or URLS[habits.carrier]
    card = bench.part("card", Readable)
    tell(f"no account: asking the card's web server, {url}, for a bootstrap")
    if habits.carrier == "ip":
        at = card.localuicc()
        if at is None and habits.url is None:
            tell("the card has no IP stack")
            return None
        return url, network.ask_card(url, headers, at, card.web_ca(), habits.method)
    settings = GatewaySettings(
        ANY_PORTS, open_seconds=bench.limits.seconds(habits.wait.total_seconds()), faults=habits.terminal
    )
    gateway = BipGateway(card.reader(), settings, bench.recorder)
    try:
        with gateway:
            at = gateway.address(urlsplit(url).port or 0)
            if at is None:
                tell(f"the card does not listen at {urlsplit(url).netloc}")
                return None
            return url, network.ask_card(url, headers, at, card.web_ca(), habits.method)
    except (NoCard, NoChannel, CardGone) as error:
        bench.limits.check(str(error))
        tell(f"no web server in the card: {error}")
        return None
    except TransportFailed:
        # Why the client's connection went is known on the gateway's other side.
        if isinstance(gateway.error, CardGone):
            tell(f"card: {gateway.error}")
        elif gateway.error is not None:
            raise gateway.error from None
        raise
