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

from hil.doctor.finding import Finding

SECONDS = 5.0
"""Real time after which pcscd is called stuck."""

NO_SERVICE = (0x8010001D, 0x8010001E)
"""SCARD_E_NO_SERVICE, SCARD_E_SERVICE_STOPPED."""

DENIED = 0x8010006A
"""SCARD_W_SECURITY_VIOLATION: polkit let this user not."""

START = "systemctl start pcscd.socket (or, without systemd: pcscd)"

DAEMON = Path("/usr/sbin/pcscd")
DRIVERS = Path("/usr/lib/pcsc/drivers")
DRIVER_PLACES = (DRIVERS, Path("/usr/local/lib/pcsc/drivers"))
VPCD_LIBRARY = "libifdvpcd.so*"


def pc_sc() -> Iterator[Finding]:
    yield from describe(ask())


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
        remedy = "restart it: systemctl restart pcscd"
        yield _finding("pcscd", "broken", f"it did not answer in {SECONDS:.0f} s: it is stuck", remedy)
        return
    if "crashed" in said:
        remedy = "look at the installation of pcscd and its drivers"
        yield _finding("PC/SC library", "broken", f"asking it failed: {said['crashed']}", remedy)
        return
    if "missing" in said:
        yield _finding("PC/SC library", "missing", said["missing"], "apt-get install libpcsclite1 pcscd")
        return
    yield _finding("PC/SC library", "ok", said["library"])
    if "establish" in said:
        yield _no_context(said["establish"])
    elif "readers" in said:
        yield _finding("pcscd", "ok", "it answers")
        yield from _readers(said["readers"])
    else:
        code = said.get("list", said.get("status", 0))
        yield _finding("pcscd", "broken", f"it does not list its readers: {code:#010x}", "systemctl restart pcscd")


def _no_context(code: int) -> Finding:
    if code == DENIED:
        remedy = "let this user use PC/SC: polkit's rule org.debian.pcsc-lite.access_pcsc"
        return _finding("pcscd", "broken", "it refuses this user", remedy)
    if code not in NO_SERVICE:
        return _finding("pcscd", "broken", f"it does not let us in: {code:#010x}", "systemctl restart pcscd")
    if DAEMON.exists() or shutil.which("pcscd"):
        return _finding("pcscd", "missing", "installed, but not running", START)
    return _finding("pcscd", "missing", "not installed", "apt-get install pcscd")


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


def virtual_readers() -> Iterator[Finding]:
    found = [path for place in DRIVER_PLACES for path in sorted(place.glob(f"**/{VPCD_LIBRARY}"))]
    if found:
        yield _finding("vpcd driver", "ok", f"{found[0]} (a rig with card vpcd can run)")
    else:
        seen = "not installed (a rig with card vpcd needs it)"
        yield _finding("vpcd driver", "missing", seen, "apt-get install vsmartcard-vpcd")


def _finding(name: str, state: Any, seen: str, remedy: str | None = None) -> Finding:
    return Finding(name, state, seen, remedy, "real cards")
