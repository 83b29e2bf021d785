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
        """None until there is an entry: of 100,000 devices most never have an ACL of their own."""

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


class Store:
    """Nodes, and the ACLs that nodes have of their own, by URI.

    ACLs lie in a mapping of their own because few nodes have one: finding the ACL that a deep node inherits
    then looks through a small mapping, and a node has no room to keep for what it seldom has.
    """

    __slots__ = ("_log", "acls", "count", "nodes")

    def __init__(self, nodes: Mapping[str, Node], acls: Mapping[str, Acl]) -> None:
        self.nodes = Layer(nodes)
        self.acls = Layer(acls)
        self.count = len(nodes)
        self._log: list[tuple[Layer[Any], str, Any, int]] | None = None

    def put(self, node: Node) -> None:
        """Place a node where its URI says, in place of any other."""
        self._note(self.nodes, node.uri)
        self.count += self.nodes.get(node.uri) is None
        self.nodes.set(node.uri, node)

    def remove(self, uri: str) -> None:
        """Remove a node that is there, with its ACL."""
        self._note(self.nodes, uri)
        self.nodes.set(uri, None)
        self.count -= 1
        if self.acls.get(uri) is not None:
            self.put_acl(uri, None)

    def put_acl(self, uri: str, acl: Acl | None) -> None:
        """Give a node an ACL of its own, or (None) take it away."""
        self._note(self.acls, uri)
        self.acls.set(uri, acl)

    def _note(self, layer: Layer[Any], key: str) -> None:
        if self._log is not None:
            self._log.append((layer, key, layer.entry(key), self.count))

    def begin(self) -> int | None:
        """Start noting changes; returns the mark to undo to, None when this is the outermost transaction."""
        if self._log is None:
            self._log = []
            return None
        return len(self._log)

    def undo(self, mark: int | None) -> None:
        """Take back every change made since ``mark``."""
        log = self._log
        if log is None:
            return
        while len(log) > (mark or 0):
            layer, key, before, self.count = log.pop()
            layer.restore(key, before)

    def end(self, mark: int | None) -> None:
        if mark is None:
            self._log = None


class Transaction:
    """All or nothing: an exception that leaves the ``with`` block takes back what was done in it.

    Transactions nest; an inner one that fails takes back only its own changes.
    """

    __slots__ = ("_mark", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mark: int | None = None

    def __enter__(self) -> Transaction:
        self._mark = self._store.begin()
        return self

    def rollback(self) -> None:
        """Take back what was done so far in this transaction; it stays open."""
        self._store.undo(self._mark)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.rollback()
        self._store.end(self._mark)
