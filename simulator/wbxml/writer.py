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

The document is put together as one str of characters below 256, each of which becomes one byte: text in ASCII,
which most is, goes in without being encoded piece by piece. A code page is switched when the next element needs
it, not before: END is the same on every page (libwbxml does the same, which makes its bytes comparable).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from textwrap import indent
from typing import Any

from simulator.codes.wbxml import CONTENT, END, OPAQUE, STR_I, SWITCH_PAGE, TOKENS
from simulator.errors import EncodeError
from simulator.grammar import NESTING_LIMIT, NUMBER, Child, Element, Grammar, Kind, Occurs
from simulator.wbxml import header, integer
from simulator.wbxml.header import Header

Write = Callable[[Callable[[str], None], Any, int, int], int]
"""Writes an element: (takes the pieces, object, current page, depth) to the page that is current then."""


class Writer:
    """Writes documents of one grammar, all with the same header."""

    def __init__(self, grammar: Grammar, head: Header) -> None:
        self._header = header.write(head)
        self._write_root = _functions(grammar)

    def write(self, value: Any) -> bytes:
        """The document that stands for an object. Raises `EncodeError`."""
        pieces: list[str] = []
        self._write_root(pieces.append, value, 0, 1)
        return self._header + "".join(pieces).encode("latin-1")


def _functions(grammar: Grammar) -> Write:
    """Compile a grammar's functions; the root's."""
    space: dict[str, Any] = {"content": _content, "length": _length, "word": _word, "too_deep": _too_deep}
    space |= {element.name: element for element in grammar.elements}
    exec(compile(source(grammar), f"<WBXML writer of {grammar.root.name}>", "exec"), space)
    space["writers"] = {element.model: space[f"write_{element.name}"] for element in grammar.elements}
    space["writers"] |= {element.others: _other for element in grammar.elements if element.others is not None}
    write: Write = space["writers"][grammar.root.model]
    return write


def _content(tag: str, text: str) -> str:
    """An element with any text: empty, an inline string, or OPAQUE. ``tag`` has the content bit."""
    if not text:
        return chr(ord(tag) & ~CONTENT)
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        raise EncodeError(f"{text[:40]!r} has half a surrogate pair, which is no character") from None
    if 0 not in octets:
        return f"{tag}\3{octets.decode('latin-1')}\0\1"
    return f"{tag}\xc3{_length(len(octets))}{octets.decode('latin-1')}\1"


def _other(out: Callable[[str], None], whole: Any, page: int, depth: int) -> int:
    """Write what stands for an element without a place in the grammar: its name and its CmdID."""
    token = TOKENS[0].get(whole.name)
    if token is None:
        raise EncodeError(f"SyncML has no token for {whole.name}", hint="only XML can say it")
    if page != 0:
        out(f"{chr(SWITCH_PAGE)}\0")
    number = whole.cmd_id and _content(chr(TOKENS[0][NUMBER] | CONTENT), whole.cmd_id)
    out(f"{chr(token | CONTENT)}{number}{chr(END)}" if number else chr(token))
    return 0


@lru_cache(maxsize=1024)
def _length(length: int) -> str:
    return integer.write(length).decode("latin-1")


def _word(child: Child, value: str) -> str:
    if value not in child.words:
        raise EncodeError(f"{child.name} cannot be {value!r}; it is one of {', '.join(child.words)}")
    return f"{chr(child.token | CONTENT)}{chr(TOKENS[child.page][value])}\1"


def _too_deep(name: str) -> None:
    raise EncodeError(f"{name} is nested deeper than {NESTING_LIMIT} elements")


def source(grammar: Grammar) -> str:
    """The Python source of a grammar's functions."""
    return "\n".join(_function(grammar, element) for element in grammar.elements)


def _function(grammar: Grammar, element: Element) -> str:
    token = TOKENS[element.page][element.name]
    page = element.children[0].page
    # Children that share a list (commands) are written where the first of them stands.
    children = list({child.attribute: child for child in reversed(element.children)}.values())[::-1]
    code = [f"if depth > {NESTING_LIMIT}: too_deep({element.name!r})", _switch(element.page)]
    code += [f"{child.attribute} = whole.{child.attribute}" for child in children]
    if not any(child.occurs is Occurs.ONE for child in children):
        present = " or ".join(map(_is_there, children))
        code.append(f"if not ({present}): out({_literal(token)}); return page")
    opened = _escape(token | CONTENT) + (_escape(SWITCH_PAGE, page) if page != element.page else "")
    if page != element.page:
        code.append(f"page = {page}")
    if not (children[0].occurs is Occurs.ONE and children[0].kind is Kind.TEXT):
        code.append(f'out("{opened}")')
        opened = ""
    open_wrapper, steady = None, True
    for child in children:
        if child.within != open_wrapper:
            code += _wrappers(element, open_wrapper, child.within)
            open_wrapper = child.within
        code.append(_child(grammar, element, child, opened, "" if steady else _switch(child.page) + "\n"))
        opened = ""
        steady = steady and not _may_leave_page(grammar, child)
    code += [*_wrappers(element, open_wrapper, None), f"out({_literal(END)})", "return page"]
    return f"def write_{element.name}(out, whole, page, depth):\n{indent(chr(10).join(code), '    ')}\n"


def _escape(*codes: int) -> str:
    """Characters with these codes, as they stand in a literal in double quotes."""
    return "".join(f"\\x{code:02x}" for code in codes)


def _literal(*codes: int) -> str:
    return f'"{_escape(*codes)}"'


def _switch(page: int) -> str:
    """Code that makes a page the current one."""
    return f"if page != {page}: out({_literal(SWITCH_PAGE, page)}); page = {page}"


def _is_there(child: Child) -> str:
    """An expression that tells whether a child is there; an empty str or octets is."""
    always = child.occurs is Occurs.MANY or child.kind is Kind.FLAG
    return child.attribute if always else f"{child.attribute} is not None"


def _may_leave_page(grammar: Grammar, child: Child) -> bool:
    """Whether another page may be the current one after this child."""
    if child.model is None:
        return False
    inner = grammar.of[child.model]
    return any(part.page != child.page for element in (inner, *grammar.inside(inner)) for part in element.children)


def _wrappers(element: Element, closing: str | None, opening: str | None) -> list[str]:
    """Code that ends one wrapper and begins another, where any child in it is there."""
    code = []
    for name, is_opening in ((closing, False), (opening, True)):
        if name is not None:
            inside = [child for child in element.children if child.within == name]
            token = TOKENS[inside[0].page][name] | CONTENT if is_opening else END
            code.append(f"if {' or '.join(map(_is_there, inside))}: out({_literal(token)})")
    return code


def _child(grammar: Grammar, element: Element, child: Child, opened: str, switch: str) -> str:
    """Code for a child: ``opened`` is its parent's tag, if that is not written yet; ``switch`` is code that comes
    first, where another page may be the current one."""
    a = child.attribute
    if child.kind is Kind.FLAG:
        return f"if {a}:\n{indent(f'{switch}out({_literal(child.token)})', '    ')}"
    value = "part" if child.occurs is Occurs.MANY else a
    if child.kind is Kind.ELEMENT:
        write = f"writers[type({value})]" if a == element.shared else f"write_{child.name}"
        code = f"page = {write}(out, {value}, page, depth + 1)"
    elif child.kind is Kind.WORD:
        code = f"{switch}out(word({element.name}.by_name[{child.name!r}], {value}))"
    else:
        code = switch + _text(grammar, child, value, opened)
    if child.occurs is Occurs.MANY:
        return f"for part in {a}:\n{indent(code, '    ')}"
    if child.occurs is Occurs.OPTIONAL:
        return f"if {a} is not None:\n{indent(code, '    ')}"
    return code


def _text(grammar: Grammar, child: Child, value: str, opened: str) -> str:
    """Code for a child with text or octets: the common forms in place, the others by a call."""
    tag = child.token | CONTENT
    string, octets, end = _escape(tag, STR_I), _escape(tag, OPAQUE), _escape(END)
    plain = f'{value} and {value}.isascii() and "\\0" not in {value}'
    other = f'else: out("{opened}" + content({_literal(tag)}, {value}))'
    if child.kind is Kind.TEXT:
        return f'if {plain}: out(f"{opened}{string}{{{value}}}\\0{end}")\n{other}'
    code = [
        f'if type({value}) is str and {plain}: out(f"{opened}{string}{{{value}}}\\0{end}")',
        f"elif type({value}) is bytes:",
        f"    out(f\"{opened}{octets}{{length(len({value}))}}{{{value}.decode('latin-1')}}{end}\")",
    ]
    if child.model is not None:
        tree = grammar.of[child.model]
        code += [
            f"elif type({value}) is {tree.name}.model:",
            f'    out("{opened}{_escape(tag)}")',
            f"    page = write_{tree.name}(out, {value}, page, depth + 2)",
            f'    out("{end}")',
        ]
    return "\n".join([*code, other])
