"""Reading XML into typed objects, by a grammar.

Liberal with what real peers write: any namespace that looks like SyncML's or none, children in any order, a NUL
in character data (dropped), white space before the XML declaration, a DOCTYPE that only names the DTD. Strict with
what can hurt: size, depth, entities, anything of a DTD inside the document.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from simulator.errors import CodecError
from simulator.grammar import NESTING_LIMIT, NUMBER, Child, Element, Grammar, Kind, Occurs, bounded, is_standard

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of one document. A message is bounded by MaxMsgSize, which is far below."""

_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
"""How a document in UTF-16 starts: there, NUL bytes are part of characters."""


def read(data: bytes, grammar: Grammar) -> Any:
    """The typed object that an XML document stands for.

    Raises `CodecError`; its ``partial`` is what could be made of a damaged document whose root is known.
    """
    if len(data) > SIZE_LIMIT:
        raise CodecError(f"an XML document of {len(data)} bytes; at most {SIZE_LIMIT} are read")
    text = data if data.startswith(_BYTE_ORDER_MARKS) else data.replace(b"\0", b"")
    text = text.lstrip()
    if not text:
        raise CodecError("an empty document where XML was expected", offset=0)
    try:
        root = etree.fromstring(text, _parser())
    except etree.XMLSyntaxError as error:
        raise CodecError(
            f"this is not well-formed XML: {error.msg}",
            offset=_offset(data, text, error),
            partial=_salvage(text, grammar),
        ) from None
    _refuse_dtd(root)
    return _Builder(grammar).document(root)


def _parser(recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


def _refuse_dtd(root: etree._Element) -> None:
    """A DOCTYPE may name the DTD. Declarations of its own are a way to attack parsers; DM has no use for them."""
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and (any(dtd.iterentities()) or any(dtd.iterelements())):
        raise CodecError(
            "this XML document declares entities or elements of its own (a DOCTYPE with an internal subset)",
            hint="send it without the part of the DOCTYPE in square brackets",
        )


def _offset(data: bytes, text: bytes, error: etree.XMLSyntaxError) -> int:
    """Where in ``data`` the parser stopped, from its line and column in ``text`` (without NULs)."""
    line, column = error.position
    lines = text.split(b"\n")[: max(line - 1, 0)]
    offset = len(data) - len(data.lstrip()) + sum(map(len, lines)) + len(lines) + max(column - 1, 0)
    for nul in re.finditer(b"\0", data):
        if nul.start() > offset:
            break
        offset += 1
    return min(offset, len(data))


def _salvage(text: bytes, grammar: Grammar) -> Any:
    """What a document that is not well-formed says before it breaks off."""
    try:
        root = etree.fromstring(text, _parser(recover=True))
        return None if root is None else _Builder(grammar).document(root)
    except etree.XMLSyntaxError:
        return None
    except CodecError as error:
        return error.partial


def _local_name(node: etree._Element) -> str:
    return node.tag.rpartition("}")[2]


def _namespace(node: etree._Element) -> str:
    """The namespace, "" if there is none. (``QName`` does not take every namespace that the parser does.)"""
    return node.tag.rpartition("}")[0][1:]


class _Builder:
    """Walks an element tree along a grammar. Its errors carry what had been built before the damage."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._namespace = ""

    def document(self, root: etree._Element) -> Any:
        name = _local_name(root)
        if name != self._grammar.root.name:
            raise CodecError(f"the document's element is {name}; expected {self._grammar.root.name}")
        self._namespace = _namespace(root)
        return self._element(self._grammar.root, root, 1)

    def _element(self, element: Element, node: etree._Element, depth: int) -> Any:
        values: dict[str, Any] = {}
        try:
            if depth > NESTING_LIMIT:
                raise CodecError(f"elements nested deeper than {NESTING_LIMIT}{_line(node)}")
            self._children(element, node, depth, values)
            return element.build(values)
        except CodecError as error:
            error.partial = self._grammar.partial(element, values, error.partial)
            raise

    def _children(self, element: Element, node: etree._Element, depth: int, values: dict[str, Any]) -> None:
        _refuse_text(element, node.text, node)
        for part in node:
            _refuse_text(element, part.tail, part)
            if not isinstance(part.tag, str):
                raise CodecError(f"an entity reference in {element.name}{_line(part)}")
            name = _local_name(part)
            child = element.by_name.get(name)
            if not (self._is_ours(part) and is_standard(name)):
                self._other(element, part, None, values)
            elif name in element.wrappers and _local_name(node) != name:
                self._children(element, part, depth, values)
            elif child is not None and child.occurs is Occurs.MANY:
                values.setdefault(child.attribute, []).append(self._child(child, part, depth))
            elif child is not None and child.attribute not in values:
                values[child.attribute] = self._child(child, part, depth)
            elif not self._other(element, part, name, values):
                raise CodecError(self._grammar.refusal(name, element) + _line(part))

    def _other(self, element: Element, node: etree._Element, name: str | None, values: dict[str, Any]) -> bool:
        """Keep of an element that is no child what is kept, if anything is; ``name``: of one that is SyncML's."""
        if element.others is None or not element.takes_another(name):
            return False
        numbers = (part for part in node if isinstance(part.tag, str) and _local_name(part) == NUMBER)
        number = next((_text(NUMBER, part) for part in numbers), "")
        values.setdefault(element.shared, []).append(element.others(number, bounded(_local_name(node))))
        return True

    def _child(self, child: Child, node: etree._Element, depth: int) -> Any:
        match child.kind:
            case Kind.ELEMENT:
                assert child.model is not None
                return self._element(self._grammar.of[child.model], node, depth + 1)
            case Kind.FLAG:
                return True
            case Kind.WORD:
                words = [_local_name(part) for part in node if isinstance(part.tag, str)]
                if len(words) != 1 or words[0] not in child.words:
                    found = " and ".join(words) or "nothing"
                    expected = ", ".join(child.words)
                    raise CodecError(f"{child.name} holds {found}; expected one of {expected}{_line(node)}")
                return words[0]
            case Kind.DATA if child.model is not None and len(node):
                inner = self._grammar.of[child.model]
                if len(node) == 1 and isinstance(node[0].tag, str) and _local_name(node[0]) == inner.name:
                    _refuse_text(inner, node.text, node)
                    _refuse_text(inner, node[0].tail, node)
                    return self._element(inner, node[0], depth + 2)
        return _text(child.name, node)

    def _is_ours(self, node: etree._Element) -> bool:
        """Whether a namespace is SyncML's in any of the spellings that are met; if not, it is an extension."""
        namespace = _namespace(node)
        return namespace in ("", self._namespace) or namespace.lower().startswith("syncml:")


def _text(name: str, node: etree._Element) -> str:
    if len(node):
        part = node[0]
        if not isinstance(part.tag, str):
            raise CodecError(f"an entity reference in {name}{_line(part)}")
        raise CodecError(
            f"{name} holds the element {_local_name(part)} where text was expected{_line(part)}",
            hint="markup that is data has to be escaped or stand in a CDATA section",
        )
    return node.text or ""


def _refuse_text(element: Element, text: str | None, node: etree._Element) -> None:
    if text and not text.isspace():
        shown = text.strip()[:20]
        raise CodecError(f"the text {shown!r} in {element.name}, which holds elements only{_line(node)}")


def _line(node: etree._Element) -> str:
    return f" (line {node.sourceline})" if node.sourceline else ""
