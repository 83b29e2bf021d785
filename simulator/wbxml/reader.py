"""Reading WBXML into typed objects, by functions made from a grammar.

Decoding is the hot path of a fleet, and a loop that looks every element up in a table takes twice as long as
code that was written for it. So the code is written from the table, once, at import: one function for each
element that holds elements, such as (shortened)::

    def read_Target(doc, pos, page):
        buf = doc.buf
        find = doc.find
        loc_uri = loc_name = None
        try:
            tag = buf[pos] | page; pos += 1
            while True:
                before = pos
                if tag == 0x57 and loc_uri is None:
                    if buf[pos] == STR_I and buf[(end := find(0, pos)) + 1] == END:
                        loc_uri = decode(buf[pos + 1:end]); pos = end + 2
                    else:
                        loc_uri, pos, page = doc.text(pos, page, 'LocURI')
                    tag = buf[pos] | page; pos += 1
                ...the same for LocName...
                if tag & 255 == END:
                    break
                if pos == before:
                    ...elements in unusual form, page switches, extensions...
                    tag = buf[pos] | page; pos += 1
        except (CodecError, IndexError, ValueError) as error:
            raise doc.damaged(error, pos, Target, locals()) from None
        return object, pos, page

Children are tried in the DTD's order, so a document that keeps to it takes one comparison a child; one that does
not goes round the loop again. A tag is compared together with its code page (times 256). What is not usual is
`Document`'s business. `source` shows what was made.
"""

from __future__ import annotations

from functools import partial
from textwrap import indent
from typing import Any, cast

from simulator.codes.wbxml import CONTENT, END, STR_I, SWITCH_PAGE, TOKENS
from simulator.errors import CodecError
from simulator.grammar import Child, Element, Grammar, Kind, Occurs
from simulator.wbxml import header
from simulator.wbxml.document import Document, Read


class Reader:
    """Reads documents of one grammar."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._root_tag = grammar.root.page << 8 | CONTENT | TOKENS[grammar.root.page][grammar.root.name]
        self._read_root = _readers(grammar)[grammar.root.model]

    def read(self, data: bytes) -> tuple[Any, int]:
        """The object that a document stands for, and the document's length in bytes. Raises `CodecError`."""
        head, pos = header.read(data)
        doc = Document(data, head.strings, self._grammar)
        page = 0
        while data[pos : pos + 1] == bytes([SWITCH_PAGE]) and pos + 1 < len(data):
            page, pos = data[pos + 1] << 8, pos + 2
        if pos >= len(data):
            raise CodecError(f"the document ends before {self._grammar.root.name}", offset=pos)
        if page | data[pos] != self._root_tag:
            found = doc.shown(data[pos], page)
            raise CodecError(
                f"the document's element is {found}; expected {self._grammar.root.name}",
                offset=pos,
                hint=f"its header says: {head.document}",
            )
        value, pos, _ = self._read_root(doc, pos + 1, page)
        return value, pos


def _readers(grammar: Grammar) -> dict[type, Read]:
    """Functions that read the content of each of a grammar's elements."""
    space: dict[str, Any] = {
        "CodecError": CodecError,
        "decode": partial(str, encoding="utf-8"),
        "new": object.__new__,
    }
    for element in grammar.elements:
        space[element.name] = element
        space[f"make_{element.name}"] = element.model
    exec(compile(source(grammar), f"<WBXML reader of {grammar.root.name}>", "exec"), space)
    for element in grammar.elements:
        for attribute, children in _lists_of_many_names(element).items():
            space[f"{element.name}_{attribute}"].update(
                {_tag(child) | CONTENT: space[f"read_{child.name}"] for child in children}
            )
    return {element.model: cast(Read, space[f"read_{element.name}"]) for element in grammar.elements}


def source(grammar: Grammar) -> str:
    """The Python source of a grammar's functions."""
    return "\n".join(_function(grammar, element) for element in grammar.elements)


def _function(grammar: Grammar, element: Element) -> str:
    mixed = _lists_of_many_names(element)
    children = [child for child in element.children if child.attribute not in mixed]
    lists = {child.attribute for child in element.children if child.occurs is Occurs.MANY}
    tables = "".join(f"{element.name}_{attribute} = {{}}\n" for attribute in mixed)
    at_end = f"if inside:\n    inside = False\n{NEXT}    continue\nbreak" if element.wrappers else "break"
    recursive = _reaches(grammar, element, element)
    return f"""
{tables}
def read_{element.name}(doc, pos, page):
    buf = doc.buf
    find = doc.find
{indent(_initial_values(element), "    ")}
    try:
        {"doc.enter(pos)" if recursive else ""}
        tag = buf[pos] | page; pos += 1
        while True:
            before = pos
{indent("".join(_list_of_many_names(element, attribute) for attribute in mixed), " " * 12)}
{indent("".join(_usual(grammar, child) for child in children), " " * 12)}
            if tag & 255 == {END}:
{indent(at_end, " " * 16)}
            if pos == before:
                if False: pass
{indent("".join(_unusual(child) for child in element.children), " " * 16)}
{indent("".join(_wrapper(element, name) for name in element.wrappers), " " * 16)}
                else: pos, page = doc.unusual(tag, pos, page, {element.name})
                tag = buf[pos] | page; pos += 1
{indent("".join(_required(element, child) for child in element.children if child.attribute not in lists), " " * 8)}
        {"doc.depth -= 1" if recursive else ""}
    except (CodecError, IndexError, ValueError) as error:
        raise doc.damaged(error, pos, {element.name}, locals()) from None
    made = new(make_{element.name})
{indent("".join(f"made.{a} = {a}" + chr(10) for a in _attributes(element)), "    ")}
    return made, pos, page
"""


def _tag(child: Child) -> int:
    return child.page << 8 | child.token


def _attributes(element: Element) -> list[str]:
    return list(dict.fromkeys(child.attribute for child in element.children))


def _initial_values(element: Element) -> str:
    lines = ["inside = False"] if element.wrappers else []
    for child in element.children:
        value = "[]" if child.occurs is Occurs.MANY else "False" if child.kind is Kind.FLAG else "None"
        lines.append(f"{child.attribute} = {value}")
    return "\n".join(dict.fromkeys(lines))


NEXT = "    tag = buf[pos] | page; pos += 1\n"


def _usual(grammar: Grammar, child: Child) -> str:
    """Code for a child in its usual form."""
    tag, name, a = _tag(child) | CONTENT, child.name, child.attribute
    if child.kind is Kind.FLAG:
        return f"if tag == {_tag(child)}:\n    {a} = True\n{NEXT}"
    # no element has a child whose attribute is called `each`
    value = "each" if child.occurs is Occurs.MANY else a
    store = f"    {a}.append(each)\n" if child.occurs is Occurs.MANY else ""
    test = f"while tag == {tag}:" if child.occurs is Occurs.MANY else f"if tag == {tag} and {a} is None:"
    if child.kind is Kind.ELEMENT:
        code = f"    {value}, pos, page = read_{name}(doc, pos, page)\n"
    elif child.kind is Kind.WORD:
        code = f"    {value}, pos, page = doc.word(pos, page, {_row(grammar, child)})\n"
    else:
        rest = f"doc.text(pos, page, {name!r})"
        if child.kind is Kind.DATA:
            tree = ""
            if child.model is not None:
                inner = grammar.of[child.model]
                tree = f", ({inner.page << 8 | CONTENT | TOKENS[inner.page][inner.name]}, read_{inner.name})"
            rest = f"doc.data(pos, page, {name!r}{tree})"
        code = (
            f"    if buf[pos] == {STR_I} and buf[(end := find(0, pos)) + 1] == {END}:\n"
            f"        {value} = decode(buf[pos + 1:end]); pos = end + 2\n"
            f"    else:\n"
            f"        {value}, pos, page = {rest}\n"
        )
    return f"{test}\n{code}{store}{NEXT}"


def _row(grammar: Grammar, child: Child) -> str:
    """An expression for a child's row of the table."""
    owner = next(element for element in grammar.elements if child in element.children)
    return f"{owner.name}.by_name[{child.name!r}]"


def _unusual(child: Child) -> str:
    """Code for the other form of a child: without content where it usually has some, and the other way round."""
    a = child.attribute
    if child.kind is Kind.FLAG:
        test = f"elif tag == {_tag(child) | CONTENT}:"
        return f"{test} {a} = True; pos, page = doc.nothing(pos, page, {child.name!r})\n"
    empty = f"{child.name}.build({{}})" if child.kind is Kind.ELEMENT else "''"
    if child.kind is Kind.WORD:
        return ""
    if child.occurs is Occurs.MANY:
        return f"elif tag == {_tag(child)}: {a}.append({empty})\n"
    return f"elif tag == {_tag(child)} and {a} is None: {a} = {empty}\n"


def _wrapper(element: Element, name: str) -> str:
    """Code for an element that stands around children and means nothing: it opens, and its END is passed over."""
    page = next(child.page for child in element.children)
    tag = page << 8 | TOKENS[page][name]
    return f"elif tag == {tag}: pass\nelif tag == {tag | CONTENT} and not inside: inside = True\n"


def _lists_of_many_names(element: Element) -> dict[str, list[Child]]:
    """Children that share one list (the commands of a SyncBody), by attribute."""
    attributes = [child.attribute for child in element.children]
    return {
        attribute: [child for child in element.children if child.attribute == attribute]
        for attribute in dict.fromkeys(attributes)
        if attributes.count(attribute) > 1
    }


def _list_of_many_names(element: Element, attribute: str) -> str:
    return (
        f"while read := {element.name}_{attribute}.get(tag):\n"
        f"    each, pos, page = read(doc, pos, page)\n"
        f"    {attribute}.append(each)\n{NEXT}"
    )


def _required(element: Element, child: Child) -> str:
    """Code for a child that must be there: its default, or an error."""
    if child.occurs is not Occurs.ONE:
        return ""
    a = child.attribute
    return f"if {a} is None: {a} = {element.name}.absent({element.name}.by_name[{child.name!r}])\n"


def _reaches(grammar: Grammar, start: Element, goal: Element) -> bool:
    """Whether ``start`` may hold ``goal``, at any depth."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for child in waiting.pop().children:
            if child.model is None or child.name in seen:
                continue
            inner = grammar.of[child.model]
            if inner is goal:
                return True
            seen.add(child.name)
            waiting.append(inner)
    return False
