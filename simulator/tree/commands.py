"""What the commands Add, Replace and Delete do to nodes (DM Representation Protocol §7.6)."""

from __future__ import annotations

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tree import address, creation, permission
from simulator.tree import uri as uris
from simulator.tree import value as values
from simulator.tree.acl import Right
from simulator.tree.node import DEFAULT_FORMAT, Kind, Provider, Value
from simulator.tree.nodes import Nodes


def add(
    tree: Nodes,
    uri: str,
    *,
    format: str | None = None,
    type: str | None = None,
    value: Value | Provider | None = None,
    title: str | None = None,
    server: str | None = None,
) -> None:
    """See `simulator.tree.tree.Tree.add`."""
    target = address.resolve(tree, uri, server)
    if target == uris.ROOT:
        raise TreeError(StatusCode.ALREADY_EXISTS, "the root always exists", uri=target)
    parent = uris.parent(target)
    with tree.transaction():
        creation.make_parents(tree, parent, server)
        permission.require_right(tree.store, parent, Right.ADD, server)
        if tree.store.nodes.get(target) is not None:
            raise TreeError(StatusCode.ALREADY_EXISTS, f"{target} already exists", uri=target)
        creation.create(tree, target, format or DEFAULT_FORMAT, type, value, title, server)


def replace(
    tree: Nodes,
    uri: str,
    value: Value | None,
    *,
    format: str | None = None,
    type: str | None = None,
    server: str | None = None,
) -> None:
    """See `simulator.tree.tree.Tree.replace`."""
    target = address.resolve(tree, uri, server)
    node = tree.node(target)
    permission.require_right(tree.store, target, Right.REPLACE, server)
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
    kept = values.stored(value, new_format)
    if server is not None:
        # What the device changes itself, such as a nonce, is little and must not fail.
        tree.require_room(target, kept)
    tree.store.put(tree.changed(node, kind=kind, value=kept))


def delete(tree: Nodes, uri: str, server: str | None = None) -> None:
    """See `simulator.tree.tree.Tree.delete`."""
    target = address.resolve(tree, uri, server)
    if target == uris.ROOT:
        raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, "the root cannot be deleted", uri=target)
    node = tree.node(target)
    permission.require_right(tree.store, target, Right.DELETE, server)
    if server is not None and node.kind.description.permanent:
        raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, f"{target} is permanent", uri=target)
    permission.require_access(target, node, Right.DELETE, server)
    parent, name = uris.parent(target), uris.name(target)
    with tree.transaction():
        for below, _ in list(tree.walk_nodes(target)):
            tree.store.remove(below)
        names = tree.node(parent).children or ()
        tree.set_children(parent, tuple(child for child in names if child != name))
