"""What a device has of its own, over its model, as plain rows: to be kept and to be laid over the model again.

A row names the place, not the description: what a node is described by follows from where it lies. A node of
the model that the state does not speak of is the model's, so that a model may change between two times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from simulator.errors import StateError, TreeError
from simulator.tree import creation
from simulator.tree import uri as uris
from simulator.tree import value as values
from simulator.tree.acl import parse
from simulator.tree.node import Kind, Node, Value
from simulator.tree.store import Layer, Store
from simulator.tree.tree import Tree


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node that is not as in the model."""

    TABLE: ClassVar[str] = "node"
    KEY: ClassVar[tuple[str, ...]] = ("uri",)

    uri: str
    gone: bool = False
    """The model has this node, the device has not; nothing else of the row counts."""
    format: str = ""
    type: str = ""
    title: str | None = None
    value: Value | None = None
    computed: str | None = None
    """The model's node that the value is worked out like, instead of ``value``."""
    children: str | None = None
    """Names in order of creation, joined by ``/``; None: the node is a leaf."""
    tstamp: str | None = None
    """ISO 8601."""
    ver_no: int = 0


@dataclass(frozen=True, slots=True)
class AclRow:
    """An ACL that is not as in the model. Empty: the node inherits."""

    TABLE: ClassVar[str] = "acl"
    KEY: ClassVar[tuple[str, ...]] = ("uri",)

    uri: str
    acl: str


class Watch:
    """Notes which entries of a tree change. A transaction that is taken back changes none."""

    def __init__(self, store: Store) -> None:
        if store.undo is not None:
            raise ValueError("a tree is watched already, or in the midst of a transaction")
        self._store = store
        # What transactions undo with tells what they changed; this is the outermost one, which never ends.
        self._noted: dict[tuple[Layer[object], str], object] = {}
        store.undo = self._noted

    @property
    def in_transaction(self) -> bool:
        """Whether changes may yet be taken back."""
        return self._store.undo is not self._noted

    def take(self) -> tuple[list[str], list[str]]:
        """The URIs of the nodes and of the ACLs that changed since the last time."""
        nodes = [uri for layer, uri in self._noted if layer is self._store.nodes]
        acls = [uri for layer, uri in self._noted if layer is self._store.acls]
        self._noted.clear()
        return nodes, acls


# -- a tree as rows


class Rows:
    """Turns entries of a tree into rows."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._computed = {id(node.value): uri for uri, node in tree.base.nodes.items() if callable(node.value)}

    def node(self, uri: str) -> NodeRow | None:
        """None: the node is as in the model."""
        own = self._tree.store.nodes.own or {}
        if uri not in own:
            return None
        node = own[uri]
        if node is None:
            return NodeRow(uri, gone=True)
        computed = self._computed.get(id(node.value))
        return NodeRow(
            uri,
            format=node.kind.format,
            type=node.kind.type,
            title=node.kind.title,
            # A computation that is not the model's is not known next time: what it gives now is kept.
            value=None if computed else values.read(node, self._tree.now),
            computed=computed,
            children=None if node.children is None else "/".join(node.children),
            tstamp=None if node.tstamp is None else node.tstamp.isoformat(),
            ver_no=node.ver_no,
        )

    def acl(self, uri: str) -> AclRow | None:
        """None: the ACL is as in the model."""
        own = self._tree.store.acls.own or {}
        return AclRow(uri, str(own[uri] or "")) if uri in own else None

    def nodes(self) -> Iterator[NodeRow]:
        """All that differ from the model."""
        return filter(None, map(self.node, self._tree.store.nodes.own or ()))

    def acls(self) -> Iterator[AclRow]:
        return filter(None, map(self.acl, self._tree.store.acls.own or ()))


# -- rows as a tree


def lay(tree: Tree, nodes: Iterable[NodeRow], acls: Iterable[AclRow]) -> None:
    """Lay kept rows over the model of a tree that has nothing of its own yet.

    Raises `StateError` when they do not fit on this model; the tree is then as it was.
    """
    rows = sorted(nodes, key=lambda row: row.uri.count("/"))
    try:
        with tree.transaction():
            for row in rows:
                _lay_node(tree, row)
            _prune(tree, {row.uri for row in rows if row.gone})
            _link(tree, rows)
            for entry in acls:
                if tree.store.nodes.get(entry.uri) is not None:
                    tree.store.put_acl(entry.uri, parse(entry.acl) or None)
            if tree.store.acls.get(uris.ROOT) is None:
                raise StateError("the root has no ACL")
    except (TreeError, ValueError) as error:
        raise StateError(f"the kept tree cannot be laid over the device's model: {error}") from error


def _lay_node(tree: Tree, row: NodeRow) -> None:
    if uris.normalise(row.uri) != row.uri:
        raise StateError(f"{row.uri!r} is no URI of a node")
    standing = tree.store.nodes.get(row.uri)
    if row.gone:
        if standing is not None:
            tree.store.remove(row.uri)
        return
    if (row.format == "node") != (row.children is not None):
        raise StateError(f"{row.uri} is neither a leaf nor an interior node")
    tree.store.put(
        Node(
            # The model's own key, where there is one, so that devices share it.
            uri=standing.uri if standing is not None else row.uri,
            kind=_kind(tree, row, standing),
            value=_value(tree, row),
            children=None if row.children is None else tuple(filter(None, row.children.split("/"))),
            tstamp=None if row.tstamp is None else datetime.fromisoformat(row.tstamp),
            ver_no=row.ver_no,
        )
    )


def _kind(tree: Tree, row: NodeRow, standing: Node | None) -> Kind:
    if standing is not None:
        kind = standing.kind
        if (kind.format, kind.type, kind.title) == (row.format, row.type, row.title):
            return kind
        leaves = row.format != "node" and standing.children is None
        if leaves or (kind.format, kind.type) == (row.format, row.type):
            return Kind(row.format, row.type, kind.description, row.title)
    parent = tree.node(uris.parent(row.uri))
    found = creation.describe(tree, parent.kind.description, row.uri, row.format, row.type, None)
    return Kind(row.format, row.type, found, row.title)


def _value(tree: Tree, row: NodeRow) -> Value | Callable[[datetime | None], Value] | None:
    if row.computed is not None:
        like = tree.base.nodes.get(row.computed)
        if like is None or not callable(like.value):
            raise StateError(f"the value of {row.uri} is worked out like {row.computed}, which the model has not")
        return like.value
    return None if row.format == "node" else values.stored(row.value, row.format)


def _prune(tree: Tree, gone: set[str]) -> None:
    """What a model has got since the rows were kept, below a node that the device has not, is not there either."""
    if not gone:
        return
    for uri in sorted(tree.base.nodes, key=lambda uri: uri.count("/")):
        if uris.parent(uri) in gone and uri not in gone and tree.store.nodes.get(uri) is not None:
            tree.store.remove(uri)
            gone.add(uri)


def _link(tree: Tree, rows: list[NodeRow]) -> None:
    """Let parents list what is there: a model may have got and lost nodes since the rows were kept."""
    for row in rows:
        node = tree.store.nodes.get(row.uri)
        if node is None:
            continue
        if row.uri != uris.ROOT and uris.name(row.uri) not in (tree.node(uris.parent(row.uri)).children or ()):
            raise StateError(f"{row.uri} is not listed by its parent")
        if node.children is None:
            continue
        shared = tree.base.nodes.get(row.uri)
        names = dict.fromkeys((*node.children, *((shared and shared.children) or ())))
        there = tuple(name for name in names if tree.store.nodes.get(uris.join(row.uri, name)) is not None)
        if there != tuple(node.children):
            tree.store.put(replace(node, children=there))
