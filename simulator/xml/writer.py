"""Writing typed objects as XML, by a grammar.

Every page of the grammar is a namespace, declared where it begins, as peers expect:
``<Meta><Type xmlns="syncml:metinf">``. Data with markup in it stands in a CDATA section.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from lxml import etree

from simulator.codes.wbxml import NAMESPACES
from simulator.errors import EncodeError
from simulator.grammar import NESTING_LIMIT, NUMBER, Child, Element, Grammar, Kind, Occurs
from simulator.xml.cdata import Cdata

_DECLARATIONS: tuple[Any, ...] = tuple({None: namespace} for namespace in NAMESPACES)
"""Every namespace is declared as the default one, without a prefix."""


def write(value: Any, grammar: Grammar, *, declaration: bool = True) -> bytes:
    """The XML document, in UTF-8, with an XML declaration or without. Raises `EncodeError`."""
    root = grammar.root
    node = etree.Element(_qualified(root.page, root.name), nsmap=_DECLARATIONS[root.page])
    _Writer(grammar).element(root, value, node, None, 1)
    return etree.tostring(node, encoding="UTF-8", xml_declaration=declaration)


def _qualified(page: int, name: str) -> str:
    return f"{{{NAMESPACES[page]}}}{name}"


def _add(parent: etree._Element, page: int, name: str) -> etree._Element:
    return etree.SubElement(parent, _qualified(page, name), nsmap=_DECLARATIONS[page])


class _Writer:
    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def element(
        self, element: Element, value: Any, node: etree._Element, inherited: str | None, depth: int
    ) -> None:
        """Add the children of ``value`` to ``node``; ``inherited`` is the Format that its container states."""
        if depth > NESTING_LIMIT:
            raise EncodeError(f"{element.name} is nested deeper than {NESTING_LIMIT} elements")
        stated = _stated_format(element, value, inherited)
        wrapper: etree._Element | None = None
        in_turn = ""
        for child in element.children:
            if child.attribute == in_turn:
                continue  # one list, several element names: written once, in its own order
            in_turn = child.attribute
            found = getattr(value, child.attribute)
            for part in found if child.occurs is Occurs.MANY else (found,):
                if part is None or part is False:
                    continue
                parent = node
                if child.within is not None:
                    if wrapper is None or etree.QName(wrapper).localname != child.within:
                        wrapper = _add(node, child.page, child.within)
                    parent = wrapper
                self._child(element, child, part, parent, stated, depth)

    def _child(
        self, element: Element, child: Child, part: Any, parent: etree._Element, stated: str | None, depth: int
    ) -> None:
        if child.kind is Kind.ELEMENT and type(part) is element.others:
            _other(parent, part)
            return
        if child.kind is Kind.ELEMENT:
            inner = self._grammar.of[type(part)]
            self.element(inner, part, _add(parent, inner.page, inner.name), stated, depth + 1)
            return
        node = _add(parent, child.page, child.name)
        match child.kind:
            case Kind.TEXT:
                _set_text(node, child.name, part)
            case Kind.WORD:
                if part not in child.words:
                    raise EncodeError(f"{child.name} cannot be {part!r}; it is one of {', '.join(child.words)}")
                _add(node, child.page, part)
            case Kind.DATA if isinstance(part, bytes):
                if stated not in element.base64:
                    raise EncodeError(
                        f"{child.name} of {element.name} holds octets and its Format is {stated or 'not given'}; "
                        f"in XML, octets need the Format {' or '.join(sorted(element.base64))}"
                    )
                node.text = b64encode(part).decode()
            case Kind.DATA if child.model is not None and isinstance(part, child.model):
                inner = self._grammar.of[child.model]
                self.element(inner, part, _add(node, inner.page, inner.name), None, depth + 2)
            case Kind.DATA:
                # A carriage return in a CDATA section would be read as a line feed (XML 1.0 §2.11).
                wanted = "<" in part or isinstance(part, Cdata)
                markup = wanted and "]]>" not in part and "\r" not in part
                _set_text(node, child.name, part, markup=markup)


def _other(parent: etree._Element, whole: Any) -> None:
    """Write what stands for an element without a place in the grammar: its name and its CmdID."""
    try:
        node = _add(parent, 0, whole.name)
    except ValueError:
        raise EncodeError(f"{whole.name!r} is no name of an element in XML") from None
    if whole.cmd_id:
        _set_text(_add(node, 0, NUMBER), NUMBER, whole.cmd_id)


def _stated_format(element: Element, value: Any, inherited: str | None) -> str | None:
    """The Format that holds for an element's octets: its own Meta's, else its command's (RepPro §7.4)."""
    if element.format_in is None:
        return None
    described_by = getattr(value, element.format_in)
    return getattr(described_by, "format", None) or inherited


def _set_text(node: etree._Element, name: str, text: str, *, markup: bool = False) -> None:
    try:
        node.text = etree.CDATA(text) if markup else text
    except (ValueError, TypeError):
        raise EncodeError(
            f"{name} cannot be written in XML: {text[:40]!r} has a character that XML does not allow",
            hint="send it in WBXML, or as octets with Format b64",
        ) from None
