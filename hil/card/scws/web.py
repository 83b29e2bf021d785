"""A card's web server, made of what its image says: pages, TLS, and connections to it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from hil.card.entry import BootstrapEntry
from hil.card.message import message_of, xml_message_of
from hil.card.scws.connection import Connection, Told
from hil.card.scws.settings import ScwsFaults, ScwsImage
from hil.card.scws.site import FORBIDDEN, Page, Site, said, site
from hil.tls.context import server_context
from hil.tls.run import RunCertificates
from hil.tls.settings import ServerTls
from simulator.bootstrap.fetch import SCWS_PATH
from simulator.codes import mime

PSK = "PSK"
"""OpenSSL's name for all cipher suites with keys that both sides were given before."""


@dataclass(slots=True)
class WebServer:
    settings: ScwsImage
    faults: ScwsFaults
    _secure: Site
    _plain: Site
    _context: ssl.SSLContext
    _told: Told

    def connection(self, *, secure: bool) -> Connection:
        return Connection(
            self._secure if secure else self._plain,
            self._context if secure else None,
            keep_alive=self.settings.keep_alive,
            chunked=self.settings.chunked,
            told=self._told,
        )


def web_server(settings: ScwsImage, faults: ScwsFaults, certificates: RunCertificates, told: Told) -> WebServer:
    """``told`` hears of every request, in whatever thread carries it.

    Raises `UsageError` for a bootstrap that no message can hold.
    """
    secure = site(None if settings.bootstrap is None else _page(settings, settings.bootstrap, faults))
    plain = secure if "served" in (settings.plain, faults.plain) else secure.with_page(SCWS_PATH, FORBIDDEN)
    return WebServer(settings, faults, secure, plain, _context(settings, faults, certificates), told)


def _page(settings: ScwsImage, entry: BootstrapEntry, faults: ScwsFaults) -> Page | None:
    match faults.answer:
        case "not found":
            return None
        case "http 500":
            return said(500, "The card has a problem.")
        case "empty":
            return Page(settings.content_type, b"")
        case "other type":
            return Page(mime.OCTET_STREAM, message_of(entry))
        case "xml":
            return Page(mime.DM_XML, xml_message_of(entry))
        case fault:
            return Page(settings.content_type, message_of(entry), truncated=fault == "truncated")


def _context(settings: ScwsImage, faults: ScwsFaults, certificates: RunCertificates) -> ssl.SSLContext:
    if faults.certificate == "localhost only":
        issued = certificates.server(["localhost"])
    else:
        issued = certificates.server(settings.names, faults.certificate)
    maximum = "1.2" if faults.psk_only else settings.tls
    context = server_context(
        ServerTls(certificate=issued.certificate, key=issued.key, maximum=maximum, legacy=maximum == "1.1")
    )
    if faults.psk_only:
        context.set_ciphers(PSK)
    return context
