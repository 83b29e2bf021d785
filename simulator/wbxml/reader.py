"""Reading WBXML into typed objects, by functions made from a grammar.

Decoding is the hot path of a fleet, so the code is written from the table, once, at import: one function for each
element that holds elements, such as (shortened)::

    def read_Item(doc, pos):
        buf, chars = doc.buf, doc.chars
        target = source = meta = data = None
        try:
            tag = buf[pos]; pos += 1
            while True:
                before = pos
                if tag == 0x6E and target is None:
                    target, pos = read_Target(doc, pos)
                    tag = buf[pos]; pos += 1
                    if doc.page != 0:
                        ...go back to page 0, or set FOREIGN in tag...
                if tag == 0x4F and data is None:
                    if buf[pos] == STR_I and buf[(end := buf.index(0, pos)) + 1] == END:
                        data = chars[pos + 1:end]
                        if not data.isascii(): data = buf[pos + 1:end].decode()
                        tag = buf[end + 2]; pos = end + 3
                    else:
                        data, pos = doc.data(pos, 'Data', ...)
                        tag, pos = doc.next(pos, 0)
                if tag & 255 == END:
                    break
                if pos == before:
                    ...what is rare: children hardly ever sent, unusual forms, page switches, extensions...
                    tag, pos = doc.next(pos, 0)
        except (CodecError, IndexError, ValueError) as error:
            raise doc.damaged(error, pos, Item, locals()) from None
        ...make the object...
        return made, pos

Children are tried in the DTD's order, so a document that keeps to it takes one comparison a child; one that does
not goes round the loop again. What is not usual is `Document`'s business. `source` shows what was made.
"""

from __future__ import annotations

from textwrap import indent
from typing import Any, cast

from simulator.codes.wbxml import CONTENT, END, OPAQUE, STR_I, SWITCH_PAGE, TOKENS
from simulator.errors import CodecError
from simulator.grammar import Child, Element, Grammar, Kind, Occurs
from simulator.wbxml import header
from simulator.wbxml.document import FOREIGN, Document, Read


class Reader:
    """Reads documents of one grammar."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._root = grammar.root.page, _tag(grammar.root)
        self._read_root = _functions(grammar)

    def read(self, data: bytes) -> tuple[Any, int]:
        """The object that a document stands for, and the document's length in bytes. Raises `CodecError`."""
        head, pos = header.read(data)
        doc = Document(data, head.strings, self._grammar)
        while data[pos : pos + 1] == bytes([SWITCH_PAGE]) and pos + 1 < len(data):
            doc.page, pos = data[pos + 1], pos + 2
        if pos >= len(data):
            raise CodecError(f"the document ends before {self._grammar.root.name}", offset=pos)
        if (doc.page, data[pos]) != self._root:
            raise CodecError(
                f"the document's element is {doc.shown(data[pos])}; expected {self._grammar.root.name}",
                offset=pos,
                hint=f"its header says: {head.document}",
            )
        return self._read_root(doc, pos + 1)

    def read_whole(self, data: bytes) -> Any:
        """The object of a document that fills ``data``. Raises `CodecError`."""
        made, length = self.read(data)
        if length < len(data):
            raise CodecError(f"{len(data) - length} bytes follow the document's end", offset=length, partial=made)
        return made


def _tag(element: Element) -> int:
    return TOKENS[element.page][element.name] | CONTENT


def _functions(grammar: Grammar) -> Read:
    """Compile a grammar's functions; the root's."""
    space: dict[str, Any] = {"CodecError": CodecError, "new": object.__new__, "JUST_END": bytes([END])}
    for element in grammar.elements:
        space[element.name] = element
        space[f"{element.name}_class"] = element.model
        space[f"{element.name}_readers"] = {}
    exec(compile(source(grammar), f"<WBXML reader of {grammar.root.name}>", "exec"), space)
    for element in grammar.elements:
        readers = {child.token | CONTENT: space[f"read_{child.name}"] for child in _sharing_a_list(element)}
        space[f"{element.name}_readers"].update(readers)
    return cast(Read, space[f"read_{grammar.root.name}"])


def source(grammar: Grammar) -> str:
    """The Python source of a grammar's functions."""
    return "\n".join(_function(grammar, element) for element in grammar.elements)


def _function(grammar: Grammar, element: Element) -> str:
    page = element.children[0].page
    shared = _sharing_a_list(element)
    usual = [
        _usual(grammar, element, child) for child in element.children if not child.rare and child not in shared
    ]
    rare = [_rare(grammar, element, child) for child in element.children]
    rare += [_wrapper(TOKENS[page][name]) for name in element.wrappers]
    unusual = f"doc.unusual(tag, pos, {', '.join([element.name, *([element.shared] if shared else [])])})"
    recursive = grammar.holds_itself(element)
    attributes = dict.fromkeys(child.attribute for child in element.children)
    return f"""
def read_{element.name}(doc, pos):
    buf, chars = doc.buf, doc.chars
{indent("".join(map(_initial, element.children)), " " * 4)}
    {"inside = False" if element.wrappers else ""}
    try:
        {"doc.enter(pos)" if recursive else ""}
        tag = buf[pos]; pos += 1
{indent(_turn_to(page) if page != element.page else "", " " * 8)}
        while True:
            before = pos
{indent(_shared(element) if shared else "", " " * 12)}
{indent("".join(usual), " " * 12)}
            if tag & 255 == {END}:
{indent(_leave_wrapper(page) if element.wrappers else "", " " * 16)}
                break
            if pos == before:
                if tag >= {FOREIGN}: pos = {unusual}
{indent("".join(rare), " " * 16)}
                else: pos = {unusual}
                tag, pos = doc.next(pos, {page})
{indent("".join(_required(element, child) for child in element.children), " " * 8)}
        {"doc.depth -= 1" if recursive else ""}
    except (CodecError, IndexError, ValueError) as error:
        raise doc.damaged(error, pos, {element.name}, locals()) from None
    made = new({element.name}_class)
{indent("".join(f"made.{name} = {name}" + chr(10) for name in attributes), " " * 4)}
    return made, pos
"""


def _initial(child: Child) -> str:
    value = "[]" if child.occurs is Occurs.MANY else "False" if child.kind is Kind.FLAG else "None"
    return f"{child.attribute} = {value}\n"


def _required(element: Element, child: Child) -> str:
    """Code for a child that must be there and is not: its default, or an error."""
    if child.occurs is not Occurs.ONE:
        return ""
    a = child.attribute
    return f"if {a} is None: {a} = {element.name}.absent({_row(element, child)})\n"


def _usual(grammar: Grammar, element: Element, child: Child) -> str:
    """Code for a child in its usual form."""
    a, tag = child.attribute, child.token | CONTENT
    if child.kind is Kind.FLAG:
        return f"if tag == {child.token}:\n    {a} = True; tag = buf[pos]; pos += 1\n"
    # No model has an attribute called `each`.
    value, store = (a, "") if child.occurs is not Occurs.MANY else ("each", f"    {a}.append(each)\n")
    test = f"if tag == {tag} and {a} is None:\n" if child.occurs is not Occurs.MANY else f"while tag == {tag}:\n"
    slowly = f"{value}, pos = {_content(grammar, element, child)}"
    if child.kind is Kind.ELEMENT:
        return f"{test}    {slowly}\n{store}    tag = buf[pos]; pos += 1\n{indent(_turn_to(child.page), ' ' * 4)}"
    if child.kind is Kind.WORD:
        return f"{test}    {slowly}\n{store}    tag, pos = doc.next(pos, {child.page})\n"
    octets = (
        f"    elif buf[pos] == {OPAQUE} and (length := buf[pos + 1]) < 128"
        f" and buf[(end := pos + 2 + length):end + 1] == JUST_END:\n"
        f"        {value} = buf[pos + 2:end]\n"
        f"        tag = buf[end + 1]; pos = end + 2\n"
    )
    return (
        f"{test}"
        f"    if buf[pos] == {STR_I} and buf[(end := buf.index(0, pos)) + 1] == {END}:\n"
        f"        {value} = chars[pos + 1:end]\n"
        f"        if not {value}.isascii(): {value} = buf[pos + 1:end].decode()\n"
        f"        tag = buf[end + 2]; pos = end + 3\n"
        f"{octets if child.kind is Kind.DATA else ''}"
        f"    else:\n"
        f"        {slowly}\n"
        f"        tag, pos = doc.next(pos, {child.page})\n"
        f"{store}"
    )


def _rare(grammar: Grammar, element: Element, child: Child) -> str:
    """Code for a child that is hardly ever sent, and for the other form of every child: without content where it
    usually has some, and the other way round."""
    a, empty, full = child.attribute, child.token, child.token | CONTENT
    if child.kind is Kind.FLAG:
        code = f"elif tag == {empty}: {a} = True\n" if child.rare else ""
        return f"{code}elif tag == {full}: {a} = True; pos = doc.nothing(pos, {child.name!r})\n"
    many = child.occurs is Occurs.MANY
    first = "" if many else f" and {a} is None"
    code = ""
    if child.rare:
        content = _content(grammar, element, child)
        store = f"each, pos = {content}; {a}.append(each)" if many else f"{a}, pos = {content}"
        code = f"elif tag == {full}{first}: {store}\n"
    if child.kind is Kind.WORD:
        return code
    nothing = f"{child.name}.build({{}})" if child.kind is Kind.ELEMENT else "''"
    return f"{code}elif tag == {empty}{first}: {f'{a}.append({nothing})' if many else f'{a} = {nothing}'}\n"


def _content(grammar: Grammar, element: Element, child: Child) -> str:
    """An expression that reads a child's content in whatever form: (value, position)."""
    if child.kind is Kind.ELEMENT:
        return f"read_{child.name}(doc, pos)"
    if child.kind is Kind.WORD:
        return f"doc.word(pos, {_row(element, child)})"
    if child.kind is Kind.TEXT:
        return f"doc.text(pos, {child.name!r})"
    if child.model is None:
        return f"doc.data(pos, {child.name!r})"
    tree = grammar.of[child.model]
    return f"doc.data(pos, {child.name!r}, ({tree.page}, {_tag(tree)}, read_{tree.name}))"


def _row(element: Element, child: Child) -> str:
    """An expression for a child's row of the table."""
    return f"{element.name}.by_name[{child.name!r}]"


def _turn_to(page: int) -> str:
    """Code for after a tag, where the current page may be another one: switch back, or mark the tag."""
    return (
        f"if doc.page != {page}:\n"
        f"    if tag == {SWITCH_PAGE} and buf[pos] == {page}: doc.page = {page}; tag = buf[pos + 1]; pos += 2\n"
        f"    else: tag |= {FOREIGN}\n"
    )


def _wrapper(token: int) -> str:
    """Code for an element that stands around children and means nothing itself."""
    return f"elif tag == {token}: pass\nelif tag == {token | CONTENT} and not inside: inside = True\n"


def _leave_wrapper(page: int) -> str:
    return f"if inside:\n    inside = False\n    tag, pos = doc.next(pos, {page})\n    continue\n"


def _sharing_a_list(element: Element) -> list[Child]:
    """Children of several names that go into one list: the commands of a SyncBody."""
    return [child for child in element.children if child.attribute == element.shared]


def _shared(element: Element) -> str:
    child = _sharing_a_list(element)[0]
    return (
        f"while read := {element.name}_readers.get(tag):\n"
        f"    each, pos = read(doc, pos)\n"
        f"    {child.attribute}.append(each)\n"
        f"    tag = buf[pos]; pos += 1\n{indent(_turn_to(child.page), ' ' * 4)}"
    )
