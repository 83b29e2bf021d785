"""An SQLite file that dmrig keeps something in: locked while it is open, never written over when it is not ours.

Every change is one transaction. With write-ahead logging and ``synchronous=FULL`` a transaction costs one
write and one sync of the log, and is on the disk when `Database.write` returns; a process that is killed at any
point leaves a file that opens as it was before or after the transaction.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.errors import BenchError, PartBroke, UsageError

_in_use: set[tuple[int, int]] = set()
"""The files that this process has open."""

Statement = tuple[str, Sequence[object]]
"""SQL and its parameters."""

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
"""Bytes (SQLite file format §1.3)."""
_SCHEMA_COOKIE = slice(40, 44)
"""Zero until the first table is made."""
_APPLICATION_ID = slice(68, 72)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file."""

    what: str
    """As a person calls it: ``the state of a device``."""
    application_id: int
    """What tells such files from other programs' databases."""
    version: int
    schema: tuple[str, ...]
    """The statements that make an empty file one of this kind."""


class Database:
    """One open file. Raises `UsageError` for a file that cannot be used, `PartBroke` when writing fails."""

    def __init__(
        self,
        path: Path,
        format: Format,
        *,
        initial: Callable[[], Iterable[Statement]] = tuple,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        """Open the file, or make it: with what ``initial`` gives, all at once. ``connection``: another class for
        the connection, for tests."""
        self.path = path.expanduser().absolute()
        self._format = format
        self._broken = False
        self._identity = self._look()
        with self._translated():
            self._connection = sqlite3.connect(
                self.path, timeout=0, isolation_level=None, check_same_thread=False, factory=connection
            )
        _in_use.add(self._identity)
        try:
            with self._translated():
                self.new = self._prepare(initial)
        except BaseException:
            self.close()
            raise

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        with self._translated():
            return self._connection.execute(sql).fetchall()

    def write(self, statements: Iterable[Statement]) -> None:
        """Run them in one transaction; when this returns it is durable."""
        if self._broken:
            # What was to be written then is missing: anything later would leave a state that never was.
            raise PartBroke(f"{self.path} is not written any more, since writing to it failed")
        self._broken = True
        try:
            self._transaction(statements)
        except (sqlite3.Error, UnicodeError) as error:
            raise PartBroke(
                f"{self.path} cannot be written: {error}", hint="is the disk full, or the file on a broken disk?"
            ) from error
        self._broken = False

    def close(self) -> None:
        """May be called twice."""
        self._connection.close()
        _in_use.discard(self._identity)

    # -- opening

    def _look(self) -> tuple[int, int]:
        """Refuse what is not ours before SQLite touches it; make a missing file, for its owner only.

        Returns device and inode.
        """
        try:
            if self.path.exists() and _identity(os.stat(self.path)) in _in_use:
                # Not even looked at: to close a file would take away this process's locks on it (fcntl(2)).
                raise self._in_use("this process")
            file = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                identity, header = _identity(os.fstat(file)), os.pread(file, _HEADER, 0)
            finally:
                os.close(file)
        except OSError as error:
            raise self._refused(f"cannot be opened: {error.strerror}") from error
        if header:
            self._check_header(header)
        return identity

    def _check_header(self, header: bytes) -> None:
        if len(header) < _HEADER or not header.startswith(_MAGIC):
            raise self._refused("is no database")
        if header[_SCHEMA_COOKIE] != bytes(4):
            self._check_kind(int.from_bytes(header[_APPLICATION_ID], "big"))

    def _prepare(self, initial: Callable[[], Iterable[Statement]]) -> bool:
        """Lock the file, and make it one of our kind if it is empty. Whether it was."""
        execute = self._connection.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        # The first transaction takes the lock, which is then held until the end.
        execute("BEGIN EXCLUSIVE")
        execute("COMMIT")
        (tables,) = execute("SELECT count(*) FROM sqlite_master").fetchone()
        (kind,) = execute("PRAGMA application_id").fetchone()
        new = bool(tables == 0 and kind == 0)
        if new:
            self._transaction(
                [
                    *((sql, ()) for sql in self._format.schema),
                    *initial(),
                    (f"PRAGMA application_id = {self._format.application_id}", ()),
                    (f"PRAGMA user_version = {self._format.version}", ()),
                ]
            )
        else:
            self._check_kind(kind)
            self._check_version(*execute("PRAGMA user_version").fetchone())
            (verdict,) = execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise self._refused(f"is damaged: {verdict}")
        # Only now, so that even a file that was made a moment ago says in its header what it is.
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        return new

    def _check_kind(self, application_id: int) -> None:
        if application_id != self._format.application_id:
            raise self._refused(f"is a database, but not {self._format.what}")

    def _check_version(self, version: int) -> None:
        if version > self._format.version:
            raise UsageError(
                f"{self.path} was written by a newer dmrig: its version is {version}, "
                f"and this dmrig knows versions up to {self._format.version}",
                hint="use that dmrig, or name another file; this one was left as it is",
            )
        if version < 1:
            raise self._refused(f"has no version that dmrig ever wrote: {version}")

    # -- errors and transactions

    def _transaction(self, statements: Iterable[Statement]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            for sql, parameters in statements:
                execute(sql, parameters)
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def _refused(self, why: str) -> BenchError:
        return UsageError(
            f"{self.path} cannot be used as {self._format.what}: it {why}",
            hint="name another file; this one was left as it is",
        )

    def _in_use(self, by: str) -> BenchError:
        return UsageError(
            f"{self.path} is in use by {by}",
            hint="each device and each server has a file of its own: end the other one, or name another file",
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise self._in_use("another process") from error
            raise self._refused(f"is damaged or cannot be read: {error}") from error


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_dev, stat.st_ino
