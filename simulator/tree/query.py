"""What a Get or Replace does when its LocURI goes on after the node: ``?prop=`` and ``?list=``.

(DM Tree and Description §7.4 properties, §9.1 lists.) A session gives every LocURI of a Get or Replace to
`get` or `replace` here; one without a ``?`` means the node itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulator.codes import mime
from simulator.errors import TreeError
from simulator.tnds.document import MgmtTree
from simulator.tree import permission, serialise, value
from simulator.tree import uri as uris
from simulator.tree.acl import Right
from simulator.tree.node import DEFAULT_FORMAT, DEFAULT_TYPE, Node, Value
from simulator.tree.tree import Tree


@dataclass(frozen=True, slots=True)
class Found:
    """One Item of the Results: its Source/LocURI, Meta Format and Type, and Data (None: no Data element)."""

    uri: str
    format: str
    type: str
    """Empty where an interior node has none."""
    data: Value | MgmtTree | None


def get(
    tree: Tree, loc_uri: str, server: str | None = None, *, objects: frozenset[str] = frozenset()
) -> list[Found]:
    """What a Get of ``loc_uri`` gives, as one or more Items.

    ``objects`` are MO identifiers to which MORoot and MORootData are limited (the Item's Data; empty: all).
    TreeError 404, 405, 406 (unknown property or list), 425.
    """
    address, query = uris.split_query(loc_uri)
    if query is None:
        return [_node(tree, address, server)]
    key, _, asked = query.partition("=")
    if key == "prop":
        return [_property(tree, address, asked, server)]
    if key == "list":
        return _list(tree, address, asked, server, objects)
    raise TreeError(406, f"?{query} is neither ?prop= nor ?list=", uri=loc_uri)


def replace(
    tree: Tree,
    loc_uri: str,
    data: Value | None,
    *,
    format: str | None = None,
    type: str | None = None,
    server: str | None = None,
) -> None:
    """What a Replace of ``loc_uri`` does: sets a value, or the property ACL, Name or Title."""
    address, query = uris.split_query(loc_uri)
    if query is None:
        tree.replace(address, data, format=format, type=type, server=server)
        return
    key, _, asked = query.partition("=")
    if key != "prop":
        raise TreeError(405, f"Replace of ?{query}: only a node or ?prop= can be replaced", uri=loc_uri)
    _require_property(tree, address, asked)
    change = _REPLACE.get(asked)
    if change is None:
        raise TreeError(405, f"the property {asked} cannot be replaced", uri=loc_uri)
    change(tree, address, data.decode("utf-8", "replace") if isinstance(data, bytes) else data or "", server)


# -- the node itself


def _node(tree: Tree, address: str, server: str | None) -> Found:
    view = tree.get(address, server)
    if view.leaf:
        return Found(view.uri, view.format, view.type, view.value)
    return Found(view.uri, "node", DEFAULT_TYPE, "/".join(view.children))


# -- ?prop=


def _require_property(tree: Tree, address: str, asked: str) -> tuple[str, Node]:
    target = uris.normalise(address)
    node = tree.node(target)
    if asked not in tree.base.options.properties or (asked == "Size" and node.children is not None):
        raise TreeError(406, f"{target} has no property {asked!r}", uri=target)
    return target, node


def _property(tree: Tree, address: str, asked: str, server: str | None) -> Found:
    """Reading a property needs the Get right; the access type speaks of the value only."""
    target, node = _require_property(tree, address, asked)
    permission.require_right(tree.store, target, Right.GET, server)
    return Found(f"{target}?prop={asked}", DEFAULT_FORMAT, DEFAULT_TYPE, _READ[asked](tree, target, node))


_READ: dict[str, Callable[[Tree, str, Node], str]] = {
    "ACL": lambda tree, uri, node: str(tree.store.acls.get(uri) or ""),
    "Format": lambda tree, uri, node: node.kind.format,
    "Name": lambda tree, uri, node: uris.name(uri),
    "Size": lambda tree, uri, node: str(value.size(value.read(node, tree.now))),
    "Title": lambda tree, uri, node: node.kind.title or "",
    "TStamp": lambda tree, uri, node: value.timestamp(node.tstamp) if node.tstamp else "",
    "Type": lambda tree, uri, node: node.kind.type,
    "VerNo": lambda tree, uri, node: str(node.ver_no),
}

_REPLACE: dict[str, Callable[[Tree, str, str, str | None], None]] = {
    "ACL": lambda tree, uri, text, server: tree.set_acl(uri, text, server),
    "Name": lambda tree, uri, text, server: tree.rename(uri, text, server),
    "Title": lambda tree, uri, text, server: tree.set_title(uri, text, server),
}


# -- ?list=


def _list(tree: Tree, address: str, asked: str, server: str | None, objects: frozenset[str]) -> list[Found]:
    top = uris.normalise(address)
    node = tree.node(top)
    if asked not in _LISTS and not asked.startswith(("TNDS+", "TNDS-")):
        raise TreeError(406, f"?list={asked} is no list that this device has", uri=top)
    permission.require_right(tree.store, top, Right.GET, server)
    permission.require_access(top, node, Right.GET, server)
    if asked in _LISTS:
        return list(_LISTS[asked](tree, top, server, objects))
    document = serialise.document(tree, top, server, properties=_properties(asked))
    return [Found(top, "xml", mime.TNDS_XML, document)]


def _properties(asked: str) -> frozenset[str]:
    """The properties of ``TNDS+A+B`` (only these) or ``TNDS-A-B`` (all but these); 406 for a mixture."""
    listed = asked.removeprefix("TNDS")
    if not listed:
        return serialise.PROPERTIES
    sign = listed[0]
    names = frozenset(listed[1:].split(sign))
    unknown = names - serialise.PROPERTIES
    if unknown:
        raise TreeError(406, f"?list={asked}: expected names of properties, all with + or all with -")
    return names if sign == "+" else serialise.PROPERTIES - names


def _structure(tree: Tree, top: str, server: str | None, objects: frozenset[str]) -> Iterator[Found]:
    for uri, node in tree.walk_nodes(top, server):
        yield Found(uri, node.kind.format, node.kind.type, None)


def _structure_data(tree: Tree, top: str, server: str | None, objects: frozenset[str]) -> Iterator[Found]:
    now = tree.now
    for uri, node in tree.walk_nodes(top, server):
        yield Found(uri, node.kind.format, node.kind.type, value.read(node, now))


def _tnds(tree: Tree, top: str, server: str | None, objects: frozenset[str]) -> Iterator[Found]:
    yield Found(top, "xml", mime.TNDS_XML, serialise.document(tree, top, server))


def _object_roots(tree: Tree, top: str, server: str | None, objects: frozenset[str]) -> Iterator[Found]:
    """MORoot: the interior nodes whose Type is an MO identifier."""
    for uri, node in tree.walk_nodes(top, server):
        if node.children is not None and node.kind.type and (not objects or node.kind.type in objects):
            yield Found(uri, "node", node.kind.type, None)


def _object_roots_data(tree: Tree, top: str, server: str | None, objects: frozenset[str]) -> Iterator[Found]:
    """MORootData: each root, and the leaves that tell it from others of its kind (`TreeOptions.mo_root_data`)."""
    direct = tree.base.options.mo_root_data == "direct"
    for root in _object_roots(tree, top, server, objects):
        yield root
        depth = root.uri.count("/") + 1
        for uri, node in tree.walk_nodes(root.uri, server):
            if node.children is None and (not direct or uri.count("/") == depth):
                yield Found(uri, node.kind.format, node.kind.type, value.read(node, tree.now))


_LISTS: dict[str, Callable[[Tree, str, str | None, frozenset[str]], Iterator[Found]]] = {
    "Struct": _structure,
    "StructData": _structure_data,
    "TNDS": _tnds,
    "MORoot": _object_roots,
    "MORootData": _object_roots_data,
}
