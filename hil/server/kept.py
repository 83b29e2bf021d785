"""A DM server's store in a file: accounts, nonces, and commands until a device has answered them.

Everything is in memory, as in a `MemoryStore`, and what changes is written through: when a method returns, it
is on the disk. A command stays in the file until it is settled, so that one that was on its way when the server
ended is sent again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, cast

from pydantic import ValidationError

from hil.errors import UsageError
from hil.server.answer import Answer, Batch, Pending
from hil.server.commands import ServerCommand
from hil.server.settings import ANY_DEVICE, Credentials, DeviceAccount
from hil.server.store import Level, MemoryStore
from hil.state.database import Database, Format, Statement
from hil.state.tables import Table
from simulator.security.credentials import AuthType


@dataclass(frozen=True, slots=True)
class AccountRow:
    TABLE: ClassVar[str] = "account"
    KEY: ClassVar[tuple[str, ...]] = ("device_id",)

    device_id: str


@dataclass(frozen=True, slots=True)
class CredentialsRow:
    """One direction of an account."""

    TABLE: ClassVar[str] = "credentials"
    KEY: ClassVar[tuple[str, ...]] = ("device_id", "level")

    device_id: str
    level: str
    name: str
    secret: str
    auth: str
    nonce: bytes


@dataclass(frozen=True, slots=True)
class NonceRow:
    TABLE: ClassVar[str] = "nonce"
    KEY: ClassVar[tuple[str, ...]] = ("device_id", "level")

    device_id: str
    level: str
    nonce: bytes


@dataclass(frozen=True, slots=True)
class CommandRow:
    TABLE: ClassVar[str] = "command"
    KEY: ClassVar[tuple[str, ...]] = ("number",)

    number: int
    batch: int
    device_id: str
    """Whom it is for; ``*``: the next one that comes."""
    place: int
    """In the device's queue: the lowest comes first."""
    command: str
    """JSON, in the words of a scenario."""


_ACCOUNTS, _CREDENTIALS, _NONCES, _COMMANDS = map(Table, (AccountRow, CredentialsRow, NonceRow, CommandRow))

FORMAT = Format(
    what="the state of a DM server",
    application_id=int.from_bytes(b"dmSV", "big"),
    version=1,
    schema=tuple(table.create for table in (_ACCOUNTS, _CREDENTIALS, _NONCES, _COMMANDS)),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Kept(Pending):
    """A command that has a row."""

    number: int
    settled: Callable[[int], None]

    def settle(self, answer: Answer) -> None:
        self.settled(self.number)
        # Not super(): a slotted dataclass is another class than the one that this method was written in.
        Pending.settle(self, answer)


class KeptStore(MemoryStore):
    """Raises `UsageError` for a file that cannot be used, and `PartBroke` when it cannot be written."""

    def __init__(
        self,
        path: Path,
        accounts: Mapping[str, DeviceAccount] | None = None,
        *,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        """``accounts`` take the place of those in the file; None: the file's."""
        self._database = Database(path, FORMAT, connection=connection)
        try:
            if accounts is not None:
                self._database.write(_account_statements(accounts))
            super().__init__(self._read_accounts() if accounts is None else accounts)
            self._rows = self._read_commands()
            self._nonces = self._read_nonces()
        except (ValueError, ValidationError) as error:
            self._database.close()
            raise UsageError(
                f"{self._database.path} cannot be used as {FORMAT.what}: {error}",
                hint="name another file; this one was left as it is",
            ) from error
        except BaseException:
            self._database.close()
            raise
        self._numbers = count(max(self._rows, default=0) + 1)

    def close(self) -> None:
        """May be called twice."""
        self._database.close()

    def keep_nonce(self, device_id: str, level: Level, nonce: bytes) -> None:
        self._database.write([_NONCES.put(NonceRow(device_id, level, nonce))])
        super().keep_nonce(device_id, level, nonce)

    def queue(self, waiting: Iterable[Pending], device_id: str | None) -> None:
        key = ANY_DEVICE if device_id is None else device_id
        last = max((row.place for row in self._rows.values()), default=0)
        batches: dict[Batch, int] = {}
        rows, kept = [], []
        for place, one in enumerate(waiting, last + 1):
            number = next(self._numbers)
            batch = batches.setdefault(one.batch, number)
            rows.append(CommandRow(number, batch, key, place, _dump(one.command)))
            kept.append(_Kept(one.batch, one.index, number, self._settled))
        self._put(rows)
        super().queue(kept, device_id)

    def take(self, device_id: str) -> list[Pending]:
        taken = super().take(device_id)
        try:
            self._to_front(device_id, taken)
        except BaseException:
            super().put_back(device_id, taken)
            raise
        return taken

    def put_back(self, device_id: str, unsent: Iterable[Pending]) -> None:
        unsent = list(unsent)
        self._to_front(device_id, unsent)
        super().put_back(device_id, unsent)

    def _to_front(self, device_id: str, commands: Iterable[Pending]) -> None:
        numbers = [one.number for one in commands if isinstance(one, _Kept) and one.number in self._rows]
        first = min((row.place for row in self._rows.values()), default=0)
        rows = [self._rows[number] for number in numbers]
        self._put([replace(row, device_id=device_id, place=first - len(rows) + at) for at, row in enumerate(rows)])

    def _put(self, rows: list[CommandRow]) -> None:
        changed = [row for row in rows if self._rows.get(row.number) != row]
        if changed:
            self._database.write(map(_COMMANDS.put, changed))
            self._rows.update((row.number, row) for row in changed)

    def _settled(self, number: int) -> None:
        if number in self._rows:
            self._database.write([_COMMANDS.drop((number,))])
            del self._rows[number]

    # -- what the file holds

    def _read(self, table: Table) -> list[Any]:
        return [table.row(values) for values in self._database.read(table.select)]

    def _read_accounts(self) -> dict[str, DeviceAccount]:
        credentials = {
            (row.device_id, row.level): Credentials(row.name, row.secret, AuthType(row.auth), row.nonce)
            for row in self._read(_CREDENTIALS)
        }
        return {
            row.device_id: DeviceAccount(
                credentials.get((row.device_id, "CLCRED")), credentials.get((row.device_id, "SRVCRED"))
            )
            for row in self._read(_ACCOUNTS)
        }

    def _read_nonces(self) -> dict[tuple[str, Level], bytes]:
        return {(row.device_id, cast("Level", row.level)): row.nonce for row in self._read(_NONCES)}

    def _read_commands(self) -> dict[int, CommandRow]:
        """The rows by number; the commands are queued again. Whoever asked for them is not there any more."""
        rows = {row.number: row for row in self._read(_COMMANDS)}
        batches: dict[int, list[CommandRow]] = {}
        for row in sorted(rows.values(), key=lambda row: row.number):
            batches.setdefault(row.batch, []).append(row)
        kept: dict[int, _Kept] = {}
        for members in batches.values():
            batch = Batch(tuple(_load(row.command) for row in members))
            for index, row in enumerate(members):
                kept[row.number] = _Kept(batch, index, row.number, self._settled)
        for row in sorted(rows.values(), key=lambda row: row.place):
            self._queues[row.device_id].append(kept[row.number])
        return rows


def _account_statements(accounts: Mapping[str, DeviceAccount]) -> Iterable[Statement]:
    yield _ACCOUNTS.clear
    yield _CREDENTIALS.clear
    for device_id, account in accounts.items():
        yield _ACCOUNTS.put(AccountRow(device_id))
        for level, known in (("CLCRED", account.client), ("SRVCRED", account.server)):
            if known is not None:
                row = CredentialsRow(device_id, level, known.name, known.secret, known.auth, known.nonce)
                yield _CREDENTIALS.put(row)


_OCTETS = "octets in hex"
"""The one key of an object that stands for bytes, which JSON has not. No field of a command has this name."""


def _dump(command: ServerCommand) -> str:
    plain = command.model_dump(by_alias=True, exclude_defaults=True)
    return json.dumps(plain, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {_OCTETS: value.hex()}
    raise TypeError(f"{type(value).__name__} in a command")


def _load(text: str) -> ServerCommand:
    return ServerCommand.model_validate(json.loads(text, object_hook=_rich))


def _rich(found: dict[str, Any]) -> object:
    return bytes.fromhex(found[_OCTETS]) if set(found) == {_OCTETS} else found
