"""Writing typed objects as WBXML, by functions made from a grammar.

As with reading, the code is written from the table once, at import; one function for each element that holds
elements, such as (shortened)::

    def write_Item(out, whole, page, depth):
        ...
        if page != 0: out(SWITCH_TO_0); page = 0
        out("\\x54")
        if target is not None: page = write_Target(out, target, page, depth + 1)
        if meta is not None: page = write_Meta(out, meta, page, depth + 1)
        if data is not None:
            if page != 0: out(SWITCH_TO_0); page = 0
            if type(data) is str and data and data.isascii() and "\\0" not in data: out(f"\\x4f\\3{data}\\0\\1")
            else: out(content("\\x4f", data))
        out("\\1")
        return page

The document is put together as one str of characters below 256, each of which becomes one byte: joining text is
twice as fast as joining bytes. A code page is switched when the next element needs it, not before: END is the same
on every page (so do other encoders, and so are the standard's examples).
"""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from typing import Any

from simulator.codes.wbxml import CONTENT, END, SWITCH_PAGE, TOKENS
from simulator.errors import EncodeError
from simulator.grammar import NESTING_LIMIT, Child, Element, Grammar, Kind, Occurs
from simulator.wbxml import header, integer
from simulator.wbxml.header import Header

Write = Callable[[Callable[[str], None], Any, int, int], int]
"""Writes an element: (takes the pieces, object, current page, depth) to the page that is current then."""


class Writer:
    """Writes documents of one grammar, all with the same header."""

    def __init__(self, grammar: Grammar, head: Header) -> None:
        self._header = header.write(head)
        self._write_root = _writer(grammar)

    def write(self, value: Any) -> bytes:
        """The document that stands for an object. Raises `EncodeError`."""
        pieces: list[str] = []
        self._write_root(pieces.append, value, 0, 1)
        return self._header + "".join(pieces).encode("latin-1")


def _content(tag: str, value: str | bytes) -> str:
    """An element with any text or octets: empty, an inline string, or OPAQUE. ``tag`` has the content bit."""
    if isinstance(value, str):
        if not value:
            return chr(ord(tag) & ~CONTENT)
        try:
            octets = value.encode()
        except UnicodeEncodeError:
            raise EncodeError(f"{value[:40]!r} has half a surrogate pair, which is no character") from None
        if 0 not in octets:
            return f"{tag}\3{octets.decode('latin-1')}\0\1"
    else:
        octets = value
    return f"{tag}\xc3{integer.write(len(octets)).decode('latin-1')}{octets.decode('latin-1')}\1"


def _word(child: Child, value: str) -> str:
    if value not in child.words:
        raise EncodeError(f"{child.name} cannot be {value!r}; it is one of {', '.join(child.words)}")
    return f"{chr(child.token | CONTENT)}{chr(TOKENS[child.page][value])}\1"


def _too_deep(name: str) -> None:
    raise EncodeError(f"{name} is nested deeper than {NESTING_LIMIT} elements")


def _writer(grammar: Grammar) -> Write:
    space: dict[str, Any] = {"content": _content, "word": _word, "too_deep": _too_deep}
    space |= {element.name: element for element in grammar.elements}
    exec(compile(source(grammar), f"<WBXML writer of {grammar.root.name}>", "exec"), space)
    space["writers"] = {element.model: space[f"write_{element.name}"] for element in grammar.elements}
    write: Write = space["writers"][grammar.root.model]
    return write


def source(grammar: Grammar) -> str:
    """The Python source of a grammar's functions."""
    return "\n".join(_function(grammar, element) for element in grammar.elements)


def _function(grammar: Grammar, element: Element) -> str:
    token = TOKENS[element.page][element.name]
    inner = element.children[0].page
    rows = list({child.attribute: child for child in reversed(element.children)}.values())[::-1]
    code = [f"if depth > {NESTING_LIMIT}: too_deep({element.name!r})", _switch(element.page)]
    code += [f"{child.attribute} = whole.{child.attribute}" for child in rows]
    if not any(child.occurs is Occurs.ONE for child in element.children):
        present = " or ".join(child.attribute + _is_there(child) for child in rows)
        code.append(f"if not ({present}): out({_text(token)}); return page")
    if inner == element.page:
        code.append(f"out({_text(token | CONTENT)})")
    else:
        code.append(f"out({_text(token | CONTENT, SWITCH_PAGE, inner)}); page = {inner}")
    open_wrapper = None
    for child in rows:
        if child.within != open_wrapper:
            code += _wrappers(element, open_wrapper, child.within)
            open_wrapper = child.within
        code.append(_child(grammar, element, child))
    code += [*_wrappers(element, open_wrapper, None), f"out({_text(END)})", "return page"]
    body = indent("\n".join(code), "    ")
    return f"def write_{element.name}(out, whole, page, depth):\n{body}\n"


def _text(*codes: int) -> str:
    """A literal of characters with these codes."""
    return repr("".join(map(chr, codes)))


def _inside_f(code: int) -> str:
    """The same of one character, without its quotes, inside an f-string: the token of ZeroOrN is a brace."""
    return _text(code)[1:-1].replace("{", "{{").replace("}", "}}")


def _switch(page: int) -> str:
    return f"if page != {page}: out({_text(SWITCH_PAGE, page)}); page = {page}"


def _is_there(child: Child) -> str:
    """The test that tells a child that is there; an empty str or octets is."""
    return "" if child.occurs is Occurs.MANY or child.kind is Kind.FLAG else " is not None"


def _wrappers(element: Element, closing: str | None, opening: str | None) -> list[str]:
    """Code that ends one wrapper and begins another, where any child in it is there."""
    code = []
    for name, is_opening in ((closing, False), (opening, True)):
        if name is not None:
            inside = [child for child in element.children if child.within == name]
            present = " or ".join(child.attribute + _is_there(child) for child in inside)
            token = TOKENS[inside[0].page][name] | CONTENT if is_opening else END
            code.append(f"if {present}: out({_text(token)})")
    return code


def _child(grammar: Grammar, element: Element, child: Child) -> str:
    """Code for a child. Children that share a list (commands) are told apart by their class."""
    value, tag = child.attribute, child.token | CONTENT
    shared = sum(other.attribute == child.attribute for other in element.children) > 1
    if child.kind is Kind.FLAG:
        return f"if {value}:\n{indent(_switch(child.page), '    ')}\n    out({_text(child.token)})"
    if child.occurs is Occurs.MANY:
        value = "part"
    if child.kind is Kind.ELEMENT:
        write = f"writers[type({value})]" if shared else f"write_{child.name}"
        code = f"page = {write}(out, {value}, page, depth + 1)"
    elif child.kind is Kind.WORD:
        code = f"{_switch(child.page)}\nout(word({element.name}.by_name[{child.name!r}], {value}))"
    else:
        is_text, tree = "", ""
        if child.kind is Kind.DATA:
            is_text = f"type({value}) is str and "
        if child.model is not None:
            inner = grammar.of[child.model]
            tree = (
                f"elif type({value}) is {inner.name}.model:\n"
                f"    out({_text(tag)})\n"
                f"    page = write_{inner.name}(out, {value}, page, depth + 2)\n"
                f"    out({_text(END)})\n"
            )
        code = (
            f"{_switch(child.page)}\n"
            f'if {is_text}{value} and {value}.isascii() and "\\0" not in {value}: '
            f'out(f"{_inside_f(tag)}\\3{{{value}}}\\0\\1")\n'
            f"{tree}else: out(content({_text(tag)}, {value}))"
        )
    if child.occurs is Occurs.MANY:
        return f"for part in {child.attribute}:\n{indent(code, '    ')}"
    if child.occurs is Occurs.OPTIONAL:
        return f"if {value} is not None:\n{indent(code, '    ')}"
    return code
