"""The nodes of one device, at their absolute URIs: what every command and every document works on.

Nothing here asks for rights or reads an address; that is for the modules above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace as replaced
from datetime import datetime
from typing import Any

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tree import permission
from simulator.tree.acl import Right
from simulator.tree.description import Access
from simulator.tree.model import Model
from simulator.tree.node import Node
from simulator.tree.store import Store, Transaction
from simulator.tree.uri import Limits

LIMITS = ("./DevDetail/URI/MaxDepth", "./DevDetail/URI/MaxTotLen", "./DevDetail/URI/MaxSegLen")


class Nodes:
    """A shared model, and what this device has of its own."""

    __slots__ = ("base", "now", "store")

    def __init__(self, model: Model | None = None) -> None:
        self.base = model or Model()
        """The model that this device started from."""
        self.store: Store = Store(self.base.nodes, self.base.acl_layer)
        self.now: datetime | None = None
        """The time that changes are stamped with and computed values are read at; the caller sets it."""

    def transaction(self) -> Transaction:
        """``with tree.transaction():`` does all of the block or nothing; transactions nest."""
        return Transaction(self.store)

    def node(self, target: str) -> Node:
        """The node at an absolute URI; 404."""
        node = self.store.nodes.get(target)
        if node is None:
            raise TreeError(StatusCode.NOT_FOUND, f"{target} does not exist", uri=target)
        return node

    def walk_nodes(self, top: str, server: str | None = None) -> Iterator[tuple[str, Node]]:
        """The node and everything below, parents first; only what ``server`` may read.

        The ACL is carried down the tree, not looked up at each node.
        """
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

    def limits(self) -> Limits:
        """The limits that ./DevDetail/URI states; none where it is missing."""
        return Limits(*map(self._number, LIMITS))

    def _number(self, uri: str) -> int:
        node = self.store.nodes.get(uri)
        text = node.value if node is not None else None
        return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 0

    def require_room(self, target: str, value: object) -> None:
        """TreeError 420 when the values would take more octets than the device has for them."""
        most, now = self.base.options.max_octets, self.store.octets
        then = self.store.with_value(target, value)
        # What has shrunk is taken, even where a device was given less room than it had before.
        if then > most and then > now:
            raise TreeError(
                StatusCode.DEVICE_FULL,
                f"no room for {target}: the values would take {then} bytes, {most} is the most",
                uri=target,
            )

    def changed(self, node: Node, **changes: Any) -> Node:
        """A copy with changes, its TStamp and VerNo moved on (16 bits, wraps; §7.7.9, §7.7.10)."""
        return replaced(node, tstamp=self.now, ver_no=(node.ver_no + 1) & 0xFFFF, **changes)

    def set_children(self, uri: str, names: Sequence[str]) -> None:
        self.store.put(self.changed(self.node(uri), children=names))
