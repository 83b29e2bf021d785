"""A device with the standard's Management Objects and nothing else: the model most devices start from."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.objects import bootstrapcfg, devdetail, devinfo, dmacc, inbox
from simulator.objects.devdetail import DevDetail
from simulator.objects.devinfo import DevInfo
from simulator.tree import acl, options
from simulator.tree.acl import Acl
from simulator.tree.description import Access, Description
from simulator.tree.model import Model, ObjectType, empty
from simulator.tree.options import TreeOptions
from simulator.tree.tree import Tree

OBJECTS: Mapping[str, ObjectType] = {
    kind.identifier: kind for kind in (dmacc.OBJECT, dmacc.OBJECT_12, bootstrapcfg.OBJECT)
}
"""The objects that a server or a bootstrap can add, by identifier."""

ROOT = Description(
    format="node",
    access=Access.GET,
    permanent=True,
    open=True,
    children={
        "DevInfo": devinfo.DESCRIPTION,
        "DevDetail": devdetail.DESCRIPTION,
        "Inbox": inbox.DESCRIPTION,
        "DMAcc": Description(format="node", access=Access.GET, permanent=True, unnamed=dmacc.DESCRIPTION),
        "BootConfig": Description(format="node", least=0, unnamed=bootstrapcfg.DESCRIPTION),
    },
)


def model(
    info: DevInfo,
    detail: DevDetail | None = None,
    *,
    root_acl: Acl = acl.ROOT_DEFAULT,
    tree_options: TreeOptions = options.DEFAULT,
) -> Model:
    """DevInfo, DevDetail, an empty DMAcc and the Inbox. Servers may add nodes of their own anywhere else."""
    tree = Tree(empty(ROOT, OBJECTS, acl=root_acl, options=tree_options))
    devinfo.build(tree, info)
    devdetail.build(tree, detail or DevDetail())
    tree.add(dmacc.URI, format="node")
    inbox.build(tree)
    return tree.model
