"""Files with a card's secrets in them: readable by their owner only, and written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hil.errors import UsageError

MODE = 0o600


def check(path: Path, *, force: bool) -> None:
    """Before any work is done: whether ``path`` may be written. Raises `UsageError`."""
    if path.exists() and not force:
        raise UsageError(f"{path} is there already", hint="--force writes over it, or name another file")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path.absolute().parent} is no directory")


def write(path: Path, text: str, *, force: bool = False) -> None:
    """Raises `UsageError` when it cannot be written, or is there already."""
    check(path, force=force)
    temporary: str | None = None
    try:
        # A temporary file of this kind is its owner's alone from the start.
        handle, temporary = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        Path(temporary).chmod(MODE)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
