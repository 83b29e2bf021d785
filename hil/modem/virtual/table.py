"""Tables of commands: each module of commands fills one of its own."""

from __future__ import annotations

from collections.abc import Callable

from hil.modem.virtual.equipment import Equipment
from hil.modem.virtual.syntax import Call

Handler = Callable[[Equipment, Call], list[str] | None]
"""Carries a command out and returns the lines before OK. None: the answer comes later (a prompt is open)."""


class CommandTable(dict[str, Handler]):
    """Handlers by the name of their command. A name stands once: `ValueError` for the second."""

    def at(self, *names: str) -> Callable[[Handler], Handler]:
        """Decorator: this function carries out the commands of these names."""

        def register(handler: Handler) -> Handler:
            for name in names:
                self._enter(name, handler)
            return handler

        return register

    @classmethod
    def joined(cls, *tables: CommandTable) -> CommandTable:
        """All of these in one table."""
        whole = cls()
        for table in tables:
            for name, handler in table.items():
                whole._enter(name, handler)
        return whole

    def _enter(self, name: str, handler: Handler) -> None:
        if name in self:
            raise ValueError(f"there are two commands AT{name}")
        self[name] = handler
