"""A node of the live tree.

Nodes never change: a change puts another node in the old one's place. That is what lets devices share them,
and what makes undoing a change as simple as putting the old node back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from simulator.tree.description import ANYTHING, Description

Value = str | bytes
"""Octets for the formats b64 and bin, text for the others."""
Provider = Callable[[datetime | None], Value]
"""A value that is worked out when it is read, from the tree's ``now``."""

DEFAULT_FORMAT = "chr"
DEFAULT_TYPE = "text/plain"


@dataclass(slots=True, eq=False)
class Kind:
    """What stays the same when a node's value changes; shared by all devices of a model."""

    format: str
    type: str
    """Media type of a leaf; Management Object identifier, or empty, of an interior node."""
    description: Description = ANYTHING
    title: str | None = None


@dataclass(slots=True, eq=False)
class Node:
    uri: str
    """Absolute. The same object is the key under which the node is kept, so that devices share that too."""
    kind: Kind
    value: Value | Provider | None = None
    children: Sequence[str] | None = None
    """Names in order of creation, see `simulator.tree.names`; None: the node is a leaf."""
    tstamp: datetime | None = None
    """When it last changed, if the tree was told the time."""
    ver_no: int = 0


INTERIOR = Kind("node", "")
LEAF = Kind(DEFAULT_FORMAT, DEFAULT_TYPE)


@dataclass(frozen=True, slots=True)
class NodeView:
    """What a Get of a node shows."""

    uri: str
    format: str
    type: str
    value: Value | None
    """None: an interior node, or a leaf of format null."""
    children: tuple[str, ...]
    acl: str
    """The node's own ACL; empty: it inherits one."""
    leaf: bool
    title: str | None = None
    tstamp: datetime | None = None
    ver_no: int = 0

    @property
    def name(self) -> str:
        return self.uri.rpartition("/")[2]
