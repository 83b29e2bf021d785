"""Which programs have a device file open, as far as /proc tells: of other users' processes only root learns it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
SECONDS = 1.0
"""How long is looked: a machine may have very many processes."""


def holders(devices: Iterable[str]) -> dict[str, list[str]]:
    """The processes that have each device open, as ``name (pid n)``, by the device's real path."""
    wanted = {os.path.realpath(device) for device in devices}
    found: dict[str, list[str]] = {}
    deadline = time.monotonic() + SECONDS
    for process in PROC.glob("[0-9]*") if wanted else ():
        if time.monotonic() > deadline:
            break
        for device in wanted & _open_files(process):
            found.setdefault(device, []).append(f"{_name(process)} (pid {process.name})")
    return found


def who_holds(device: str) -> str:
    """The end of a sentence: `` by minicom (pid 123)``, or nothing when it cannot be told."""
    own = f" (pid {os.getpid()})"
    found = [each for each in holders([device]).get(os.path.realpath(device), []) if not each.endswith(own)]
    return f" by {', '.join(sorted(found))}" if found else ""


def _open_files(process: Path) -> set[str]:
    targets = set()
    # gone, or not ours to look at: a process as a whole, or one of its files
    with suppress(OSError):
        for each in (process / "fd").iterdir():
            with suppress(OSError):
                targets.add(os.readlink(each))
    return targets


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(errors="replace").strip() or "?"
    except OSError:
        return "?"
