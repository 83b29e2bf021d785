"""The order of children, which no reader minds and the DTD does (DM Representation §7).

The codecs read children in any order and forget it; this is a second look, at the bare elements.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import CodecError
from simulator.grammar import Element
from simulator.syncml import message as dm
from simulator.syncml.bare import Bare, read
from simulator.syncml.encoding import Encoding
from simulator.syncml.grammar import GRAMMAR

PROTOCOL = {
    element.name: element
    for element in GRAMMAR.elements
    if element.model.__module__ == dm.__name__ and element.name != "Meta"
}
"""Elements whose children have an order. Those of Meta are told apart by name alone: MetInf's DTD has none."""

CLAUSES = {"SyncHdr": "7.2", "SyncBody": "7.2", "SyncML": "7.2", "Item": "7.2", "Status": "7.5"}
"""Of the DM Representation Protocol; the others are commands."""


def disorder(body: bytes, encoding: Encoding) -> Iterator[tuple[str, str, str]]:
    """Clause, command and text for each element whose children are out of order.

    ``body`` has been read by the codec; what cannot be read here is passed over.
    """
    try:
        root = read(body, encoding)
    except CodecError:
        return
    pending = [(root, "")]
    while pending:
        bare, command = pending.pop()
        number = next((child.text for child in bare.children if child.name == "CmdID"), None)
        command = command if number is None else f"{bare.name} {number[:20]}"
        wrong = _first_wrong(bare)
        if wrong is not None:
            clause = f"DM Representation §{CLAUSES.get(bare.name, '7.6')}"
            yield clause, command, f"{wrong[1]} stands behind {wrong[0]} in {bare.name}"
        inner = [child for child in bare.children if child.children and child.name != "MgmtTree"]
        pending += [(child, command) for child in reversed(inner)]


def _first_wrong(bare: Bare) -> tuple[str, str] | None:
    element = PROTOCOL.get(bare.name)
    if element is None:
        return None
    ranks = _ranks(element)
    highest, before = -1, ""
    for child in bare.children:
        rank = ranks.get(child.name)
        if rank is None:
            continue
        if rank < highest:
            return before, child.name
        highest, before = rank, child.name
    return None


def _ranks(element: Element) -> dict[str, int]:
    """Commands stand in one list, in any order among themselves."""
    attributes = list(dict.fromkeys(child.attribute for child in element.children))
    return {child.name: attributes.index(child.attribute) for child in element.children}
