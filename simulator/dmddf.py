"""What TNDS and device descriptions share: one DTD, in which only a node's properties differ.

DM Tree and Description §8, DM Tree and Description Serialization §5.3.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from simulator import grammar
from simulator.codes.wbxml import DMDDF
from simulator.grammar import Child, Element, Kind

one = partial(grammar.one, page=DMDDF)
maybe = partial(grammar.maybe, page=DMDDF)
seldom = partial(grammar.seldom, page=DMDDF)
many = partial(grammar.many, page=DMDDF)


def tree(model: type, node: type) -> Element:
    """The root of a document of nodes."""
    children = one("VerDTD", "ver_dtd"), seldom("Man", "man"), seldom("Mod", "mod"), many("Node", "nodes", node)
    return Element("MgmtTree", model, children, page=DMDDF)


def node(model: type, properties: Child, value: Kind, **more: Any) -> Element:
    """A node with its ``properties``."""
    children = (
        maybe("NodeName", "node_name"),
        seldom("Path", "path"),
        properties,
        many("Node", "nodes", model),
        maybe("Value", "value", value),
    )
    return Element("Node", model, children, page=DMDDF, **more)
