"""What of a device most devices have no use for, most of the time.

A device of a fleet sleeps: no session is due, no alert waits, nothing is planned. What would hold such things is
made when it is first asked for, and let go of when a session is over and it is empty. That is what lets a
sleeping device cost little more than what its tree has of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Occupied(Protocol):
    """Something with occasional parts."""

    occasions: dict[str, Any] | None
    """Those that it has now, by name; None: none."""


class Occasional(Generic[T]):
    """An attribute that is there from the first time that it is asked for until `let_go` finds it empty."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, holder: Occupied, owner: type | None = None) -> T:
        if holder.occasions is None or self._name not in holder.occasions:
            self.__set__(holder, self._make())
        assert holder.occasions is not None
        part: T = holder.occasions[self._name]
        return part

    def __set__(self, holder: Occupied, part: T) -> None:
        if holder.occasions is None:
            holder.occasions = {}
        holder.occasions[self._name] = part


def let_go(holder: Occupied) -> None:
    """Of the parts that are empty. Nobody may go on with one of them: the next that is asked for is another."""
    holder.occasions = {name: part for name, part in (holder.occasions or {}).items() if part} or None
