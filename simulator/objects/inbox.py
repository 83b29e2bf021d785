"""The Inbox: where Management Objects are added whose place the server does not know (DM StdObj §5.3.4).

Nothing ever lies in it: `simulator.tree.placement` puts each object where its kind lives.
"""

from __future__ import annotations

from simulator.tree.description import Access, Description
from simulator.tree.placement import INBOX as URI
from simulator.tree.tree import Tree

IDENTIFIER = "urn:oma:mo:oma-dm-inbox:1.0"

DESCRIPTION = Description(
    format="node",
    types=(IDENTIFIER,),
    access=Access.ADD,
    permanent=True,
)
"""Add of a whole object is all it takes: Get, on it or below, is answered 405."""


def build(tree: Tree) -> None:
    """Put ./Inbox into a tree that has none."""
    tree.add(URI, format="node", type=IDENTIFIER)


__all__ = ["DESCRIPTION", "IDENTIFIER", "URI", "build"]
