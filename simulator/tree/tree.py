"""The management tree of one device: what the DM commands do to nodes.

Every method takes an absolute, root-relative or MO-relative URI. ``server`` is the ServerID of the account
whose rights count; None is the device itself, which neither ACLs nor access types bind. A refused command
raises TreeError with the DM status code, and leaves the tree as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as replaced

from simulator.tnds.document import MgmtTree
from simulator.tree import address, commands, permission, properties, serialise
from simulator.tree import uri as uris
from simulator.tree import value as values
from simulator.tree.acl import Acl, Right
from simulator.tree.model import Model
from simulator.tree.names import Names
from simulator.tree.node import Node, NodeView, Provider, Value
from simulator.tree.nodes import Nodes


class Tree(Nodes):
    """A device's nodes, and the commands on them."""

    __slots__ = ()

    @property
    def model(self) -> Model:
        """A model of this tree as it stands, for devices that are to start from it."""
        if not self.store.nodes.own and not self.store.acls.own:
            return self.base
        nodes = {uri: _settled(node) for uri, node in self.store.nodes.merged().items()}
        return replaced(self.base, nodes=nodes, acls=self.store.acls.merged())

    # -- reading

    def resolve(self, uri: str, server: str | None = None) -> str:
        """The absolute URI: 400 for what is no URI, 414 past the device's limits, 404 and 409 for `relative`."""
        return address.resolve(self, uri, server)

    def exists(self, uri: str) -> bool:
        return address.exists(self, uri)

    def get(self, uri: str, server: str | None = None) -> NodeView:
        """The node: 404 missing, 425 ACL, 405 access type."""
        target = address.resolve(self, uri, server)
        node = self.node(target)
        permission.require_right(self.store, target, Right.GET, server)
        permission.require_access(target, node, Right.GET, server)
        return self.view(target, node)

    def value(self, uri: str) -> Value | None:
        """A leaf's value as the device itself reads it; None when the node is missing or interior."""
        node = self.store.nodes.get(address.resolve(self, uri))
        return None if node is None else values.read(node, self.now)

    def walk(self, uri: str = uris.ROOT, server: str | None = None) -> Iterator[NodeView]:
        """The node and everything below, parents first; only what ``server`` may read."""
        for found, node in self.walk_nodes(address.resolve(self, uri, server), server):
            yield self.view(found, node)

    def view(self, target: str, node: Node) -> NodeView:
        return NodeView(
            uri=target,
            format=node.kind.format,
            type=node.kind.type,
            value=values.read(node, self.now),
            children=tuple(node.children or ()),
            acl=str(self.store.acls.get(target) or ""),
            leaf=node.children is None,
            title=node.kind.title,
            tstamp=node.tstamp,
            ver_no=node.ver_no,
        )

    # -- changing

    def add(
        self,
        uri: str,
        *,
        format: str | None = None,
        type: str | None = None,
        value: Value | Provider | None = None,
        title: str | None = None,
        server: str | None = None,
    ) -> None:
        """Add a node: 418 exists, 425 ACL, 405 not such a node here, 415 format, 414, 420 full.

        ``format`` None is ``chr``, ``node`` is an interior node. Octets are taken as they are by ``bin`` and
        ``b64``. Missing parents are created; when that fails, the error's ``uri`` is the node it failed at.
        """
        commands.add(self, uri, format=format, type=type, value=value, title=title, server=server)

    def replace(
        self,
        uri: str,
        value: Value | None,
        *,
        format: str | None = None,
        type: str | None = None,
        server: str | None = None,
    ) -> None:
        """Replace a leaf's value: 404 missing (never created), 425, 405, 415. None keeps format and type."""
        commands.replace(self, uri, value, format=format, type=type, server=server)

    def delete(self, uri: str, server: str | None = None) -> None:
        """Delete a node and all below: 404, 425, 405 for the root and for what a server cannot delete.

        What lies below is not asked: a node that takes no Delete goes with its parent (§7.3).
        """
        commands.delete(self, uri, server)

    def rename(self, uri: str, name: str, server: str | None = None) -> None:
        """Replace of the Name property: 404, 425, 405 permanent or known by its name, 418 clash, 414."""
        properties.rename(self, address.resolve(self, uri, server), name, server)

    def set_acl(self, uri: str, acl: str | Acl, server: str | None = None) -> None:
        """Replace of the ACL property, as a whole: 404, 425, 400 grammar, 405 leaving the root without."""
        properties.set_acl(self, address.resolve(self, uri, server), acl, server)

    def set_title(self, uri: str, title: str, server: str | None = None) -> None:
        """Replace of the Title property: 404, 425, 413 past 255 bytes."""
        properties.set_title(self, address.resolve(self, uri, server), title, server)

    def forget_server(self, server: str) -> None:
        """Take a deleted server out of every ACL. A command of the root's left to nobody is left to all."""
        with self.transaction():
            for uri, acl in self.store.acls.merged().items():
                if acl.names(server):
                    self.store.put_acl(uri, acl.without(server, root=uri == uris.ROOT) or None)

    # -- documents

    def add_tnds(
        self, uri: str, document: MgmtTree, server: str | None = None, *, ignore_unsupported: bool = False
    ) -> list[str]:
        """Add a TNDS document under ``uri``, all or nothing; the URIs of its top nodes. See `serialise.add`."""
        target = address.resolve(self, uri, server)
        return serialise.add(self, target, document, server, ignore_unsupported=ignore_unsupported)

    def replace_tnds(self, uri: str, document: MgmtTree, server: str | None = None) -> list[str]:
        """Make existing subtrees equal to a TNDS document, all or nothing; the URIs of its top nodes."""
        return serialise.replace(self, address.resolve(self, uri, server), document, server)

    def tnds(self, uri: str, server: str | None = None) -> MgmtTree:
        """The subtree as a TNDS document; for chosen properties see `serialise.document`."""
        return serialise.document(self, address.resolve(self, uri, server), server)


def _settled(node: Node) -> Node:
    """With its names as a tuple: what devices share must not grow with one of them."""
    return replaced(node, children=tuple(node.children)) if isinstance(node.children, Names) else node
