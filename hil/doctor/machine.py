"""What the operating system has to allow: loopback, pseudo-terminals, TLS."""

from __future__ import annotations

import os
import socket
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

from hil.doctor.finding import Finding

SECONDS = 2.0

PROTOCOLS = {
    ssl.TLSVersion.TLSv1: "1.0",
    ssl.TLSVersion.TLSv1_1: "1.1",
    ssl.TLSVersion.TLSv1_2: "1.2",
    ssl.TLSVersion.TLSv1_3: "1.3",
}

OLD_PROTOCOL_CIPHERS = "DEFAULT:@SECLEVEL=0"
"""OpenSSL 3 speaks TLS 1.0 and 1.1 only at this level."""


def loopback() -> Iterator[Finding]:
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(SECONDS)
            with socket.create_connection(server.getsockname(), SECONDS) as client:
                accepted, _ = server.accept()
                with accepted:
                    client.sendall(b"x")
                    accepted.settimeout(SECONDS)
                    accepted.recv(1)
    except OSError as error:
        remedy = "the built-in server needs 127.0.0.1: ip link set lo up, and look for a firewall or sandbox"
        yield Finding("loopback", "broken", f"127.0.0.1 does not take a connection: {error}", remedy)
        return
    yield Finding("loopback", "ok", "127.0.0.1 takes connections")


def pseudo_terminals() -> Iterator[Finding]:
    try:
        ours, theirs = os.openpty()
    except (OSError, AttributeError) as error:
        remedy = "the virtual modem needs one: mount -t devpts devpts /dev/pts"
        yield Finding("pseudo-terminals", "broken", f"none can be opened: {error}", remedy)
        return
    name = os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)
    yield Finding("pseudo-terminals", "ok", f"{name} could be opened")


def tls() -> Iterator[Finding]:
    spoken = [name for version, name in PROTOCOLS.items() if _speaks(version)]
    yield Finding("TLS", "ok", f"{ssl.OPENSSL_VERSION}, TLS {', '.join(spoken)}", purpose="TLS")
    paths = ssl.get_default_verify_paths()
    loaded = ssl.create_default_context().cert_store_stats()["x509_ca"]
    directory = Path(paths.capath) if paths.capath else None
    lazily = sum(1 for _ in directory.iterdir()) if directory is not None and directory.is_dir() else 0
    if loaded or lazily:
        seen = f"{loaded or lazily} certificates in {paths.cafile or paths.capath}"
        yield Finding("CA store", "ok", seen, purpose="TLS")
    else:
        remedy = "apt-get install ca-certificates"
        yield Finding("CA store", "missing", "no trusted certificates", remedy, "TLS")


def _speaks(version: ssl.TLSVersion) -> bool:
    """Whether OpenSSL takes this version, if asked for nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        with warnings.catch_warnings():
            # that TLS 1.0 and 1.1 are old is no news here: there are devices that speak nothing newer
            warnings.simplefilter("ignore", DeprecationWarning)
            context.set_ciphers(OLD_PROTOCOL_CIPHERS)
            context.minimum_version = context.maximum_version = version
    except (ValueError, ssl.SSLError):
        return False
    return bool(getattr(ssl, f"HAS_{version.name}", False))
