"""The web server of a card image, and the toolkit that has it served through the terminal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hil.card.image import CardImage
from hil.card.uicc.cat.server import TcpServer
from hil.card.uicc.cat.toolkit import Toolkit
from hil.tls.run import RunCertificates
from simulator.codes.cat import PORT_SCWS, PORT_SCWS_TLS

if TYPE_CHECKING:
    from hil.card.scws.web import WebServer


def web_of(
    image: CardImage, certificates: RunCertificates | None, told: Callable[[str], None] | None
) -> tuple[WebServer | None, Toolkit | None]:
    """None where the card has none. Raises `UsageError` for a bootstrap that no message can hold."""
    if image.scws is None:
        return None, None
    # Loaded here: most cards have no web server, and need neither TLS nor HTTP.
    from hil.card.scws.web import web_server

    made = certificates or RunCertificates()
    try:
        web = web_server(image.scws, image.faults.scws, made, told or _nobody)
    finally:
        if certificates is None:
            made.close()
    return web, _toolkit(web) if image.scws.bip else None


def _nobody(text: str) -> None:
    """Where nobody listens."""


def _toolkit(web: WebServer) -> Toolkit:
    # HTTPS first: a terminal may have one channel only.
    ports = {PORT_SCWS_TLS: partial(web.connection, secure=True)}
    if web.settings.plain != "none":
        ports[PORT_SCWS] = partial(web.connection, secure=False)
    return Toolkit(
        TcpServer(ports, buffer=web.settings.buffer, piece=web.faults.piece or web.settings.piece),
        busy=web.faults.busy,
    )
