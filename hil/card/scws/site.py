"""What the card's web server has at which address, and what it says to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulator.bootstrap.fetch import SCWS_PATH

ALLOWED = ("GET", "HEAD")
KNOWN = frozenset({"OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"})
"""Methods of HTTP that are not for a browser: the issuer administrates the card in another way."""

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    content_type: str
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    truncated: bool = False
    """Half of the body is sent, then the connection closed."""


def said(status: int, text: str, **headers: str) -> Page:
    return Page(
        TEXT, f"{text}\n".encode(), status, {name.replace("_", "-"): value for name, value in headers.items()}
    )


NOT_FOUND = said(404, "There is no such page on this card.")
NOT_ALLOWED = said(405, "This card's pages are for reading.", Allow=", ".join(ALLOWED))
NOT_KNOWN = said(501, "This card knows no such method.")
FORBIDDEN = said(403, "A bootstrap message is for HTTPS, at port 4116.")
HOME = Page(TEXT, b"A smart card web server of dmrig.\n")


@dataclass(frozen=True, slots=True)
class Site:
    """Pages by path. Paths are compared octet by octet: case counts, and a query makes another address."""

    pages: Mapping[str, Page]

    def answer(self, method: str, target: str) -> Page:
        if method not in ALLOWED:
            return NOT_ALLOWED if method in KNOWN else NOT_KNOWN
        return self.pages.get(_path(target), NOT_FOUND)

    def with_page(self, path: str, page: Page) -> Site:
        return replace(self, pages={**self.pages, path: page})


def site(bootstrap: Page | None) -> Site:
    pages = {"/": HOME}
    return Site(pages if bootstrap is None else {**pages, SCWS_PATH: bootstrap})


def _path(target: str) -> str:
    """A target may be a whole URL (RFC 9112 §3.2.2)."""
    for scheme in ("http://", "https://"):
        if target.lower().startswith(scheme):
            _, slash, path = target[len(scheme) :].partition("/")
            return slash + path or "/"
    return target
