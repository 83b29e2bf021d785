"""The management tree of one device: what the DM commands do to nodes.

Every method takes an absolute, root-relative or MO-relative URI. ``server`` is the ServerID of the account
whose rights count; None is the device itself, which neither ACLs nor access types bind. A refused command
raises TreeError with the DM status code, and leaves the tree as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as replaced
from datetime import datetime
from typing import Any

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tnds.document import MgmtTree
from simulator.tree import creation, permission, properties, relative, serialise
from simulator.tree import uri as uris
from simulator.tree import value as values
from simulator.tree.acl import Acl, Right
from simulator.tree.description import Access
from simulator.tree.model import Model
from simulator.tree.node import DEFAULT_FORMAT, Kind, Node, NodeView, Provider, Value
from simulator.tree.store import Store, Transaction
from simulator.tree.uri import Limits

LIMITS = ("./DevDetail/URI/MaxDepth", "./DevDetail/URI/MaxTotLen", "./DevDetail/URI/MaxSegLen")


class Tree:
    """A device's nodes: a shared model, and what this device has of its own."""

    __slots__ = ("base", "now", "store")

    def __init__(self, model: Model | None = None) -> None:
        self.base = model or Model()
        """The model that this device started from."""
        self.store: Store = Store(self.base.nodes, self.base.acls)
        self.now: datetime | None = None
        """The time that changes are stamped with and computed values are read at; the caller sets it."""

    @property
    def model(self) -> Model:
        """A model of this tree as it stands, for devices that are to start from it."""
        if not self.store.nodes.own and not self.store.acls.own:
            return self.base
        return replaced(self.base, nodes=self.store.nodes.merged(), acls=self.store.acls.merged())

    def transaction(self) -> Transaction:
        """``with tree.transaction():`` does all of the block or nothing; transactions nest."""
        return Transaction(self.store)

    # -- reading

    def resolve(self, uri: str, server: str | None = None) -> str:
        """The absolute URI: 400 for what is no URI, 414 past the device's limits, 404 and 409 for `relative`."""
        by_object = self.base.options.relative_form.mark in uri
        target = relative.resolve(self, uri, server) if by_object else uris.normalise(uri)
        if server is not None:
            self.limits().check(target)
        return target

    def exists(self, uri: str) -> bool:
        return self.store.nodes.get(self.resolve(uri)) is not None

    def get(self, uri: str, server: str | None = None) -> NodeView:
        """The node: 404 missing, 425 ACL, 405 access type."""
        target = self.resolve(uri, server)
        node = self.node(target)
        permission.require_right(self.store, target, Right.GET, server)
        permission.require_access(target, node, Right.GET, server)
        return self.view(target, node)

    def value(self, uri: str) -> Value | None:
        """A leaf's value as the device itself reads it; None when the node is missing or interior."""
        node = self.store.nodes.get(self.resolve(uri))
        return None if node is None else values.read(node, self.now)

    def walk(self, uri: str = uris.ROOT, server: str | None = None) -> Iterator[NodeView]:
        """The node and everything below, parents first; only what ``server`` may read."""
        for found, node in self.walk_nodes(self.resolve(uri, server), server):
            yield self.view(found, node)

    def walk_nodes(self, top: str, server: str | None = None) -> Iterator[tuple[str, Node]]:
        """As `walk`, without the views. The ACL is carried down the tree, not looked up at each node."""
        nodes, acls = self.store.nodes, self.store.acls
        waiting = [(top, permission.effective(self.store, top))]
        while waiting:
            uri, inherited = waiting.pop()
            node = nodes.get(uri)
            if node is None:
                raise TreeError(StatusCode.NOT_FOUND, f"{uri} does not exist", uri=uri)
            acl = acls.get(uri) or inherited
            if server is None or (acl.allows(Right.GET, server) and Access.GET in node.kind.description.access):
                yield uri, node
            if node.children:
                waiting.extend([(f"{uri}/{name}", acl) for name in reversed(node.children)])

    def node(self, target: str) -> Node:
        """The node at an absolute URI; 404."""
        node = self.store.nodes.get(target)
        if node is None:
            raise TreeError(StatusCode.NOT_FOUND, f"{target} does not exist", uri=target)
        return node

    def view(self, target: str, node: Node) -> NodeView:
        return NodeView(
            uri=target,
            format=node.kind.format,
            type=node.kind.type,
            value=values.read(node, self.now),
            children=node.children or (),
            acl=str(self.store.acls.get(target) or ""),
            leaf=node.children is None,
            title=node.kind.title,
            tstamp=node.tstamp,
            ver_no=node.ver_no,
        )

    def limits(self) -> Limits:
        """The limits that ./DevDetail/URI states; none where it is missing."""
        return Limits(*map(self._number, LIMITS))

    def _number(self, uri: str) -> int:
        node = self.store.nodes.get(uri)
        text = node.value if node is not None else None
        return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 0

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
        target = self.resolve(uri, server)
        if target == uris.ROOT:
            raise TreeError(StatusCode.ALREADY_EXISTS, "the root always exists", uri=target)
        parent = uris.parent(target)
        with self.transaction():
            creation.make_parents(self, parent, server)
            permission.require_right(self.store, parent, Right.ADD, server)
            if self.store.nodes.get(target) is not None:
                raise TreeError(StatusCode.ALREADY_EXISTS, f"{target} already exists", uri=target)
            creation.create(self, target, format or DEFAULT_FORMAT, type, value, title, server)

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
        target = self.resolve(uri, server)
        node = self.node(target)
        permission.require_right(self.store, target, Right.REPLACE, server)
        permission.require_access(target, node, Right.REPLACE, server)
        if node.children is not None:
            raise TreeError(
                StatusCode.COMMAND_NOT_ALLOWED, f"{target} is an interior node; only TNDS replaces it", uri=target
            )
        kind = node.kind
        new_format = values.kept_format(format or kind.format)
        if server is not None and new_format != kind.format:
            creation.require_format(kind.description, target, new_format)
        if new_format != kind.format or (type or kind.type) != kind.type:
            kind = Kind(new_format, type or kind.type, kind.description, kind.title)
        self.store.put(self.changed(node, kind=kind, value=values.stored(value, new_format)))

    def delete(self, uri: str, server: str | None = None) -> None:
        """Delete a node and all below: 404, 425, 405 for the root and for what a server cannot delete.

        What lies below is not asked: a node that takes no Delete goes with its parent (§7.3).
        """
        target = self.resolve(uri, server)
        if target == uris.ROOT:
            raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, "the root cannot be deleted", uri=target)
        node = self.node(target)
        permission.require_right(self.store, target, Right.DELETE, server)
        if server is not None and node.kind.description.permanent:
            raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, f"{target} is permanent", uri=target)
        permission.require_access(target, node, Right.DELETE, server)
        parent, name = uris.parent(target), uris.name(target)
        with self.transaction():
            for below, _ in list(self.walk_nodes(target)):
                self.store.remove(below)
            names = self.node(parent).children or ()
            self.set_children(parent, tuple(child for child in names if child != name))

    def rename(self, uri: str, name: str, server: str | None = None) -> None:
        """Replace of the Name property: 404, 425, 405 permanent or known by its name, 418 clash, 414."""
        properties.rename(self, self.resolve(uri, server), name, server)

    def set_acl(self, uri: str, acl: str | Acl, server: str | None = None) -> None:
        """Replace of the ACL property, as a whole: 404, 425, 400 grammar, 405 leaving the root without."""
        properties.set_acl(self, self.resolve(uri, server), acl, server)

    def set_title(self, uri: str, title: str, server: str | None = None) -> None:
        """Replace of the Title property: 404, 425, 413 past 255 bytes."""
        properties.set_title(self, self.resolve(uri, server), title, server)

    def forget_server(self, server: str) -> None:
        """Take a deleted server out of every ACL. A command of the root's left to nobody is left to all."""
        with self.transaction():
            for uri, acl in self.store.acls.merged().items():
                if acl.names(server):
                    self.store.put_acl(uri, acl.without(server, root=uri == uris.ROOT) or None)

    def changed(self, node: Node, **changes: Any) -> Node:
        """A copy with changes, its TStamp and VerNo moved on (16 bits, wraps; §7.7.9, §7.7.10)."""
        return replaced(node, tstamp=self.now, ver_no=(node.ver_no + 1) & 0xFFFF, **changes)

    def set_children(self, uri: str, names: tuple[str, ...]) -> None:
        self.store.put(self.changed(self.node(uri), children=names))

    # -- documents

    def add_tnds(
        self, uri: str, document: MgmtTree, server: str | None = None, *, ignore_unsupported: bool = False
    ) -> list[str]:
        """Add a TNDS document under ``uri``, all or nothing; the URIs of its top nodes. See `serialise.add`."""
        target = self.resolve(uri, server)
        return serialise.add(self, target, document, server, ignore_unsupported=ignore_unsupported)

    def replace_tnds(self, uri: str, document: MgmtTree, server: str | None = None) -> list[str]:
        """Make existing subtrees equal to a TNDS document, all or nothing; the URIs of its top nodes."""
        return serialise.replace(self, self.resolve(uri, server), document, server)

    def tnds(self, uri: str, server: str | None = None) -> MgmtTree:
        """The subtree as a TNDS document; for chosen properties see `serialise.document`."""
        return serialise.document(self, self.resolve(uri, server), server)
