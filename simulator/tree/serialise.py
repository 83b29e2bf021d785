"""Subtrees as TNDS documents, and back (DM Tree and Description Serialization §5.3)."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tnds.document import MgmtTree, RTProperties
from simulator.tnds.document import Node as Serialised
from simulator.tree import commands, creation, permission, placement, value
from simulator.tree import uri as uris
from simulator.tree.acl import Right
from simulator.tree.node import DEFAULT_FORMAT, Kind, Node, Value
from simulator.tree.nodes import Nodes
from simulator.tree.properties import set_acl, set_title

PROPERTIES = frozenset({"ACL", "Format", "Name", "Size", "Title", "TStamp", "Type", "VerNo", "Value"})
"""What ``?list=TNDS`` can be asked to show."""
DEEPEST = 256
"""Nodes within nodes that a document may have."""


def add(
    tree: Nodes, uri: str, document: MgmtTree, server: str | None = None, *, ignore_unsupported: bool = False
) -> list[str]:
    """Add a document's nodes under ``uri``, all or nothing; returns the URIs of its top nodes.

    A Management Object added to the Inbox is placed where its kind lives. ``ignore_unsupported`` passes over
    one that the device does not know, as a bootstrap does (DM Bootstrap §5.4). On failure the error's status
    is the failing node's.
    """
    with tree.transaction():
        placed = placement.place(tree, uri, document, server, ignore_unsupported=ignore_unsupported)
        for top, node in placed:
            _add_top(tree, top, node, server)
        # Own ACLs come last: until all nodes stand, the creator's rights on the parent are what counts.
        for top, node in placed:
            _set_acls(tree, top, node)
        placement.follow(tree, placed)
    return [top for top, _ in placed]


def _add_top(tree: Nodes, top: str, node: Serialised, server: str | None) -> None:
    format, type, data = _content(node, top)
    commands.add(tree, top, format=format, type=type, value=data, title=node.rt_properties.title, server=server)
    _add_below(tree, top, node, server)


def _add_below(tree: Nodes, top: str, node: Serialised, server: str | None) -> None:
    """Add all nodes within a serialised one, parents first. Parents list their new children at the end, once."""
    children: dict[str, list[str]] = {}
    limits = tree.limits() if server is not None else None
    for found, below in each(top, node):
        if found == top:
            continue
        if limits is not None:
            limits.check(found)
        parent = uris.parent(found)
        permission.require_right(tree.store, parent, Right.ADD, server)
        if tree.store.nodes.get(found) is not None:
            raise TreeError(StatusCode.ALREADY_EXISTS, f"{found} twice in a TNDS document", uri=found)
        format, type, data = _content(below, found)
        creation.create(tree, found, format, type, data, below.rt_properties.title, server, linked=False)
        children.setdefault(parent, []).append(uris.name(found))
    for parent, names in children.items():
        creation.link(tree, parent, tuple(names), server)


def _set_acls(tree: Nodes, top: str, node: Serialised) -> None:
    for found, below in each(top, node):
        if below.rt_properties.acl:
            set_acl(tree, found, below.rt_properties.acl.strip(), None)


def each(top: str, node: Serialised) -> Iterator[tuple[str, Serialised]]:
    """The serialised node and all within, parents first, with the URIs they get under ``top``."""
    waiting = [(top, node, 0)]
    while waiting:
        found, current, depth = waiting.pop()
        if depth > DEEPEST:
            raise TreeError(
                StatusCode.REQUEST_ENTITY_TOO_LARGE, f"a TNDS document deeper than {DEEPEST} nodes", uri=found
            )
        yield found, current
        for child in reversed(current.nodes):
            if not child.node_name:
                raise TreeError(
                    StatusCode.BAD_REQUEST, f"a node without a name within {found} in a TNDS document", uri=found
                )
            waiting.append((uris.join(found, uris.segment(child.node_name)), child, depth + 1))


def _content(node: Serialised, found: str) -> tuple[str, str | None, Value | None]:
    """Format, type and value of a serialised node."""
    format, properties = _format(node, found), node.rt_properties
    type = properties.ddf_name if format == "node" else properties.mime
    return format, type, value.from_wire(node.value, properties.format)


def _format(node: Serialised, found: str) -> str:
    """The format of a serialised node. One that states none is interior when it has nodes or no MIME type."""
    properties = node.rt_properties
    has_value = node.value not in (None, "", b"")
    if node.nodes and has_value:
        raise TreeError(
            StatusCode.BAD_REQUEST, f"{found} has both a Value and nodes within in a TNDS document", uri=found
        )
    if properties.format is not None:
        if node.nodes and properties.format != "node":
            raise TreeError(
                StatusCode.BAD_REQUEST, f"{found} has format {properties.format} and nodes within", uri=found
            )
        return properties.format
    if node.nodes or properties.ddf_name is not None:
        return "node"
    return "node" if node.value is None and properties.mime is None else DEFAULT_FORMAT


def replace(tree: Nodes, uri: str, document: MgmtTree, server: str | None = None) -> list[str]:
    """Make existing subtrees equal to a document's, all or nothing (DM Representation Protocol §7.6.12).

    As if every node below each top node were deleted, the top node replaced and the others added.
    """
    with tree.transaction():
        placed = placement.place(tree, uri, document, server, existing=True)
        for top, node in placed:
            _replace_top(tree, top, node, server)
        for top, node in placed:
            _set_acls(tree, top, node)
    return [top for top, _ in placed]


def _replace_top(tree: Nodes, top: str, node: Serialised, server: str | None) -> None:
    standing = tree.node(top)
    permission.require_right(tree.store, top, Right.REPLACE, server)
    permission.require_access(top, standing, Right.REPLACE, server)
    if node.rt_properties.acl:
        permission.require_acl_change(tree.store, top, standing, server)
    format = _format(node, top)
    if (format == "node") != (standing.children is not None):
        raise TreeError(
            StatusCode.COMMAND_NOT_ALLOWED, f"{top} cannot change between leaf and interior node", uri=top
        )
    if standing.children is None:
        format, type, data = _content(node, top)
        commands.replace(tree, top, data, format=format, type=type, server=server)
        return
    old = list(tree.walk_nodes(top))[1:]
    for found, below in old:
        permission.require_right(tree.store, found, Right.DELETE, server)
        if server is not None and below.kind.description.permanent:
            raise TreeError(StatusCode.COMMAND_NOT_ALLOWED, f"{found} is permanent", uri=found)
    for found, _ in old:
        tree.store.remove(found)
    tree.set_children(top, ())
    if node.rt_properties.title is not None:
        set_title(tree, top, node.rt_properties.title, None)
    if node.rt_properties.ddf_name is not None:
        _retype(tree, top, node.rt_properties.ddf_name.strip(), server)
    _add_below(tree, top, node, server)


def _retype(tree: Nodes, top: str, type: str, server: str | None) -> None:
    """Give a standing interior node the document's Type; 415 for one that cannot stand there."""
    standing = tree.node(top)
    kind = standing.kind
    if type == kind.type:
        return
    if server is not None and kind.description.types and type not in kind.description.types:
        raise TreeError(
            StatusCode.UNSUPPORTED_MEDIA_TYPE,
            f"{top} has type {' or '.join(kind.description.types)}, not {type or 'none'}",
            uri=top,
        )
    description = kind.description
    if top != uris.ROOT:
        parent = tree.node(uris.parent(top)).kind.description
        description = creation.describe(tree, parent, top, "node", type, None)
    tree.store.put(tree.changed(standing, kind=Kind("node", type, description, kind.title)))


def document(
    tree: Nodes, uri: str, server: str | None = None, *, properties: frozenset[str] = PROPERTIES
) -> MgmtTree:
    """A subtree as a TNDS document of one top node, without Path; only what ``server`` may read.

    ``properties`` of `PROPERTIES` are written where they have a value. The root has an empty NodeName.
    """
    top = uris.normalise(uri)
    built: dict[str, Serialised] = {}
    shown = properties & (tree.base.options.properties | {"Value"})
    for found, node in tree.walk_nodes(top, server):
        serialised = _serialise(tree, found, node, shown)
        if found != top:
            parent = built.get(uris.parent(found))
            if parent is None:  # below a node that the server may not read
                continue
            parent.nodes.append(serialised)
        built[found] = serialised
    return MgmtTree(nodes=[built[top]] if top in built else [])


def _serialise(tree: Nodes, found: str, node: Node, shown: frozenset[str]) -> Serialised:
    leaf = node.children is None
    kind = node.kind
    data = value.read(node, tree.now) if leaf else None
    acl = tree.store.acls.get(found)
    properties = RTProperties(
        acl=str(acl) if acl and "ACL" in shown else None,
        format=kind.format if "Format" in shown else None,
        name=uris.name(found) if "Name" in shown else None,
        size=str(value.size(data)) if leaf and "Size" in shown else None,
        title=kind.title if "Title" in shown else None,
        tstamp=value.timestamp(node.tstamp) if node.tstamp and "TStamp" in shown else None,
        mime=kind.type if leaf and "Type" in shown else None,
        ddf_name=kind.type if not leaf and "Type" in shown else None,
        ver_no=str(node.ver_no) if "VerNo" in shown else None,
    )
    return Serialised(uris.name(found), None, properties, data if "Value" in shown else None)
