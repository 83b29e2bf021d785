"""Locks on things that only one run can have at a time: a serial port, a card reader, a virtual reader's port.

Each thing is a file with a lock (flock) in a directory of the user's own, which says who has it. The system lets
go of a lock with the process that holds it, however that ends, so no lock is ever left behind; the files stay.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hil.errors import PartInUse, PartMissing

MAX_TOLD = 4096
"""Octets of a lock file that are read."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Holder:
    pid: int
    what: str
    """What it does with the thing: the name of a scenario."""
    since: str

    def __str__(self) -> str:
        return f"{self.what} (pid {self.pid}) since {self.since}"


def directory() -> Path:
    """Where the locks of this user are. Raises `PartMissing` when no such directory can be had."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime) and os.access(runtime, os.W_OK):
        path = Path(runtime, "dmrig")
    else:
        path = Path(tempfile.gettempdir(), f"dmrig-{os.getuid()}")
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise PartMissing(
            f"there is no place for locks: {path}: {error.strerror}", hint="set XDG_RUNTIME_DIR to one"
        ) from error
    # Anybody may make a directory of that name in /tmp, and what is in it cannot be believed then.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PartMissing(
            f"{path}, where locks are kept, is not this user's own directory",
            hint="remove it, or set XDG_RUNTIME_DIR to another place",
        )
    return path


class Locks:
    """Those of one run. A thing that it has already is taken again without a word."""

    def __init__(self, what: str) -> None:
        """``what``: what is done with the things, for others to read."""
        self._what = what
        self._held: dict[str, int] = {}

    @property
    def held(self) -> tuple[str, ...]:
        return tuple(self._held)

    def take(self, thing: str) -> None:
        """Raises `PartInUse` when another process, or another run of this one, has it."""
        if thing in self._held:
            return
        path = _file(thing)
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise PartMissing(f"the lock {path} cannot be had: {error.strerror}") from error
        # Somebody who only looks who has it may be in the way for a moment.
        if not (_locked(file) or (holder(thing) is None and _locked(file))):
            os.close(file)
            raise in_use(thing)
        self._held[thing] = file
        told = {"thing": thing, "what": self._what, "pid": os.getpid(), "since": _now()}
        with contextlib.suppress(OSError):
            # A full disk keeps nobody from having it.
            os.ftruncate(file, 0)
            os.pwrite(file, json.dumps(told).encode(), 0)

    def drop(self, thing: str) -> None:
        file = self._held.pop(thing, None)
        if file is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(file, 0)
            os.close(file)

    def drop_all(self) -> None:
        """Never raises; may be called twice."""
        for thing in list(self._held):
            self.drop(thing)


def holder(thing: str) -> Holder | None:
    """Who has a thing now; None: nobody, as far as dmrig's runs of this user go."""
    try:
        file = os.open(_file(thing), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _told(os.pread(file, MAX_TOLD, 0))
    finally:
        os.close(file)
    return None


def in_use(thing: str) -> PartInUse:
    who = holder(thing)
    return PartInUse(
        f"{thing} is in use{f' by {who}' if who is not None else ''}",
        hint="end that run, or wait for it: --wait '10 min'",
    )


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _told(said: bytes) -> Holder:
    try:
        told = json.loads(said)
        return Holder(int(told["pid"]), str(told["what"])[:200], str(told["since"])[:40])
    except (ValueError, TypeError, KeyError, RecursionError):
        # It has just been taken, and does not say by whom yet.
        return Holder(0, "another run", "a moment ago")


def _file(thing: str) -> Path:
    """Names of things are of any length and letters; a digest tells those apart that look alike."""
    digest = hashlib.sha256(thing.encode()).hexdigest()[:16]
    return directory() / f"{_NOT_IN_NAMES.sub('-', thing)[:60].strip('-')}-{digest}.lock"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
