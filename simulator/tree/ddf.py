"""A device model from its device description (DM Tree and Description §8).

Nodes with a name that occur at least once stand in every device of the model, with their DefaultValue; the
others are what servers may add.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from itertools import chain

from simulator.codes.status import StatusCode
from simulator.codes.wbxml import VERSIONS
from simulator.ddf import wbxml, xml
from simulator.ddf.document import DFProperties, MgmtTree, Occurrence
from simulator.ddf.document import Node as Described
from simulator.errors import CodecError, TreeError
from simulator.tree import options as tree_options
from simulator.tree import uri as uris
from simulator.tree.acl import ROOT_DEFAULT, Acl
from simulator.tree.description import Access, Description
from simulator.tree.model import Model, ObjectType, empty
from simulator.tree.node import Provider, Value
from simulator.tree.options import TreeOptions
from simulator.tree.tree import Tree

_BLANK = {"bool": "false", "date": "", "float": "0", "int": "0"}
"""What a leaf without a DefaultValue starts with, where that is not the empty text."""


def read(
    data: bytes,
    values: Mapping[str, Value] | None = None,
    *,
    acl: Acl = ROOT_DEFAULT,
    options: TreeOptions = tree_options.DEFAULT,
    open_root: bool = False,
) -> Model:
    """The model that a description, in XML or WBXML, stands for; CodecError when it is none. See `model`."""
    return model(decode(data), values, acl=acl, options=options, open_root=open_root)


def decode(data: bytes) -> MgmtTree:
    """A description in either encoding, told by its first octet. Raises `CodecError`."""
    return wbxml.decode(data) if data[:1] and data[0] in VERSIONS else xml.decode(data)


def model(
    document: MgmtTree,
    values: Mapping[str, Value] | None = None,
    *,
    acl: Acl = ROOT_DEFAULT,
    options: TreeOptions = tree_options.DEFAULT,
    open_root: bool = False,
) -> Model:
    """The model of a description.

    ``values`` are leaves by URI that every device of the model has, in place of defaults or in addition (an
    account below an unnamed node). ``open_root`` lets servers add nodes that are not described under the root.
    TreeError 404 for a value whose node is not described, 415 for one that is not of its node's format.
    """
    root = describe([document])
    root.open = open_root
    return built(root, values or {}, objects_of(root), acl=acl, options=options)


def describe(documents: Iterable[MgmtTree], base: Description | None = None) -> Description:
    """The root's description: that of ``base``, which stays as it is, under the descriptions of documents.

    What a document says of a node right below the root takes the place of the base's; what it says of nodes
    that a Path names is added to it.
    """
    root = deepcopy(base) if base is not None else Description(format="node", access=Access.GET, permanent=True)
    for document in documents:
        for top in document.nodes:
            for node in top.nodes if top.node_name == uris.ROOT else [top]:
                if base is not None and not _path(top) and node.node_name in base.children:
                    root.children.pop(node.node_name, None)
            _attach(root, top)
    return root


def built(
    root: Description,
    values: Mapping[str, Value | Provider],
    objects: Mapping[str, ObjectType],
    *,
    acl: Acl = ROOT_DEFAULT,
    options: TreeOptions = tree_options.DEFAULT,
) -> Model:
    """The model in which all nodes stand that occur at least once, and those of ``values``, which is by URI.

    TreeError 404 for a value whose node is not described, 415 for one that is not of its node's format.
    """
    tree = Tree(empty(root, objects, acl=acl, options=options))
    given = {uris.normalise(uri): value for uri, value in values.items()}
    _fill(tree, uris.ROOT, root, given)
    for uri, value in given.items():
        if not tree.exists(uri):
            found = find(root, uri)
            if found is None:
                raise TreeError(StatusCode.NOT_FOUND, f"the device description has no node {uri}", uri=uri)
            tree.add(uri, format=found.format or "chr", value=value)
    return tree.model


# -- descriptions


def _attach(root: Description, top: Described) -> None:
    """Put a top node's description where its Path says."""
    parent = root
    for name in _path(top):
        parent = parent.children.setdefault(uris.segment(name), Description(format="node"))
    if top.node_name == uris.ROOT:
        for child in top.nodes:
            _attach(parent, child)
    else:
        _put(parent, top)


def _path(top: Described) -> list[str]:
    return [name for name in (top.path or "").strip().removeprefix(".").split("/") if name]


def _put(parent: Description, node: Described) -> None:
    description = _describe(node)
    if node.node_name:
        known = parent.children.setdefault(uris.segment(node.node_name), description)
        if known is not description:  # a node whose children continue elsewhere (TNDS §5.4)
            known.children.update(description.children)
            known.unnamed = known.unnamed or description.unnamed
    elif parent.unnamed is None:
        parent.unnamed = description


def _describe(node: Described) -> Description:
    properties = node.df_properties or DFProperties()
    least, most = _occurrence(properties.occurrence or Occurrence(one=True), node)
    format = properties.format or ("node" if node.nodes or properties.ddf_name is not None else None)
    description = Description(
        format=format,
        types=tuple(properties.mimes) or ((properties.ddf_name,) if properties.ddf_name else ()),
        access=_access(properties),
        permanent=properties.scope == "Permanent",
        least=least,
        most=most,
        title=properties.title,
        default=properties.default_value if properties.default_value is not None else node.value,
        # An interior node that nothing is said of below, such as Ext, is for anything.
        open=format == "node" and not node.nodes,
    )
    for child in node.nodes:
        _put(description, child)
    return description


def _occurrence(stated: Occurrence, node: Described) -> tuple[int, int | None]:
    """How often the node occurs: at least, and at most."""
    if stated.zero_or_more or stated.one_or_more:
        return int(stated.one_or_more), None
    number = stated.one_or_n if stated.one_or_n is not None else stated.zero_or_n
    if number is None:
        return int(not stated.zero_or_one), 1
    if not (number.strip().isascii() and number.strip().isdigit()):
        raise CodecError(f"the node {node.node_name or 'without a name'} occurs {number[:20]!r} times: no number")
    return int(stated.one_or_n is not None), int(number.strip()[:9])


def _access(properties: DFProperties) -> Access:
    stated = properties.access_type
    if stated is None:
        return Access.GET
    access = Access.NONE
    for flag in Access:
        if getattr(stated, str(flag.name).lower()):
            access |= flag
    return access


def objects_of(root: Description) -> dict[str, ObjectType]:
    """The Management Objects that can be added, each with the place where the description has it."""
    return dict(_objects(root))


def _objects(root: Description) -> Iterator[tuple[str, ObjectType]]:
    waiting = [(uris.ROOT, root)]
    while waiting:
        home, parent = waiting.pop()
        for name, child in chain(parent.children.items(), _unnamed(parent)):
            if child.format == "node" and child.types and not child.permanent:
                kind = ObjectType(child.types[0], child, home, name or "1", fixed_name=bool(name))
                yield kind.identifier, kind
            if name:
                waiting.append((uris.join(home, name), child))


def _unnamed(parent: Description) -> list[tuple[str, Description]]:
    return [("", parent.unnamed)] if parent.unnamed is not None else []


def find(root: Description, uri: str) -> Description | None:
    """What is said of the node at an absolute URI; None: there is no such node on the device."""
    found: Description | None = root
    for name in uri.split("/")[1:]:
        found = found.below(name) if found is not None else None
    return found


def place(root: Description, uri: str, description: Description) -> None:
    """Say ``description`` of the node at an absolute URI, and that there are interior nodes above it: from the
    factory on, if the node itself is; for servers to add, if the node itself is."""
    *above, name = uri.split("/")[1:]
    parent = root
    for each in above:
        access = Access.GET | description.access & Access.ADD
        interior = Description(format="node", access=access, least=0, open=root.open)
        parent = parent.children.setdefault(each, interior)
        parent.least = max(parent.least, description.least)
    parent.children[name] = description


# -- nodes


def _fill(tree: Tree, uri: str, description: Description, given: Mapping[str, Value | Provider]) -> None:
    for name, child in description.children.items():
        found = uris.join(uri, name)
        wanted = found in given or any(uris.is_within(other, found) for other in given)
        if not child.least and not wanted:
            continue
        if child.format == "node":
            tree.add(found, format="node", title=child.title)
            _fill(tree, found, child, given)
        else:
            format = child.format or "chr"
            value = given.get(found, child.default if child.default is not None else _BLANK.get(format, ""))
            type = child.types[0] if child.types else None
            try:
                tree.add(found, format=format, type=type, value=value, title=child.title)
            except TreeError as error:
                error.uri = error.uri or found
                raise
