"""Properties of nodes, addressed as ``?prop=<name>`` (DM Tree and Description §7.4 - §7.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as replaced

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tree import address, creation, permission, value
from simulator.tree import uri as uris
from simulator.tree.acl import Acl, Right
from simulator.tree.acl import parse as parse_acl
from simulator.tree.node import Kind, Node
from simulator.tree.nodes import Nodes

LONGEST_TITLE = 255
"""Bytes (§7.7.6)."""


def get(tree: Nodes, target: str, name: str, server: str | None = None) -> str:
    """A property's text: 404, 406 for one the device or the node has not, 425.

    The Get right is what it takes; the access type speaks of the value only.
    """
    node = require_property(tree, target, name)
    permission.require_right(tree.store, target, Right.GET, server)
    return _READ[name](tree, target, node)


def replace(tree: Nodes, target: str, name: str, text: str, server: str | None = None) -> None:
    """Replace of a property: 404, 405 for one that only the device changes, 406, 425."""
    require_property(tree, target, name)
    change = _REPLACE.get(name)
    if change is None:
        raise TreeError(
            StatusCode.COMMAND_NOT_ALLOWED, f"the property {name} cannot be replaced", uri=f"{target}?prop={name}"
        )
    change(tree, target, text, server)


def require_property(tree: Nodes, target: str, name: str) -> Node:
    """The node, if it has a property of that exact name: Size is for leaves only (§7.7.5)."""
    node = tree.node(target)
    if name not in tree.base.options.properties or (name == "Size" and node.children is not None):
        raise TreeError(
            StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED, f"{target} has no property {name!r}", uri=target
        )
    return node


def set_acl(tree: Nodes, target: str, acl: str | Acl, server: str | None) -> None:
    node = tree.node(target)
    permission.require_acl_change(tree.store, target, node, server)
    new = parse_acl(acl) if isinstance(acl, str) else acl
    if target == uris.ROOT and not new:
        raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, "the root always has an ACL", uri=target)
    with tree.transaction():
        tree.store.put_acl(node.uri, new or None)
        tree.store.put(tree.changed(node))


def set_title(tree: Nodes, target: str, title: str, server: str | None) -> None:
    node = tree.node(target)
    permission.require_right(tree.store, target, Right.REPLACE, server)
    length = len(title.encode())
    if length > LONGEST_TITLE:
        raise TreeError(
            StatusCode.REQUEST_ENTITY_TOO_LARGE,
            f"a title of {length} bytes for {target}; {LONGEST_TITLE} is the most",
            uri=target,
        )
    kind = node.kind
    tree.store.put(tree.changed(node, kind=Kind(kind.format, kind.type, kind.description, title)))


def rename(tree: Nodes, target: str, name: str, server: str | None) -> None:
    node = tree.node(target)
    permission.require_right(tree.store, target, Right.REPLACE, server)
    if target == uris.ROOT:
        raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, "the root cannot be renamed", uri=target)
    if server is not None and node.kind.description.permanent:
        raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, f"{target} is permanent", uri=target)
    parent_uri = uris.parent(target)
    renamed = uris.join(parent_uri, uris.segment(name))
    if renamed == target:
        return
    if address.exists(tree, renamed):
        raise TreeError(StatusCode.ALREADY_EXISTS, f"{renamed} already exists", uri=renamed)
    parent = tree.node(parent_uri)
    if server is not None:
        # The name of a described node is what it is known by.
        described = creation.describe(
            tree, parent.kind.description, renamed, node.kind.format, node.kind.type, None
        )
        if described is not node.kind.description:
            raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, f"{target} has a fixed name", uri=target)
    old, new = uris.name(target), uris.name(renamed)
    with tree.transaction():
        _move(tree, target, renamed, server)
        names = tuple(new if child == old else child for child in parent.children or ())
        tree.set_children(parent_uri, names)


def _move(tree: Nodes, source: str, target: str, server: str | None) -> None:
    """Put every node of a subtree under its new URI; its longest may now be past the limits."""
    moves = [(below, target + below[len(source) :], node) for below, node in tree.walk_nodes(source)]
    if server is not None:
        limits = tree.limits()
        for _, renamed, _ in moves:
            limits.check(renamed)
    for below, renamed, node in moves:
        acl = tree.store.acls.get(below)
        tree.store.remove(below)
        tree.store.put(tree.changed(node, uri=renamed) if below == source else replaced(node, uri=renamed))
        if acl is not None:
            tree.store.put_acl(renamed, acl)


_READ: dict[str, Callable[[Nodes, str, Node], str]] = {
    # A node without an ACL of its own gives an empty value, never the inherited one (§7.7.1.3).
    "ACL": lambda tree, uri, node: str(tree.store.acls.get(uri) or ""),
    "Format": lambda tree, uri, node: node.kind.format,
    "Name": lambda tree, uri, node: uris.name(uri),
    "Size": lambda tree, uri, node: str(value.size(value.read(node, tree.now))),
    "Title": lambda tree, uri, node: node.kind.title or "",
    "TStamp": lambda tree, uri, node: value.timestamp(node.tstamp) if node.tstamp else "",
    "Type": lambda tree, uri, node: node.kind.type,
    "VerNo": lambda tree, uri, node: str(node.ver_no),
}

_REPLACE: dict[str, Callable[[Nodes, str, str, str | None], None]] = {
    "ACL": set_acl,
    "Name": rename,
    "Title": set_title,
}
