"""Variables of a scenario: ``${name}`` in any value, and where the names get their values from.

A name without a dot is the scenario's own (``vars``, ``matrix``, ``with``, ``--set``). One with a dot belongs to
the account or to a part (``account.server_id``, ``server.url``): it has its value only while the rig runs, so that
what holds it is read once to find mistakes, and once more when its step is played. ``$${name}`` stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hil.part import ROLES

Loc = tuple[str | int, ...]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"\$(\$?)\{([^{}]*)\}")

OWNERS = ("account", *ROLES)
"""What the names of variables begin with that have their values only in a run."""

Unknown = Callable[[Loc, str], Any]
"""Is told of a name without a value, and of its place; what it returns stands in its place."""


def fill(value: Any, variables: Mapping[str, Any], unknown: Unknown, at: Loc = ()) -> Any:
    """``value`` with values in place of variables.

    A text that is one variable becomes its value, be that a list or a mapping; within a text only a text can
    stand. What a variable holds is not looked into again.

    >>> fill({"uri": "./${a}/x", "codes": "${b}"}, {"a": "A", "b": ["1", "2"]}, lambda at, name: "")
    {'uri': './A/x', 'codes': ['1', '2']}
    """
    match value:
        case str():
            return _fill_text(value, variables, unknown, at)
        case dict():
            return {name: fill(each, variables, unknown, (*at, name)) for name, each in value.items()}
        case list():
            return [fill(each, variables, unknown, (*at, index)) for index, each in enumerate(value)]
        case _:
            return value


def _fill_text(text: str, variables: Mapping[str, Any], unknown: Unknown, at: Loc) -> Any:
    def look_up(name: str) -> Any:
        return variables[name] if name in variables else unknown(at, name)

    whole = _VARIABLE.fullmatch(text)
    if whole is not None and not whole[1]:
        return look_up(whole[2].strip())

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        value = look_up(found[2].strip())
        return value if isinstance(value, str) else unknown(at, found[2].strip())

    return _VARIABLE.sub(one, text)


def _left(at: Loc, name: str) -> str:
    """A name that stays in its place for now."""
    return f"${{{name}}}"


def is_late(name: str) -> bool:
    """Whether a name's value is known only while the rig runs."""
    owner, dot, _ = name.partition(".")
    return bool(dot) and owner in OWNERS


def names_in(value: Any) -> set[str]:
    """The variables that a value uses."""
    found: set[str] = set()

    def note(at: Loc, name: str) -> str:
        found.add(name)
        return ""

    fill(value, {}, note)
    return found


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables that a file's values may use.

    ``declared`` are the file's own, with their defaults as written; each may use those above it. ``given`` (a
    matrix, ``--set``, ``with`` of an include) comes before them; what it says is made of ``outer``'s variables.
    """

    declared: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    outer: Scope | None = None

    def values(self, unknown: Unknown, late: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """By name; with ``late``, the values that the rig's parts and the account have, as well."""
        found = dict(late or {})
        # Before the run, mistakes in what is given are told where they stand: with whoever gives it.
        told = unknown if late is not None else _left
        outer = self.outer.values(told, late) if self.outer is not None else found
        given: dict[str, Any] = fill(dict(self.given), outer, told)
        for name, default in self.declared.items():
            if name not in given and default is not None:
                found[name] = fill(default, {**found, **given}, unknown, ("vars", name))
        return found | given

    def late(self) -> set[str]:
        """The names whose values are made of such as only a running rig has."""
        outer = self.outer.late() if self.outer is not None else set()
        found = {
            name
            for name, value in self.given.items()
            if any(is_late(used) or used in outer for used in names_in(value))
        }
        for name, default in self.declared.items():
            if name not in self.given and any(is_late(used) or used in found for used in names_in(default)):
                found.add(name)
        return found

    @property
    def missing(self) -> set[str]:
        """The names that nobody has given a value."""
        return {name for name, default in self.declared.items() if default is None and name not in self.given}

    @property
    def names(self) -> set[str]:
        return {*self.declared, *self.given}
