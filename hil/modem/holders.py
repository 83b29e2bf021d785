"""Which programs have a device file open, as far as /proc tells."""

from __future__ import annotations

import os
from pathlib import Path


def holders(path: str) -> list[str]:
    """``name (pid n)`` of every other process that has ``path`` open and that we may look into."""
    target = os.path.realpath(path)
    found = []
    for process in _processes():
        try:
            links = [os.readlink(entry) for entry in (process / "fd").iterdir()]
            if target in links:
                found.append(f"{(process / 'comm').read_text().strip()} (pid {process.name})")
        except OSError:
            # it has ended meanwhile, or belongs to somebody else
            continue
    return sorted(found)


def who_holds(path: str) -> str:
    """The end of a sentence: `` by minicom (pid 123)``, or nothing when it cannot be told."""
    found = holders(path)
    return f" by {', '.join(found)}" if found else ""


def _processes() -> list[Path]:
    try:
        entries = list(Path("/proc").iterdir())
    except OSError:
        return []
    own = str(os.getpid())
    return [entry for entry in entries if entry.name.isdecimal() and entry.name != own]
