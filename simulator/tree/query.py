"""What a Get or Replace does when its LocURI goes on after the node: ``?prop=`` and ``?list=``.

(DM Tree and Description §7.4 properties, §9.1 lists.) A session gives every LocURI of a Get or Replace to
`get` or `replace` here; one without a ``?`` means the node itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulator.codes import mime
from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tnds.document import MgmtTree
from simulator.tree import permission, properties, serialise, value
from simulator.tree import uri as uris
from simulator.tree.acl import Right
from simulator.tree.node import DEFAULT_FORMAT, DEFAULT_TYPE, Value
from simulator.tree.tree import Tree


@dataclass(slots=True)
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
    target, query = _address(tree, loc_uri, server)
    if query is None:
        return [_node(tree, target, server)]
    key, _, asked = query.partition("=")
    if key == "prop":
        text = properties.get(tree, target, asked, server)
        return [Found(f"{target}?prop={asked}", DEFAULT_FORMAT, DEFAULT_TYPE, text)]
    if key == "list":
        return _list(tree, target, asked, server, objects)
    raise TreeError(
        StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED, f"?{query} is neither ?prop= nor ?list=", uri=loc_uri
    )


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
    target, query = _address(tree, loc_uri, server)
    if query is None:
        tree.replace(target, data, format=format, type=type, server=server)
        return
    key, _, name = query.partition("=")
    if key != "prop":
        raise TreeError(
            StatusCode.COMMAND_NOT_ALLOWED, f"Replace of ?{query}: only ?prop= can be replaced", uri=loc_uri
        )
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data or ""
    properties.replace(tree, target, name, text, server)


def _address(tree: Tree, loc_uri: str, server: str | None) -> tuple[str, str | None]:
    """The absolute URI, and what follows its ``?``. That of ``?MOID=`` belongs to the address."""
    head, mark, rest = loc_uri.partition(tree.base.options.relative_form.mark)
    address, query = uris.split_query(rest if mark else head)
    return tree.resolve(f"{head}{mark}{address}" if mark else address, server), query


def _node(tree: Tree, target: str, server: str | None) -> Found:
    view = tree.get(target, server)
    if view.leaf:
        return Found(view.uri, view.format, view.type, view.value)
    return Found(view.uri, "node", DEFAULT_TYPE, "/".join(view.children))


# -- ?list=


def _list(tree: Tree, top: str, asked: str, server: str | None, objects: frozenset[str]) -> list[Found]:
    node = tree.node(top)
    if asked not in _LISTS and not asked.startswith(("TNDS+", "TNDS-")):
        raise TreeError(
            StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED, f"?list={asked} is no list of this device", uri=top
        )
    permission.require_right(tree.store, top, Right.GET, server)
    permission.require_access(top, node, Right.GET, server)
    if asked in _LISTS:
        return list(_LISTS[asked](tree, top, server, objects))
    document = serialise.document(tree, top, server, properties=_properties(asked))
    return [Found(top, "xml", mime.TNDS_XML, document)]


def _properties(asked: str) -> frozenset[str]:
    """The properties of ``TNDS+A+B`` (only these) or ``TNDS-A-B`` (all but these); 406 for a mixture."""
    listed = asked.removeprefix("TNDS")
    sign = listed[0]
    names = frozenset(listed[1:].split(sign))
    unknown = names - serialise.PROPERTIES
    if unknown:
        raise TreeError(
            StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED,
            f"?list={asked}: expected names of properties, all with + or all with -",
        )
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
