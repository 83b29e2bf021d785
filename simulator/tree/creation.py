"""How nodes come into being (DM Representation Protocol §7.6.1; DM Tree and Description §7.7.1.3)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tree import names, permission, value
from simulator.tree import uri as uris
from simulator.tree.acl import Right, grant
from simulator.tree.description import ANYTHING, Access, Description
from simulator.tree.node import DEFAULT_TYPE, Kind, Node, Provider, Value
from simulator.tree.nodes import Nodes


def make_parents(tree: Nodes, uri: str, server: str | None) -> None:
    """Create the interior nodes that are missing down to ``uri``.

    Each is created as if it had been added for itself; the error for one that cannot be names it in ``uri``.
    """
    missing = []
    while tree.store.nodes.get(uri) is None:
        missing.append(uri)
        uri = uris.parent(uri)
    if missing and not tree.base.options.implicit_parents:
        raise TreeError(StatusCode.NOT_FOUND, f"{missing[0]} does not exist", uri=missing[0])
    for step in reversed(missing):
        permission.require_right(tree.store, uris.parent(step), Right.ADD, server)
        create(tree, step, "node", server=server)


def create(
    tree: Nodes,
    target: str,
    format: str,
    type: str | None = None,
    given: Value | Provider | None = None,
    title: str | None = None,
    server: str | None = None,
    *,
    linked: bool = True,
) -> None:
    """Put a new node under an existing parent; the caller has looked at ACLs and at what stands there.

    Without ``linked`` the parent does not list it yet: who adds many children at once lists them at once.
    """
    parent_uri = uris.parent(target)
    parent = tree.node(parent_uri)
    if parent.children is None:
        raise TreeError(
            StatusCode.COMMAND_NOT_ALLOWED, f"{parent_uri} is a leaf and cannot have children", uri=target
        )
    if tree.store.count >= tree.base.options.max_nodes:
        raise TreeError(
            StatusCode.DEVICE_FULL, f"no room for {target}: the tree has {tree.store.count} nodes", uri=target
        )
    format = value.kept_format(format)
    description = describe(tree, parent.kind.description, target, format, type, server)
    if format == "node":
        if given:
            raise TreeError(
                StatusCode.UNSUPPORTED_MEDIA_TYPE, f"a value for the interior node {target}", uri=target
            )
        # A media type says nothing of an interior node, though peers send one.
        identifier = "" if type == DEFAULT_TYPE else type or ""
        kind = Kind("node", identifier or next(iter(description.types), ""), description, title)
        node = Node(target, kind, None, (), tree.now)
    else:
        kept = given if callable(given) else value.stored(given, format)
        tree.require_room(target, kept)
        node = Node(target, Kind(format, type or DEFAULT_TYPE, description, title), kept, None, tree.now)
    tree.store.put(node)
    if linked:
        link(tree, parent_uri, names.plus(parent.children, uris.name(target)), server)
    if node.children is not None:
        _grant_to_creator(tree, target, parent_uri, server)


def link(tree: Nodes, parent_uri: str, children: Sequence[str], server: str | None) -> None:
    """Let the parent list these children; 405 where a server adds more of a kind than there can be."""
    description = tree.node(parent_uri).kind.description
    unnamed = description.unnamed
    most = None if unnamed is None else unnamed.most
    # They are told apart only where there are so many in all: not at each of many Adds.
    if server is not None and most is not None and len(children) > most:
        count = sum(name not in description.children for name in children)
        if count > most:
            raise TreeError(
                StatusCode.COMMAND_NOT_ALLOWED,
                f"{count} nodes below {parent_uri}, where there can be {most}",
                uri=uris.join(parent_uri, children[-1]),
            )
    tree.set_children(parent_uri, children)


def _grant_to_creator(tree: Nodes, target: str, parent_uri: str, server: str | None) -> None:
    """A creator that could not replace the parent is given Add, Delete and Replace on its interior node.

    These are all the new ACL has, and it hides the inherited one: to read below, the creator sets an ACL.
    """
    if server is not None and not permission.allows(tree.store, parent_uri, Right.REPLACE, server):
        tree.store.put_acl(target, grant(server, Right.ADD, Right.DELETE, Right.REPLACE))


def describe(
    tree: Nodes, parent: Description, target: str, format: str, type: str | None, server: str | None
) -> Description:
    """The description that a new node falls under; 405 and 415 where it allows a server no such node."""
    description = parent.below(uris.name(target))
    if description is ANYTHING and format == "node" and type and type in tree.base.objects:
        description = tree.base.objects[type].description
    if server is None:
        return description or ANYTHING
    if description is None:
        raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, f"this device knows no node {target}", uri=target)
    if description.permanent or Access.ADD not in description.access:
        raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, f"{target} cannot be added by a server", uri=target)
    require_format(description, target, format)
    if type and description.types and type not in (*description.types, DEFAULT_TYPE):
        raise TreeError(
            StatusCode.UNSUPPORTED_MEDIA_TYPE,
            f"{target} has type {' or '.join(description.types)}, not {type}",
            uri=target,
        )
    return description


def require_format(description: Description, target: str, format: str) -> None:
    """TreeError 415 when a node so described has another format."""
    if description.format is not None and value.kept_format(description.format) != format:
        raise TreeError(
            StatusCode.UNSUPPORTED_MEDIA_TYPE,
            f"{target} has format {description.format}, not {format}",
            uri=target,
        )
