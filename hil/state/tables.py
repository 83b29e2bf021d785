"""Rows as they lie in SQLite: one table for each kind of row, one column for each field."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Sequence
from typing import Any

from hil.state.database import Statement
from simulator.device.state import Key, Row

_COLUMNS: dict[type, str] = {str: "TEXT", int: "INTEGER", bool: "INTEGER", bytes: "BLOB"}


class Table:
    """Statements for one kind of row, made from the fields' types."""

    def __init__(self, kind: type[Row]) -> None:
        self.kind = kind
        self.name = kind.TABLE
        hints = typing.get_type_hints(kind)
        self._types = {field.name: _types(hints[field.name]) for field in dataclasses.fields(_dataclass(kind))}
        columns = ", ".join(f"{name} {_column(allowed)}" for name, allowed in self._types.items())
        key = ", ".join(kind.KEY)
        self.create = f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID"
        self.select = f"SELECT {', '.join(self._types)} FROM {self.name}"
        self.clear: Statement = (f"DELETE FROM {self.name}", ())
        self._put = f"REPLACE INTO {self.name} VALUES ({', '.join('?' * len(self._types))})"
        self._drop = f"DELETE FROM {self.name} WHERE " + " AND ".join(f"{name} IS ?" for name in kind.KEY)

    def put(self, row: Row) -> Statement:
        return self._put, [getattr(row, name) for name in self._types]

    def drop(self, key: Key) -> Statement:
        return self._drop, key

    def row(self, values: Sequence[object]) -> Row:
        """A row from what `select` gave. Raises ValueError when a column holds something else than was put."""
        found: dict[str, object] = {}
        for (name, allowed), value in zip(self._types.items(), values, strict=True):
            if bool in allowed and value in (0, 1):
                value = bool(value)
            if type(value) not in allowed:
                raise ValueError(f"{name} in the table {self.name} is {value!r:.60}")
            found[name] = value
        return self.kind(**found)


def _dataclass(kind: type[Row]) -> Any:
    return kind


def _types(hint: Any) -> tuple[type, ...]:
    """The types of a field: those of a union, one by one."""
    return typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)


def _column(allowed: tuple[type, ...]) -> str:
    plain = [kind for kind in allowed if kind is not types.NoneType]
    # BLOB is SQLite's affinity that converts nothing: text stays text, octets stay octets.
    column = _COLUMNS[plain[0]] if len(plain) == 1 else "BLOB"
    return column if len(plain) < len(allowed) else f"{column} NOT NULL"
