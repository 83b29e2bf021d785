"""What a card image says of the card's web server, and of what is wrong with it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hil.card.entry import BootstrapEntry, ImageModel
from hil.tls.run import Flaw
from hil.tls.settings import Version
from simulator.codes import mime
from simulator.codes.cat import MAX_SENT_DATA

NAMES = ("127.0.0.1", "localhost", "::1", "localuicc")
"""What a card's server is reached as: through a BIP gateway, and straight (DM Bootstrap §5.5.7)."""


class ScwsImage(ImageModel):
    """A smart card web server. Without it a card has none."""

    bootstrap: BootstrapEntry | None = None
    """The message at the bootstrap's fixed address; none: 404."""
    bip: bool = True
    """It is a TCP server through the terminal: BIP in UICC server mode."""
    ip: bool = False
    """It has an IP stack of its own, and is ``localuicc`` to its device."""
    plain: Literal["refused", "served", "none"] = "refused"
    """What the bootstrap's address gives over plain HTTP, at port 3516: 403, the message, or there is no such
    port."""
    names: tuple[str, ...] = Field(default=NAMES, min_length=1, max_length=8)
    """In its certificate."""
    tls: Version = "1.2"
    """The highest version of TLS that the card speaks. (1.1 is broken, and is what old cards have.)"""
    content_type: str = mime.DM_WBXML
    """Of the bootstrap message. The address ends in ``.xml``: a card may be misled by that."""
    keep_alive: bool = False
    """A connection stays open after an answer."""
    chunked: bool = False
    """Answers have no length, and come in chunks."""
    piece: int = Field(default=0xF0, ge=1, le=MAX_SENT_DATA)
    """Octets of each SEND DATA."""
    buffer: int = Field(default=1500, ge=1, le=0xFFFF)
    """Octets of the buffer that OPEN CHANNEL asks for."""


class ScwsFaults(ImageModel):
    """What is wrong with the card's web server."""

    answer: Literal["not found", "empty", "other type", "xml", "truncated", "http 500"] | None = None
    """To a GET for the bootstrap. ``xml``: the message in XML, with its own media type. ``truncated``: the
    connection is closed in the middle."""
    certificate: Flaw | Literal["localhost only"] | None = None
    """``localhost only``: of its names, the certificate has just this one."""
    psk_only: bool = False
    """The card knows no other TLS than with keys that both sides were given before."""
    plain: Literal["served"] | None = None
    """Over plain HTTP the message is served, whatever the card is meant to do."""
    piece: int | None = Field(default=None, ge=1, le=MAX_SENT_DATA)
    """Octets of each SEND DATA, whatever is usual."""
    busy: int = Field(default=0, ge=0)
    """How often the card is too busy for each ENVELOPE (9300) before it takes it."""
