"""What a maker puts into its devices besides the standard's objects: descriptions, objects, nodes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.ddf.document import MgmtTree
from simulator.objects import devdetail, devinfo, standard
from simulator.objects.devdetail import DevDetail
from simulator.objects.devinfo import DevInfo
from simulator.tree import acl as acls
from simulator.tree import ddf, options
from simulator.tree import uri as uris
from simulator.tree.acl import Acl
from simulator.tree.description import Access, Description
from simulator.tree.model import Model, ObjectType
from simulator.tree.node import Provider, Value
from simulator.tree.options import TreeOptions
from simulator.tree.tree import Tree


@dataclass(frozen=True, slots=True)
class OwnNode:
    """A node of a device model. The device itself may do anything with it; servers what ``access`` says."""

    uri: str
    format: str = "chr"
    type: str = ""
    """Media type, or MO identifier of an interior node; empty: the format's default."""
    value: Value | Provider | None = None
    access: Access = Access.GET
    acl: str = ""
    """Of its own; empty: it inherits."""
    late: bool = False
    """It is not there when the device leaves the factory."""

    @property
    def description(self) -> Description:
        interior = self.format == "node"
        return Description(
            format=self.format,
            types=(self.type,) if self.type else (),
            access=self.access,
            least=0 if self.late else 1,
            open=interior,
        )


@dataclass(frozen=True, slots=True)
class Made:
    """By URI where it is a mapping."""

    descriptions: tuple[MgmtTree, ...] = ()
    """Laid over the standard's objects: where both speak of a node right below the root, these count."""
    closed: bool = False
    """Servers can add only what is described."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """Of described leaves, in place of their defaults."""
    kinds: tuple[ObjectType, ...] = ()
    """Management Objects that can be added besides the standard's."""
    objects: Mapping[str, ObjectType] = field(default_factory=dict)
    """Management Objects that every device has."""
    nodes: tuple[OwnNode, ...] = ()


def model(
    info: DevInfo,
    detail: DevDetail,
    made: Made,
    *,
    root_acl: Acl = acls.ROOT_DEFAULT,
    tree_options: TreeOptions = options.DEFAULT,
) -> Model:
    """A device of that make, with the standard's objects. Raises `TreeError` for what does not fit together."""
    root = ddf.describe(made.descriptions, standard.ROOT)
    root.open = not made.closed
    for uri, kind in made.objects.items():
        ddf.place(root, uris.normalise(uri), kind.description)
    for node in made.nodes:
        ddf.place(root, uris.normalise(node.uri), node.description)
    objects = {**standard.OBJECTS, **ddf.objects_of(root), **{kind.identifier: kind for kind in made.kinds}}
    own = {**devinfo.values(info), **devdetail.values(detail)}
    given: dict[str, Value | Provider] = {
        uri: value for uri, value in own.items() if _is_leaf(ddf.find(root, uri))
    }
    given |= {uris.normalise(uri): value for uri, value in made.values.items()}
    given |= {
        uris.normalise(node.uri): node.value
        for node in made.nodes
        if not node.late and node.format != "node" and node.value is not None
    }
    tree = Tree(ddf.built(root, given, objects, acl=root_acl, options=tree_options))
    for node in made.nodes:
        if node.acl and not node.late:
            tree.set_acl(node.uri, node.acl)
    return tree.model


def _is_leaf(description: Description | None) -> bool:
    return description is not None and description.format != "node"
