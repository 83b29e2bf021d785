"""SSL contexts for both sides, of settings."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

from hil.errors import PartMissing
from hil.tls.settings import ClientTls, ServerTls, Tls

LEGACY_CIPHERS = "DEFAULT:@SECLEVEL=0"
"""OpenSSL 3 refuses the hashes of TLS 1.1 at every higher level."""

_VERSIONS = {"1.1": "TLSv1_1", "1.2": "TLSv1_2", "1.3": "TLSv1_3"}

_CLIENTS = {"not asked": ssl.CERT_NONE, "asked": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


def client_context(tls: ClientTls, *, trusted: Path | None = None) -> ssl.SSLContext:
    """The device's. ``trusted``: authorities to trust beside the system's, where the settings name none.

    Raises `PartMissing` when a file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=tls.ca)
        if tls.ca is None and trusted is not None:
            context.load_verify_locations(trusted)
    except (OSError, ssl.SSLError) as error:
        raise PartMissing(f"no certificates can be read from {tls.ca or trusted}: {error}") from error
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    _limit(context, tls)
    _load(context, tls)
    return context


def server_context(tls: ServerTls) -> ssl.SSLContext:
    """The server's; ``tls`` names its certificate. Raises `PartMissing` when a file cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _limit(context, tls)
    _load(context, tls)
    context.verify_mode = _CLIENTS[tls.clients]
    if tls.client_ca is not None:
        try:
            context.load_verify_locations(tls.client_ca)
        except (OSError, ssl.SSLError) as error:
            raise PartMissing(f"no certificates can be read from {tls.client_ca}: {error}") from error
    return context


def _limit(context: ssl.SSLContext, tls: Tls) -> None:
    with warnings.catch_warnings():
        # Python warns of TLS 1.1 itself; whoever asked for it is warned in our words.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion[_VERSIONS[tls.maximum]]
        context.minimum_version = ssl.TLSVersion[_VERSIONS[tls.lowest]]
    if tls.legacy:
        context.set_ciphers(LEGACY_CIPHERS)


def _load(context: ssl.SSLContext, tls: Tls) -> None:
    if tls.certificate is None:
        return
    try:
        # A password would be asked for on the terminal, in the middle of a run.
        context.load_cert_chain(tls.certificate, tls.key, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        raise PartMissing(
            f"the certificate {tls.certificate} and its key cannot be used: {error}",
            hint="both are PEM files, the key without a password",
        ) from error
