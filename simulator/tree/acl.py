"""Access control lists: ``Add=www.a.example&Get=*`` (DM Tree and Description §7.7.1).

An `Acl` never changes and equal texts give the same object, so that many devices share one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from simulator.codes.status import StatusCode
from simulator.errors import TreeError

EVERYONE = "*"
_IDENTIFIER = re.compile(r"[^\s=&*+\x00-\x1f\x7f]+")


class Right(StrEnum):
    """What an ACL can grant. Copy needs Get at its source and Add or Replace at its target."""

    ADD = "Add"
    DELETE = "Delete"
    EXEC = "Exec"
    GET = "Get"
    REPLACE = "Replace"


@dataclass(frozen=True, slots=True)
class Acl:
    """Who may do what. An Acl without entries is the empty ACL: the node inherits."""

    entries: tuple[tuple[Right, frozenset[str]], ...] = ()

    def allows(self, right: Right, server: str) -> bool:
        return any(
            granted is right and (server in servers or EVERYONE in servers) for granted, servers in self.entries
        )

    def without(self, server: str, *, root: bool = False) -> Acl:
        """This ACL after the server's identity was deleted (§7.7.1.2).

        A command that nobody is left for goes too; in the root's ACL it is open to everyone instead.
        """
        nobody = frozenset({EVERYONE} if root else ())
        kept = ((right, (servers - {server}) or nobody) for right, servers in self.entries)
        return Acl(tuple((right, servers) for right, servers in kept if servers))

    def joined(self, other: Acl) -> Acl:
        """What either of them grants."""
        return parse("&".join(str(acl) for acl in (self, other) if acl))

    def names(self, server: str) -> bool:
        return any(server in servers for _, servers in self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __str__(self) -> str:
        return "&".join(f"{right}={'+'.join(sorted(servers))}" for right, servers in self.entries)


def grant(server: str, *rights: Right) -> Acl:
    return parse("&".join(f"{right}={server}" for right in rights))


def parse(text: str) -> Acl:
    """Read an ACL; TreeError 400 for what does not follow the grammar. Empty text is the empty ACL.

    Commands come out in alphabetical order; a command named twice gets the servers of both.
    """
    return _parse_shared(text) if len(text) <= _SHARED_LENGTH else _parse(text)


def _parse(text: str) -> Acl:
    entries: dict[Right, frozenset[str]] = {}
    for entry in text.split("&") if text.strip() else ():
        command, equals, listed = entry.strip().partition("=")
        servers = listed.split("+")
        if command not in list(Right) or not equals:
            raise TreeError(
                StatusCode.BAD_REQUEST,
                f"{entry!r} in an ACL: expected Add, Delete, Exec, Get or Replace, '=', servers",
            )
        for server in servers:
            if server != EVERYONE and not _IDENTIFIER.fullmatch(server):
                raise TreeError(StatusCode.BAD_REQUEST, f"{server!r} in an ACL is no server identifier")
        right = Right(command)
        entries[right] = entries.get(right, frozenset()).union(servers)
    return Acl(tuple(sorted(entries.items())))


_SHARED_LENGTH = 1024
_parse_shared = lru_cache(maxsize=4096)(_parse)

EMPTY = Acl()
ROOT_DEFAULT = parse("Add=*&Get=*")
