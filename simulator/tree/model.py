"""A device model: everything that the devices of one make have in common. Built once, then only read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.tree import options
from simulator.tree.acl import ROOT_DEFAULT, Acl
from simulator.tree.description import ANYTHING, Description
from simulator.tree.node import INTERIOR, Kind, Node
from simulator.tree.options import TreeOptions
from simulator.tree.store import Layer
from simulator.tree.uri import ROOT


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A kind of Management Object that the device supports."""

    identifier: str
    """The MO identifier, such as ``urn:oma:mo:oma-dm-dmacc:1.1``."""
    description: Description
    home: str | None = None
    """The URI below which objects that come through the Inbox are placed; None: they cannot come that way."""
    name: str = "1"
    """The name of such an object when it brings none."""
    fixed_name: bool = False
    """Whether it takes that name whatever it brings."""


@dataclass(frozen=True, slots=True)
class Model:
    """Nodes and own ACLs by URI, and the Management Objects that can be added. Never changed once built."""

    nodes: Mapping[str, Node] = field(default_factory=lambda: {ROOT: Node(ROOT, INTERIOR, children=())})
    acls: Mapping[str, Acl] = field(default_factory=lambda: {ROOT: ROOT_DEFAULT})
    objects: Mapping[str, ObjectType] = field(default_factory=dict)
    options: TreeOptions = options.DEFAULT
    acl_layer: Layer[Acl] = field(init=False, repr=False, compare=False)
    """Of every device that has no ACL of its own, as most have none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "acl_layer", Layer(self.acls))


def empty(
    description: Description = ANYTHING,
    objects: Mapping[str, ObjectType] | None = None,
    *,
    acl: Acl = ROOT_DEFAULT,
    options: TreeOptions = options.DEFAULT,
) -> Model:
    """A model with only a root, to be filled through a `Tree` and taken with ``Tree.model``.

    ``acl`` is the root's; the standard's default lets any server add and read, and change only what it added.
    """
    root = Node(ROOT, Kind("node", "", description), children=())
    return Model({ROOT: root}, {ROOT: acl}, dict(objects or {}), options)
