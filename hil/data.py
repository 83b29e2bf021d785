"""Where the data files are: at the top of a checkout, or inside the installed package.

``fixtures/`` and ``scenarios/`` hold data only. In a wheel they lie under ``hil/_data``.
"""

from __future__ import annotations

from pathlib import Path

from hil.errors import UsageError
from hil.nearest import nearest

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The directory that holds ``fixtures`` and ``scenarios``."""
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent


def scenarios() -> Path:
    return root() / "scenarios"


def fixtures(folder: str) -> Path:
    """A folder of fixtures, such as ``cards`` or ``rigs``."""
    return root() / "fixtures" / folder


def names(folder: str) -> list[str]:
    """The names under which the YAML files of a fixtures folder are found."""
    return sorted(path.stem for path in fixtures(folder).glob("*.yaml"))


def is_file(path: Path) -> bool:
    """As `Path.is_file`, also for what cannot be a path at all: a name of thousands of letters."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def find(folder: str, name: str, *, beside: Path | None = None) -> Path:
    """The file that ``name`` means: a path (looked up beside the file that names it, then from the working
    directory), or the bare name of a file in a fixtures folder.

    Raises `UsageError` with the nearest name.
    """
    candidates = [Path(name)] if beside is None else [beside / name, Path(name)]
    for path in candidates:
        if is_file(path):
            return path
    packaged = fixtures(folder) / f"{name}.yaml"
    if "/" not in name and is_file(packaged):
        return packaged
    known = names(folder)
    meant = nearest(name, known)
    raise UsageError(
        f"no file {name[:200]!r}, and none of that name among the {folder} that come with dmrig",
        hint=f"did you mean {meant!r}?" if meant else f"there are: {', '.join(known)}",
    )
