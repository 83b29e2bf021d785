"""The order of children, which no reader minds and the DTD does (DM Representation §7).

The codecs read children in any order and forget it; this is a second look, at the bare elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from simulator.codes.wbxml import CONTENT, END, ENTITY, IDENTITY, LITERAL, NAMES, OPAQUE, STR_I, STR_T, SWITCH_PAGE
from simulator.errors import CodecError
from simulator.grammar import Element
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding
from simulator.syncml.grammar import GRAMMAR
from simulator.wbxml import header, integer

PROTOCOL = {
    element.name: element
    for element in GRAMMAR.elements
    if element.model.__module__ == dm.__name__ and element.name != "Meta"
}
"""Elements whose children have an order. Those of Meta are told apart by name alone: MetInf's DTD has none."""

CLAUSES = {"SyncHdr": "7.2", "SyncBody": "7.2", "SyncML": "7.2", "Item": "7.2", "Status": "7.5"}
"""Of the DM Representation Protocol; the others are commands."""


@dataclass(slots=True)
class Bare:
    name: str
    text: str = ""
    children: list[Bare] = field(default_factory=list)


def disorder(body: bytes, encoding: Encoding) -> Iterator[tuple[str, str, str]]:
    """Clause, command and text for each element whose children are out of order.

    ``body`` has been read by the codec; what cannot be read here is passed over.
    """
    try:
        root = _xml(body) if encoding is Encoding.XML else _wbxml(body)
    except (CodecError, etree.LxmlError, IndexError, ValueError):
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


def _xml(body: bytes) -> Bare:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    found = etree.fromstring(body.replace(b"\0", b"").lstrip(), parser)
    if found is None:
        raise ValueError("no document")
    root = Bare(_name(found))
    pending = [(found, root)]
    while pending:
        node, bare = pending.pop()
        for child in node:
            if isinstance(child.tag, str):
                bare.children.append(Bare(_name(child), child.text or ""))
                pending.append((child, bare.children[-1]))
    return root


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname


def _wbxml(body: bytes) -> Bare:
    _, at = header.read(body)
    page, around = 0, [Bare("")]
    while at < len(body):
        token = body[at]
        at += 1
        if token == SWITCH_PAGE:
            page = body[at]
            at += 1
        elif token == END:
            around.pop()
        elif token == STR_I:
            end = body.index(0, at)
            around[-1].text += body[at:end].decode("utf-8", "replace")
            at = end + 1
        elif token == OPAQUE:
            length, at = integer.read(body, at)
            at += length
        elif token in (STR_T, ENTITY):
            _, at = integer.read(body, at)
        else:
            if token & ~CONTENT == LITERAL:
                _, at = integer.read(body, at)
            bare = Bare(NAMES[page].get(token & IDENTITY, "?"))
            around[-1].children.append(bare)
            if token & CONTENT:
                around.append(bare)
        if not around:
            break
    return around[0].children[0]
