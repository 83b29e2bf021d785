"""What a device knows of its nodes before they exist: the runtime side of a device description (DDF).

A `Description` says which commands a node takes, whether a server can create or remove it, and what may lie
below it. It is shared by every device of a model. It never changes once the model is built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag, auto


class Access(Flag):
    """AccessType of the DDF: the commands that the node itself takes, whatever its ACL says."""

    ADD = auto()
    COPY = auto()
    DELETE = auto()
    EXEC = auto()
    GET = auto()
    REPLACE = auto()

    NONE = 0
    READ = GET
    MANAGED = ADD | COPY | DELETE | GET | REPLACE
    """What an ordinary dynamic node takes: all but Exec."""


@dataclass(slots=True, eq=False)
class Description:
    """One node of a device description.

    ``children`` are the named nodes that may lie below, ``unnamed`` describes nodes whose names are chosen
    when they are created. ``open`` allows nodes of any other name too (the root, Ext nodes).
    """

    format: str | None = None
    """None: any format will do."""
    types: tuple[str, ...] = ()
    """Media types of a leaf, or the one Management Object identifier of an interior node."""
    access: Access = Access.MANAGED
    permanent: bool = False
    least: int = 1
    """How many there are in a finished tree. Nobody is held to it: what is being built up lacks something."""
    most: int | None = 1
    """How many there can be (Occurrence); None: any number. Names being unique, it matters to `unnamed` only."""
    title: str | None = None
    default: str | None = None
    open: bool = False
    children: dict[str, Description] = field(default_factory=dict)
    unnamed: Description | None = None

    def below(self, name: str) -> Description | None:
        """The description of the child ``name``; None when the device knows no such node."""
        return self.children.get(name) or self.unnamed or (ANYTHING if self.open else None)


ANYTHING = Description(open=True)
"""A node that nothing is known of: dynamic, any format, any children."""
