"""Where a tree keeps its nodes: a mapping shared by all devices of a model, and this device's own changes.

Keys are absolute URIs, so that a node at any depth is one lookup away. A change replaces an entry of the
device's own mapping and, inside a transaction, notes what stood there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Generic, TypeVar

from simulator.tree.acl import Acl
from simulator.tree.node import Node

V = TypeVar("V")

_ABSENT: Any = object()
"""Stands in the undo log for "the device had no entry of its own"."""


class Layer(Generic[V]):
    """A mapping laid over a shared one that is never written. An own entry of None hides the shared one."""

    __slots__ = ("own", "shared")

    def __init__(self, shared: Mapping[str, V]) -> None:
        self.shared = shared
        self.own: dict[str, V | None] | None = None
        """None until there is an entry."""

    def get(self, key: str) -> V | None:
        own = self.own
        if own and key in own:
            return own[key]
        return self.shared.get(key)

    def set(self, key: str, value: V | None) -> None:
        if value is self.shared.get(key):
            self.restore(key, _ABSENT)
        else:
            self.restore(key, value)

    def entry(self, key: str) -> Any:
        """What stands of its own at ``key``, for `restore`."""
        return self.own.get(key, _ABSENT) if self.own else _ABSENT

    def restore(self, key: str, entry: Any) -> None:
        if self.own is None:
            self.own = {}
        if entry is _ABSENT:
            self.own.pop(key, None)
        else:
            self.own[key] = entry

    def merged(self) -> dict[str, V]:
        """Everything that stands, shared and own, as a dict of its own."""
        everything = {**self.shared, **(self.own or {})}
        return {key: value for key, value in everything.items() if value is not None}


_Before = tuple["Layer[Any]", str]
"""An entry of one of the two layers."""


def _weight(entry: Any) -> int:
    return _size(entry.value) if isinstance(entry, Node) else 0


def _size(value: object) -> int:
    """Octets; a value that is worked out when it is read takes none."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    return len(value) if isinstance(value, bytes) else 0


class Store:
    """Nodes, and the ACLs that nodes have of their own, by URI.

    ACLs lie in a mapping of their own because few nodes have one: finding the ACL that a deep node inherits
    then looks through a small mapping, and a node has no room to keep for what it seldom has.
    """

    __slots__ = ("_octets", "acls", "count", "nodes", "undo")

    def __init__(self, nodes: Mapping[str, Node], acls: Layer[Acl]) -> None:
        self.nodes = Layer(nodes)
        self.acls = acls
        """The model's own until there is an entry: of 100,000 devices most never have an ACL of their own."""
        self.count = len(nodes)
        self._octets: int | None = None
        self.undo: dict[_Before, Any] | None = None
        """Of the innermost transaction: what stood at each entry that it changed."""

    def put(self, node: Node) -> None:
        """Place a node where its URI says, in place of any other."""
        self._note(self.nodes, node.uri)
        self.count += self.nodes.get(node.uri) is None
        before = self.nodes.entry(node.uri)
        self.nodes.set(node.uri, node)
        self._weigh_anew(node.uri, before)

    def remove(self, uri: str) -> None:
        """Remove a node that is there, with its ACL."""
        self._note(self.nodes, uri)
        before = self.nodes.entry(uri)
        self.nodes.set(uri, None)
        self._weigh_anew(uri, before)
        self.count -= 1
        if self.acls.get(uri) is not None:
            self.put_acl(uri, None)

    def put_acl(self, uri: str, acl: Acl | None) -> None:
        """Give a node an ACL of its own, or (None) take it away."""
        if self.acls.own is None:
            self.acls = Layer(self.acls.shared)
        self._note(self.acls, uri)
        self.acls.set(uri, acl)

    @property
    def octets(self) -> int:
        """Of the values that are not the model's. Summed up when first asked for, and counted on from there."""
        if self._octets is None:
            self._octets = sum(map(_weight, (self.nodes.own or {}).values()))
        return self._octets

    def with_value(self, uri: str, value: object) -> int:
        """What ``octets`` would be if this value stood at ``uri``."""
        return self.octets - _weight(self.nodes.entry(uri)) + _size(value)

    def rest(self) -> None:
        """Keep nothing that can be found out again: of 100,000 devices most change nothing at a time."""
        self._octets = None

    def take_back(self, layer: Layer[Any], key: str, before: Any) -> None:
        """Let an entry be what it was."""
        changed = layer.entry(key)
        layer.restore(key, before)
        if layer is self.nodes:
            self._weigh_anew(key, changed)

    def _weigh_anew(self, uri: str, before: Any) -> None:
        if self._octets is not None:
            self._octets += _weight(self.nodes.entry(uri)) - _weight(before)

    def _note(self, layer: Layer[Any], key: str) -> None:
        if self.undo is not None and (layer, key) not in self.undo:
            self.undo[layer, key] = layer.entry(key)


class Transaction:
    """All or nothing: an exception that leaves the ``with`` block takes back what was done in it.

    Transactions nest; an inner one that fails takes back only its own changes, one that succeeds leaves them to
    the outer one.
    """

    __slots__ = ("_count", "_outer", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._outer: dict[_Before, Any] | None = None
        self._count = 0

    def __enter__(self) -> Transaction:
        self._outer, self._count = self._store.undo, self._store.count
        self._store.undo = {}
        return self

    def rollback(self) -> None:
        """Take back what was done so far in this transaction; it stays open."""
        for (layer, key), before in (self._store.undo or {}).items():
            self._store.take_back(layer, key, before)
        self._store.undo, self._store.count = {}, self._count

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.rollback()
        if self._outer is not None:
            # Where the outer one has changed an entry before, it knows what stood there at its own start.
            for entry, before in (self._store.undo or {}).items():
                self._outer.setdefault(entry, before)
        self._store.undo = self._outer
