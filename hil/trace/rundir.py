"""The directory of one run: made new, readable by its owner only, never written over."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from hil.errors import UsageError

RUNS = Path("runs")


def create_run_directory(scenario: str, out: Path | None = None, now: datetime | None = None) -> Path:
    """Make ``out``, or ``runs/<UTC time>-<scenario>``, with mode 0700 and return it.

    ``out`` may be there already as long as it is empty. Raises `UsageError` when it is not, or cannot be made.
    """
    try:
        return _given(out) if out is not None else _new(scenario, now or datetime.now(UTC))
    except OSError as error:
        where = out or RUNS
        raise UsageError(
            f"cannot make a run directory at {where}: {error.strerror}",
            hint="choose a directory that you may write to with --out",
        ) from error


def directory_name(name: str) -> str:
    """``name`` as a directory may be called."""
    return (re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "run")[:80]


def _given(out: Path) -> Path:
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(
            f"{out} is not empty, and a run never writes over another", hint="name a new directory with --out"
        )
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    out.chmod(0o700)
    return out


def _new(scenario: str, now: datetime) -> Path:
    return create_below(RUNS, f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{directory_name(scenario)}")


def create_below(folder: Path, name: str) -> Path:
    """Make a directory of that name in ``folder``, or of the name with a number behind it: it is new, whoever else
    makes some there at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = directory_name(name)
    for number in range(1, 1000):
        directory = folder / (stem if number == 1 else f"{stem}-{number}")
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return directory
    raise FileExistsError(17, "a thousand runs of one name", str(folder / stem))
