"""The management tree of one device: what the DM commands do to nodes.

Every method takes an absolute or root-relative URI. ``server`` is the ServerID of the authenticated account
whose rights count; None is the device itself, which is bound by neither ACLs nor access types. A refused
command raises TreeError with the DM status code and leaves the tree as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as replaced
from datetime import datetime

from simulator.errors import TreeError
from simulator.tnds.document import MgmtTree
from simulator.tree import permission, serialise, value
from simulator.tree import uri as uris
from simulator.tree.acl import Acl, Right, grant
from simulator.tree.acl import parse as parse_acl
from simulator.tree.description import ANYTHING, Access, Description
from simulator.tree.model import Model
from simulator.tree.node import DEFAULT_FORMAT, DEFAULT_TYPE, Kind, Node, NodeView, Provider, Value
from simulator.tree.store import Store, Transaction
from simulator.tree.uri import Limits

LIMITS_URI = "./DevDetail/URI"


class Tree:
    """A device's nodes: a shared model and what this device has of its own."""

    __slots__ = ("_model", "now", "store")

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or Model()
        self.store = Store(self._model.nodes, self._model.acls)
        self.now: datetime | None = None
        """The time that changes are stamped with and computed values are read at; the caller sets it."""

    @property
    def model(self) -> Model:
        """A model of this tree as it stands, for devices that are to start from it."""
        if not self.store.nodes.own and not self.store.acls.own:
            return self._model
        return replaced(self._model, nodes=self.store.nodes.merged(), acls=self.store.acls.merged())

    @property
    def base(self) -> Model:
        """The model that this device started from."""
        return self._model

    def transaction(self) -> Transaction:
        """``with tree.transaction():`` all of the block or nothing; nests."""
        return Transaction(self.store)

    # -- reading

    def exists(self, uri: str) -> bool:
        return self.store.nodes.get(uris.normalise(uri)) is not None

    def get(self, uri: str, server: str | None = None) -> NodeView:
        """The node: 404 missing, 425 ACL, 405 access type."""
        target = uris.normalise(uri)
        node = self.node(target)
        permission.require_right(self.store, target, Right.GET, server)
        permission.require_access(target, node, Right.GET, server)
        return self.view(target, node)

    def value(self, uri: str) -> Value | None:
        """The value of a leaf as the device itself reads it; None when the node is missing or interior."""
        node = self.store.nodes.get(uris.normalise(uri))
        return None if node is None else value.read(node, self.now)

    def walk(self, uri: str = uris.ROOT, server: str | None = None) -> Iterator[NodeView]:
        """The node and everything below, parents first; only what ``server`` may read."""
        for found, node in self.walk_nodes(uris.normalise(uri), server):
            yield self.view(found, node)

    def walk_nodes(self, top: str, server: str | None = None) -> Iterator[tuple[str, Node]]:
        """As `walk`, without the views. ACLs are inherited on the way down, not looked up at each node."""
        nodes, acls = self.store.nodes, self.store.acls
        waiting = [(top, permission.effective(self.store, top))]
        while waiting:
            uri, inherited = waiting.pop()
            node = nodes.get(uri)
            if node is None:
                raise TreeError(404, f"{uri} does not exist", uri=uri)
            acl = acls.get(uri) or inherited
            if server is None or (acl.allows(Right.GET, server) and Access.GET in node.kind.description.access):
                yield uri, node
            if node.children:
                waiting.extend((f"{uri}/{name}", acl) for name in reversed(node.children))

    def node(self, target: str) -> Node:
        """The node at a normalised URI; 404."""
        node = self.store.nodes.get(target)
        if node is None:
            raise TreeError(404, f"{target} does not exist", uri=target)
        return node

    def view(self, target: str, node: Node) -> NodeView:
        return NodeView(
            uri=target,
            format=node.kind.format,
            type=node.kind.type,
            value=value.read(node, self.now),
            children=node.children or (),
            acl=str(self.store.acls.get(target) or ""),
            leaf=node.children is None,
            title=node.kind.title,
            tstamp=node.tstamp,
            ver_no=node.ver_no,
        )

    def limits(self) -> Limits:
        """The limits that ./DevDetail/URI states; none where it is missing."""
        return Limits(*(self._number(name) for name in ("MaxDepth", "MaxTotLen", "MaxSegLen")))

    def _number(self, name: str) -> int:
        text = self.value(f"{LIMITS_URI}/{name}")
        return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 0

    # -- changing

    def add(
        self,
        uri: str,
        *,
        format: str | None = None,
        type: str | None = None,
        value: Value | Provider | None = None,
        server: str | None = None,
        title: str | None = None,
    ) -> None:
        """Add (DM Representation Protocol §7.6.1): 418 exists, 425 ACL, 405, 414, 415, 420 full.

        ``format`` None is ``chr``. Missing interior parents are created; when that fails, the error's ``uri``
        is the node that could not be created.
        """
        target = self._target(uri, server)
        with self.transaction():
            if target == uris.ROOT:
                raise TreeError(418, "the root always exists", uri=target)
            parent = self._make_parents(uris.parent(target), server)
            permission.require_right(self.store, parent, Right.ADD, server)
            if self.store.nodes.get(target) is not None:
                raise TreeError(418, f"{target} already exists", uri=target)
            self._create(target, format or DEFAULT_FORMAT, type, value, title, server)

    def _target(self, uri: str, server: str | None) -> str:
        target = uris.normalise(uri)
        if server is not None:
            self.limits().check(target)
        return target

    def _make_parents(self, uri: str, server: str | None) -> str:
        """Create missing interior nodes down to ``uri``; returns it."""
        missing = []
        found = uri
        while self.store.nodes.get(found) is None:
            missing.append(found)
            found = uris.parent(found)
        if missing and not self._model.options.implicit_parents:
            raise TreeError(404, f"{uri} does not exist, and this device creates no parents", uri=uri)
        for step in reversed(missing):
            permission.require_right(self.store, uris.parent(step), Right.ADD, server)
            self._create(step, "node", None, None, None, server)
        return uri

    def _create(
        self,
        target: str,
        format: str,
        type: str | None,
        given: Value | Provider | None,
        title: str | None,
        server: str | None,
    ) -> None:
        """Put a new node under an existing parent; the caller has looked at ACLs and at what stands there."""
        parent_uri, name = uris.parent(target), uris.name(target)
        parent = self.node(parent_uri)
        if parent.children is None:
            raise TreeError(405, f"{parent_uri} is a leaf and cannot have children", uri=target)
        if self.store.count >= self._model.options.max_nodes:
            raise TreeError(420, f"no room for {target}: the tree has {self.store.count} nodes", uri=target)
        format = value.kept_format(format)
        description = self._describe(parent.kind.description, target, format, type, server)
        if format == "node":
            if given:
                raise TreeError(415, f"a value for the interior node {target}", uri=target)
            identifier = "" if type in (None, DEFAULT_TYPE) else type or ""
            kind = Kind("node", identifier or next(iter(description.types), ""), description, title)
            node = Node(kind, None, (), self.now)
        else:
            kept = given if callable(given) else value.stored(given, format)
            node = Node(Kind(format, type or DEFAULT_TYPE, description, title), kept, None, self.now)
        self.store.put(target, node)
        self._set_children(parent_uri, parent, (*parent.children, name))
        if format == "node" and not permission.allows(self.store, parent_uri, Right.REPLACE, server):
            assert server is not None
            self.store.put_acl(target, grant(server, Right.ADD, Right.DELETE, Right.REPLACE))

    def _describe(
        self, parent: Description, target: str, format: str, type: str | None, server: str | None
    ) -> Description:
        """The description that a new node falls under; 405 and 415 where it allows no such node."""
        description = parent.below(uris.name(target))
        if description is ANYTHING and format == "node" and type and type in self._model.objects:
            description = self._model.objects[type].description
        if server is None:
            return description or ANYTHING
        if description is None:
            raise TreeError(405, f"this device has no node {target}", uri=target)
        if description.permanent or Access.ADD not in description.access:
            raise TreeError(405, f"{target} cannot be added by a server", uri=target)
        if (
            description.format not in (None, "null", format)
            and value.kept_format(description.format or "") != format
        ):
            raise TreeError(415, f"{target} has format {description.format}, not {format}", uri=target)
        if type and description.types and type not in description.types and type != DEFAULT_TYPE:
            raise TreeError(415, f"{target} has type {' or '.join(description.types)}, not {type}", uri=target)
        return description

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
        target = self._target(uri, server)
        node = self.node(target)
        permission.require_right(self.store, target, Right.REPLACE, server)
        permission.require_access(target, node, Right.REPLACE, server)
        if node.children is not None:
            raise TreeError(405, f"{target} is an interior node; only TNDS can replace it", uri=target)
        self._put_value(target, node, value, format, type, server)

    def _put_value(
        self,
        target: str,
        node: Node,
        given: Value | None,
        format: str | None,
        type: str | None,
        server: str | None,
    ) -> None:
        kind = node.kind
        new_format = value.kept_format(format or kind.format)
        described = kind.description.format
        if server is not None and described is not None and new_format not in (described, kind.format):
            raise TreeError(415, f"{target} has format {described}, not {new_format}", uri=target)
        if new_format != kind.format or (type or kind.type) != kind.type:
            kind = Kind(new_format, type or kind.type, kind.description, kind.title)
        self.store.put(target, self._changed(node, kind=kind, value=value.stored(given, new_format)))

    def delete(self, uri: str, server: str | None = None) -> None:
        """Delete a node and all below: 404, 425, 405 for the root and for what a server cannot delete."""
        target = uris.normalise(uri)
        if target == uris.ROOT:
            raise TreeError(405, "the root cannot be deleted", uri=target)
        node = self.node(target)
        permission.require_right(self.store, target, Right.DELETE, server)
        if server is not None and node.kind.description.permanent:
            raise TreeError(405, f"{target} is permanent", uri=target)
        permission.require_access(target, node, Right.DELETE, server)
        with self.transaction():
            for below, _ in list(self.walk_nodes(target)):
                self.store.put(below, None)
            parent_uri, name = uris.parent(target), uris.name(target)
            parent = self.node(parent_uri)
            self._set_children(
                parent_uri, parent, tuple(child for child in parent.children or () if child != name)
            )

    def rename(self, uri: str, name: str, server: str | None = None) -> None:
        """Replace of the Name property: 404, 425, 405 permanent or described under its name, 418 clash."""
        target = uris.normalise(uri)
        node = self.node(target)
        permission.require_right(self.store, target, Right.REPLACE, server)
        if target == uris.ROOT:
            raise TreeError(405, "the root cannot be renamed", uri=target)
        parent_uri = uris.parent(target)
        renamed = uris.join(parent_uri, uris.segment(name))
        if server is not None and node.kind.description.permanent:
            raise TreeError(405, f"{target} is permanent", uri=target)
        if renamed == target:
            return
        if self.store.nodes.get(renamed) is not None:
            raise TreeError(418, f"{renamed} already exists", uri=renamed)
        parent = self.node(parent_uri)
        if server is not None:
            described = self._describe(parent.kind.description, renamed, node.kind.format, node.kind.type, None)
            if described is not node.kind.description:
                raise TreeError(405, f"{target} has a fixed name", uri=target)
        old, new = uris.name(target), uris.name(renamed)
        with self.transaction():
            self._move(target, renamed, server)
            names = tuple(new if child == old else child for child in parent.children or ())
            self._set_children(parent_uri, parent, names)

    def _move(self, source: str, target: str, server: str | None) -> None:
        limits = self.limits()
        moves = [(below, target + below[len(source) :], node) for below, node in self.walk_nodes(source)]
        if server is not None:
            for _, renamed, _ in moves:
                limits.check(renamed)
        for below, renamed, node in moves:
            acl = self.store.acls.get(below)
            self.store.put(below, None)
            self.store.put(renamed, self._changed(node) if below == source else node)
            if acl is not None:
                self.store.put_acl(renamed, acl)

    def set_acl(self, uri: str, acl: str | Acl, server: str | None = None) -> None:
        """Replace of the ACL property, always as a whole: 404, 425, 400 grammar, 405 emptying the root's."""
        target = uris.normalise(uri)
        node = self.node(target)
        permission.require_acl_change(self.store, target, node, server)
        new = parse_acl(acl) if isinstance(acl, str) else acl
        if target == uris.ROOT and not new:
            raise TreeError(405, "the root always has an ACL", uri=target)
        with self.transaction():
            self.store.put_acl(target, new or None)
            self.store.put(target, self._changed(node))

    def set_title(self, uri: str, title: str, server: str | None = None) -> None:
        """Replace of the Title property: 404, 425, 413 past 255 bytes."""
        target = uris.normalise(uri)
        node = self.node(target)
        permission.require_right(self.store, target, Right.REPLACE, server)
        if len(title.encode()) > 255:
            raise TreeError(
                413, f"the title of {target} has {len(title.encode())} bytes; 255 is the most", uri=target
            )
        kind = node.kind
        self.store.put(target, self._changed(node, kind=Kind(kind.format, kind.type, kind.description, title)))

    def forget_server(self, server: str) -> None:
        """Take a deleted server out of every ACL; a command of the root's ACL left empty is open to all."""
        with self.transaction():
            for uri, acl in self.store.acls.merged().items():
                if not acl.names(server):
                    continue
                left = acl.without(server)
                if uri == uris.ROOT:
                    granted = {right for right, _ in left.entries}
                    orphaned = [grant("*", right).entries[0] for right, _ in acl.entries if right not in granted]
                    left = Acl(tuple(sorted((*left.entries, *orphaned))))
                self.store.put_acl(uri, left or None)

    def _changed(self, node: Node, **changes: object) -> Node:
        """A copy with changes, its TStamp and VerNo moved on (16 bits, wraps; §7.7.8)."""
        return replaced(node, tstamp=self.now, ver_no=(node.ver_no + 1) & 0xFFFF, **changes)  # type: ignore[arg-type]

    def _set_children(self, uri: str, parent: Node, names: tuple[str, ...]) -> None:
        self.store.put(uri, self._changed(parent, children=names))

    # -- documents

    def add_tnds(
        self, uri: str, document: MgmtTree, server: str | None = None, *, ignore_unsupported: bool = False
    ) -> list[str]:
        """Add a TNDS document under ``uri``, all or nothing; the URIs of its top nodes. See `serialise.add`."""
        return serialise.add(self, uri, document, server, ignore_unsupported=ignore_unsupported)

    def replace_tnds(self, uri: str, document: MgmtTree, server: str | None = None) -> list[str]:
        """Make existing subtrees equal to a TNDS document, all or nothing; the URIs of its top nodes."""
        return serialise.replace(self, uri, document, server)

    def tnds(self, uri: str, server: str | None = None) -> MgmtTree:
        """The subtree as a TNDS document; for chosen properties see `serialise.document`."""
        return serialise.document(self, uri, server)
