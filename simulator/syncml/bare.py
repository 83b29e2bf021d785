"""A message as bare elements, whatever they are: names, text and children, in the document's order.

The codecs make typed objects and forget the rest (the order of children, what stands in a command that is none of
DM's). This is a second look, at a body that a codec has read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from simulator.codes.wbxml import CONTENT, END, ENTITY, IDENTITY, LITERAL, NAMES, OPAQUE, STR_I, STR_T, SWITCH_PAGE
from simulator.errors import CodecError
from simulator.syncml.encoding import Encoding
from simulator.wbxml import header, integer

UNNAMED = "?"
"""The name of an element whose token nobody knows."""


@dataclass(slots=True)
class Bare:
    name: str
    text: str = ""
    children: list[Bare] = field(default_factory=list)
    octets: list[bytes] = field(default_factory=list)
    """What was carried as OPAQUE."""

    def walk(self) -> Iterator[Bare]:
        """This element and all below it."""
        waiting = [self]
        while waiting:
            bare = waiting.pop()
            yield bare
            waiting += reversed(bare.children)


def read(body: bytes, encoding: Encoding) -> Bare:
    """The root element. Raises `CodecError`, without saying much: the codec has."""
    try:
        return _xml(body) if encoding is Encoding.XML else _wbxml(body)
    except (etree.LxmlError, IndexError, ValueError) as error:
        raise CodecError(f"no document can be seen in {len(body)} bytes") from error


def _xml(body: bytes) -> Bare:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    found = etree.fromstring(body.replace(b"\0", b"").lstrip(), parser)
    if found is None:
        raise ValueError("no document")
    root = Bare(_name(found), found.text or "")
    pending = [(found, root)]
    while pending:
        node, bare = pending.pop()
        for child in node:
            if isinstance(child.tag, str):
                bare.children.append(Bare(_name(child), child.text or ""))
                pending.append((child, bare.children[-1]))
    return root


def _name(node: etree._Element) -> str:
    return node.tag.rpartition("}")[2]


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
            around[-1].octets.append(body[at : at + length])
            at += length
        elif token in (STR_T, ENTITY):
            _, at = integer.read(body, at)
        else:
            if token & ~CONTENT == LITERAL:
                _, at = integer.read(body, at)
            names = NAMES[page] if page < len(NAMES) else {}
            bare = Bare(names.get(token & IDENTITY, UNNAMED))
            around[-1].children.append(bare)
            if token & CONTENT:
                around.append(bare)
        if len(around) < 2:
            break
    return around[0].children[0]
