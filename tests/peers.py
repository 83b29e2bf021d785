"""The real programs that interop tests are held against, and what to do when one is missing.

On a developer's machine a missing peer skips its tests with a reason; with ``DMRIG_REQUIRE_PEERS=1`` (CI sets
it) a missing peer is a failure, so that nothing is left out silently.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None or Path("/usr/sbin", name).exists()


def _library(name: str) -> Callable[[], bool]:
    return lambda: ctypes.util.find_library(name) is not None


PEERS: dict[str, tuple[Callable[[], bool], str]] = {
    "pcscd": (_program("pcscd"), "pcscd"),
    "vpcd": (lambda: any(Path("/usr/lib").glob("**/libifdvpcd.so*")), "vsmartcard-vpcd"),
    "pyscard": (lambda: importlib.util.find_spec("smartcard") is not None, "libpcsclite-dev (then: make setup)"),
    "opensc": (_program("pkcs15-tool"), "opensc"),
    "libwbxml": (_program("xml2wbxml"), "libwbxml2-utils"),
    "libwbxml-so": (_library("wbxml2"), "libwbxml2-1"),
    "curl": (_program("curl"), "curl"),
    "openssl": (_program("openssl"), "openssl"),
    "tshark": (_program("tshark"), "tshark"),
    "text2pcap": (_program("text2pcap"), "tshark"),
    "gammu": (_program("gammu"), "gammu"),
    "kannel": (_program("bearerbox"), "kannel"),
    "smstools": (_program("smsd"), "smstools"),
}


def missing(peer: str) -> str | None:
    """The Debian package that brings ``peer``, if it is not here."""
    present, package = PEERS[peer]
    return None if present() else package


def require(*peers: str) -> None:
    """Skip the test that calls this, with a reason, when a peer is missing; fail where peers are required."""
    for peer in peers:
        package = missing(peer)
        if package is None:
            continue
        leave_out(f"{peer} is not installed: apt-get install {package}")


def leave_out(reason: str) -> NoReturn:
    """Skip the test that calls this; fail where nothing may be left out."""
    if os.environ.get("DMRIG_REQUIRE_PEERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
