"""A device's state in a file: read when the device starts, kept up to date while it runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from hil.errors import UsageError
from hil.state.database import Database, Format, Statement
from hil.state.durability import Durability
from hil.state.tables import Table
from simulator.device import Device
from simulator.device.state import ROWS, Change, Journal, Put, restore, rows_of
from simulator.errors import StateError

_TABLES = {kind: Table(kind) for kind in ROWS}

FORMAT = Format(
    what="the state of a device",
    application_id=int.from_bytes(b"dmDV", "big"),
    version=1,
    schema=tuple(table.create for table in _TABLES.values()),
)


class DeviceFile:
    """Keeps one device. Made for a fresh device, which it gives the state that the file holds."""

    def __init__(
        self,
        path: Path,
        device: Device,
        durability: Durability = Durability.COMMAND,
        *,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        """Raises `UsageError` for a file that cannot be used; then it is left as it is."""
        self._device = device
        self._durability = durability
        initial = lambda: [_TABLES[type(row)].put(row) for row in rows_of(device)]  # noqa: E731
        self._database = Database(path, FORMAT, initial=initial, connection=connection)
        try:
            if not self._database.new:
                self._restore()
        except BaseException:
            self._database.close()
            raise
        self.new = self._database.new
        """Whether the file was made just now."""
        self._open = True
        self.changes = 0
        """How often something was kept."""
        self._journal = Journal(device)
        device.on_change = self.changed

    def close(self) -> None:
        """Keep what is not kept yet, and let go of the file. Raises `PartBroke` when it cannot be written."""
        try:
            if self._open and not self._journal.in_transaction:
                self._commit()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file as it is. The device goes on, and nothing of it is kept any more."""
        self._device.on_change = lambda: None
        self._open = False
        self._database.close()

    def changed(self) -> None:
        """Something may have changed: keep it, if it is time."""
        match self._durability:
            case Durability.NONE:
                return
            case Durability.SESSION if self._device.in_session:
                return
        # Within an Atomic nothing is final yet: it is kept, as one change, when the Atomic is done.
        if not self._journal.in_transaction:
            self._commit()

    def _commit(self) -> None:
        changes = self._journal.take()
        if changes:
            self._database.write(_statements(changes))
            self.changes += 1

    def _restore(self) -> None:
        try:
            rows = {
                kind: [table.row(values) for values in self._database.read(table.select)]
                for kind, table in _TABLES.items()
            }
            restore(self._device, rows)
        except (StateError, ValueError) as error:
            raise UsageError(
                f"{self._database.path} cannot be used for this device: {error}",
                hint="name another file, or the device model that it was made with; this one was left as it is",
            ) from error


def _statements(changes: Iterable[Change]) -> Iterable[Statement]:
    for change in changes:
        if isinstance(change, Put):
            yield _TABLES[type(change.row)].put(change.row)
        else:
            yield _TABLES[change.kind].drop(change.key)
