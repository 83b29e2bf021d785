"""Which node an address means: absolute, root-relative, or by its Management Object (see `relative`)."""

from __future__ import annotations

from simulator.tree import relative
from simulator.tree import uri as uris
from simulator.tree.nodes import Nodes


def resolve(tree: Nodes, uri: str, server: str | None = None) -> str:
    """The absolute URI: 400 for what is no URI, 414 past the device's limits, 404 and 409 for `relative`."""
    by_object = tree.base.options.relative_form.mark in uri
    target = relative.resolve(tree, uri, server) if by_object else uris.normalise(uri)
    if server is not None:
        tree.limits().check(target)
    return target


def exists(tree: Nodes, uri: str) -> bool:
    return tree.store.nodes.get(resolve(tree, uri)) is not None
