"""PC/SC: its library, its daemon, readers and cards, and the driver of virtual readers.

pyscard raises one exception for "no library" and "no daemon", so the library is asked directly (``pcsc_probe``).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hil.card import install
from hil.doctor.finding import Finding

SECONDS = 5.0
"""Real time after which pcscd is called stuck."""

NO_SERVICE = (0x8010001D, 0x8010001E)
"""SCARD_E_NO_SERVICE, SCARD_E_SERVICE_STOPPED."""

DENIED = 0x8010006A
"""SCARD_W_SECURITY_VIOLATION: polkit let this user not."""

DAEMON = Path("/usr/sbin/pcscd")

VPCD_PORT = 35963
"""Where Debian's package puts the virtual reader, when the configuration cannot be read."""


def pc_sc() -> Iterator[Finding]:
    said = ask()
    yield from describe(said)
    yield virtual_reader(said is not None and "readers" in said)


def ask(library: str | None = None, seconds: float = SECONDS) -> dict[str, Any] | None:
    """What the probe says; None when it did not come back in time, ``{"crashed": …}`` when it fell over."""
    program = [
        sys.executable,
        "-I",
        str(Path(__file__).with_name("pcsc_probe.py")),
        *([library] if library else []),
    ]
    try:
        run = subprocess.run(program, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        said: dict[str, Any] = json.loads(run.stdout)
    except subprocess.TimeoutExpired:
        return None
    except ValueError:
        return {"crashed": f"exit code {run.returncode}: {run.stderr.strip()[-200:] or 'no word'}"}
    return said


def describe(said: dict[str, Any] | None) -> Iterator[Finding]:
    """The findings that the probe's answer comes to."""
    if said is None:
        remedy = f"restart it: {install.RESTART}"
        yield _finding("pcscd", "broken", f"it did not answer in {SECONDS:.0f} s: it is stuck", remedy)
        return
    if "crashed" in said:
        remedy = "look at the installation of pcscd and its drivers"
        yield _finding("PC/SC library", "broken", f"asking it failed: {said['crashed']}", remedy)
        return
    if "missing" in said:
        yield _finding("PC/SC library", "missing", said["missing"], install.LIBRARY)
        return
    yield _finding("PC/SC library", "ok", said["library"])
    if "establish" in said:
        yield _no_context(said["establish"])
    elif "readers" in said:
        yield _finding("pcscd", "ok", "it answers")
        yield from _readers(said["readers"])
    else:
        code = said.get("list", said.get("status", 0))
        yield _finding("pcscd", "broken", f"it does not list its readers: {code:#010x}", install.RESTART)


def _no_context(code: int) -> Finding:
    if code == DENIED:
        remedy = "let this user use PC/SC: polkit's rule org.debian.pcsc-lite.access_pcsc"
        return _finding("pcscd", "broken", "it refuses this user", remedy)
    if code not in NO_SERVICE:
        return _finding("pcscd", "broken", f"it does not let us in: {code:#010x}", install.RESTART)
    if DAEMON.exists() or shutil.which("pcscd"):
        return _finding("pcscd", "missing", "installed, but not running", install.START)
    return _finding("pcscd", "missing", "not installed", install.PCSCD)


def _readers(readers: list[dict[str, Any]]) -> Iterator[Finding]:
    if not readers:
        seen = "pcscd knows of none"
        yield _finding(
            "readers", "info", seen, "plug one in; pcscd needs its driver (most: apt-get install libccid)"
        )
    for reader in readers:
        match reader:
            case {"unavailable": True}:
                seen = "in use by another program, exclusively"
            case {"mute": True}:
                seen = "a card that does not answer: is it the right way up?"
            case {"card": True, "in use": used, "atr": atr}:
                seen = f"a card with ATR {atr}" + (", in use by another program" if used else "")
            case _:
                seen = "no card"
        yield _finding(f"reader {reader['name']}", "ok", seen)


def virtual_reader(answers: bool) -> Finding:
    """Whether a rig with card vpcd can run. ``answers``: pcscd does."""
    driver = install.vpcd_driver()
    if driver is None:
        return _finding("vpcd", "missing", "not installed (a rig with card vpcd needs it)", install.VPCD)
    ports = install.vpcd_ports() or [VPCD_PORT]
    if not answers:
        seen = f"{driver}, but pcscd does not answer (a rig with card vpcd needs it)"
        return _finding("vpcd", "missing", seen, "see to pcscd first, as said above")
    listening = [port for port in ports if install.is_listening(port)]
    if listening:
        said = "" if VPCD_PORT in listening else f": {{kind: vpcd, port: {listening[0]}}}"
        seen = f"{driver}, its reader listens at port {listening[0]} (a rig with card{said or ' vpcd'} can run)"
        return _finding("vpcd", "ok", seen)
    if install.is_listening(ports[0]) is None:
        return _finding("vpcd", "info", f"{driver}; there is no telling whether its reader listens")
    seen = f"{driver}, but nothing listens at port {ports[0]} (a rig with card vpcd can not run)"
    return _finding("vpcd", "missing", seen, install.vpcd_hint("127.0.0.1", ports[0]))


def _finding(name: str, state: Any, seen: str, remedy: str | None = None) -> Finding:
    return Finding(name, state, seen, remedy, "real cards")
