"""A WBXML document being read: everything that is not the common case.

The functions that `simulator.wbxml.reader` makes read the common case themselves (an element in its usual form,
text as one inline string) and come here for the rest: text in other forms or several pieces, page switches,
extensions to pass over, and errors. Positions are offsets into `Document.buf`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.codes.wbxml import (
    ATTRIBUTES,
    CONTENT,
    END,
    ENTITY,
    FIRST_TAG,
    GLOBAL_NAMES,
    IDENTITY,
    LITERAL,
    OPAQUE,
    STR_I,
    STR_T,
    SWITCH_PAGE,
    TOKENS,
)
from simulator.errors import CodecError
from simulator.grammar import NESTING_LIMIT, NUMBER, Child, Element, Grammar, bounded, name_of
from simulator.wbxml import header, integer

Read = Callable[["Document", int], tuple[Any, int]]
"""Reads an element's content: (document, position) to (object, position after END)."""

CMD_ID = TOKENS[0][NUMBER] | CONTENT

FOREIGN = 0x100
"""Set in a tag that was read while the current page is not the one that its element's children are on."""


class Document:
    __slots__ = ("buf", "chars", "depth", "grammar", "page", "strings")

    def __init__(self, buf: bytes, strings: bytes, grammar: Grammar) -> None:
        self.buf = buf
        self.chars = buf.decode("latin-1")
        """The bytes as characters: text in ASCII can be cut out of it."""
        self.strings = strings
        self.grammar = grammar
        self.page = 0
        """The current code page."""
        self.depth = 0
        """How many elements that can hold themselves (Atomic, Sequence, Node) are open."""

    def next(self, pos: int, page: int) -> tuple[int, int]:
        """The tag at ``pos``, FOREIGN if the current page is not ``page``, and the position after it."""
        return self.buf[pos] | (0 if self.page == page else FOREIGN), pos + 1

    # Text and octets

    def text(self, pos: int, name: str) -> tuple[str, int]:
        """The content of a text element: any number of strings, entities and OPAQUEs, up to END."""
        value, pos = self._characters(pos, name)
        return self._as_text(value, pos, name), pos

    def data(self, pos: int, name: str, tree: tuple[int, int, Read] | None = None) -> tuple[Any, int]:
        """The content of a Data: a str, or octets if any of it is OPAQUE, or what ``tree`` reads.

        ``tree`` is the code page, the tag and the reader of an element that may stand in it in place.
        """
        if self.buf[pos] == OPAQUE:
            octets, end = self._piece(OPAQUE, pos + 1, name)
            if self.buf[end] == END:  # nothing else, as many encoders carry Data
                return octets, end + 1
        value, pos = self._characters(pos, name, None if tree is None else tree[:2])
        if tree is not None and self.buf[pos - 1] == tree[1]:
            if value.strip():
                raise CodecError(f"text before the document in {name}", offset=pos)
            value, pos = tree[2](self, pos)
            rest, pos = self.text(pos, name)
            if rest.strip():
                raise CodecError(f"text after the document in {name}", offset=pos, partial=value)
        return value, pos

    def word(self, pos: int, child: Child) -> tuple[str, int]:
        """The name of the one empty element that stands in ``child`` (``Format`` of a node)."""
        names: list[str] = []
        while (token := self.buf[pos]) != END:
            pos += 1
            if token == SWITCH_PAGE:
                self.page, pos = self.buf[pos], pos + 1
                continue
            names.append(name_of(self.page, token) or f"0x{token:02X}")
            if token & CONTENT:
                pos = self.nothing(pos, names[-1])
        if len(names) != 1 or names[0] not in child.words:
            found = " and ".join(names) or "nothing"
            raise CodecError(f"{child.name} holds {found}; expected one of {', '.join(child.words)}", offset=pos)
        return names[0], pos + 1

    def nothing(self, pos: int, name: str) -> int:
        """The content of an element that has none, written with the content bit and END: the position after it."""
        rest, pos = self.text(pos, name)
        if rest.strip():
            raise CodecError(f"{name} holds text and should be empty", offset=pos)
        return pos

    def _characters(self, pos: int, name: str, until: tuple[int, int] | None = None) -> tuple[str | bytes, int]:
        """Character data up to END, or to the tag ``until`` (page, tag); and the position after that.

        A str, or octets if any piece is octets.
        """
        pieces: list[str | bytes] = []
        while (token := self.buf[pos]) != END and (self.page, token) != until:
            if token == SWITCH_PAGE:
                self.page, pos = self.buf[pos + 1], pos + 2
            elif token in (STR_I, STR_T, ENTITY, OPAQUE):
                piece, pos = self._piece(token, pos + 1, name)
                pieces.append(piece)
            else:
                raise CodecError(f"{name} holds {self.shown(token)} where text was expected", offset=pos)
        if len(pieces) == 1:
            return pieces[0], pos + 1
        if bytes in map(type, pieces):
            return b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces), pos + 1
        return "".join(map(str, pieces)), pos + 1

    def _piece(self, token: int, pos: int, name: str) -> tuple[str | bytes, int]:
        """One piece of character data, from after its token."""
        buf = self.buf
        if token == STR_I:
            end = buf.find(0, pos)
            if end < 0:
                text = buf[pos:].decode("utf-8", "replace")
                raise CodecError(f"the string in {name} has no NUL at its end", offset=len(buf), partial=text)
            return self._as_text(buf[pos:end], pos, name), end + 1
        number, after = integer.read(buf, pos)
        if token == STR_T:
            return header.table_string(self.strings, number, offset=pos), after
        if token == ENTITY:
            if number > 0x10FFFF or 0xD800 <= number < 0xE000:
                raise CodecError(f"the entity {number} in {name} is no character", offset=pos)
            return chr(number), after
        octets = buf[after : after + number]
        if len(octets) < number:
            what = f"an OPAQUE of {number} bytes in {name} where {len(octets)} are left"
            raise CodecError(what, offset=pos, partial=octets)
        return octets, after + number

    def _as_text(self, piece: str | bytes, pos: int, name: str) -> str:
        try:
            return piece if isinstance(piece, str) else piece.decode()
        except UnicodeDecodeError:
            raise CodecError(f"the text in {name} is not UTF-8", offset=pos) from None

    # What stands between elements

    def unusual(self, tag: int, pos: int, parent: Element, found: list[Any] | None = None) -> int:
        """Deal with a tag that is none of ``parent``'s children: the position after it.

        Page switches, white space and extensions are passed over; where commands stand, what is none goes into
        ``found``, the list of them. Raises `CodecError` for everything else.
        """
        token = tag & 0xFF
        if token == SWITCH_PAGE:
            self.page = self.buf[pos]
            return pos + 1
        if token in (STR_I, STR_T, ENTITY, OPAQUE):
            at = pos
            piece, pos = self._piece(token, pos, parent.name)
            if piece.strip():
                raise CodecError(f"text in {parent.name}, which holds elements only", offset=at - 1)
            return pos
        literal = token & ~CONTENT == LITERAL
        name = None if literal else name_of(self.page, token)
        if (token & ATTRIBUTES or token & IDENTITY < FIRST_TAG) and not literal:
            raise CodecError(f"{self.shown(token)} in {parent.name}: DM does not use it", offset=pos - 1)
        if found is not None and parent.others is not None and parent.takes_another(name):
            if literal:
                name = header.table_string(self.strings, integer.read(self.buf, pos)[0], offset=pos)
            number, pos = self._skip(token, pos, parent.name)
            found.append(parent.others(number, bounded(name or f"0x{token & IDENTITY:02X}")))
            return pos
        if name is not None:
            raise CodecError(self.grammar.refusal(name, parent), offset=pos - 1)
        return self._skip(token, pos, parent.name)[1]

    def _skip(self, token: int, pos: int, name: str) -> tuple[str, int]:
        """Pass over an element with all it holds: its CmdID, and the position behind it."""
        number = ""
        depth = 0
        while True:
            if token == SWITCH_PAGE:
                self.page, pos = self.buf[pos], pos + 1
            elif token == END:
                depth -= 1
            elif token in (STR_I, STR_T, ENTITY, OPAQUE):
                _, pos = self._piece(token, pos, name)
            elif token & ATTRIBUTES or (token & IDENTITY < FIRST_TAG and token & ~CONTENT != LITERAL):
                raise CodecError(f"{self.shown(token)} in an extension of {name}", offset=pos - 1)
            else:
                if token & ~CONTENT == LITERAL:
                    _, pos = integer.read(self.buf, pos)
                if token == CMD_ID and depth == 1 and self.page == 0 and not number:
                    number, pos = self.text(pos, NUMBER)
                elif token & CONTENT:
                    depth += 1
            if depth == 0:
                return number, pos
            if depth > NESTING_LIMIT:
                raise CodecError(f"elements nested deeper than {NESTING_LIMIT}", offset=pos)
            token = self.buf[pos]
            pos += 1

    def enter(self, pos: int) -> None:
        """Count an element that can hold itself. The function that reads it counts it off."""
        self.depth += 1
        if self.depth > NESTING_LIMIT:
            raise CodecError(f"elements nested deeper than {NESTING_LIMIT}", offset=pos)

    # Errors

    def damaged(self, error: Exception, pos: int, element: Element, found: Mapping[str, Any]) -> CodecError:
        """The error to raise when reading ``element`` failed; ``found`` are the local variables of its reader."""
        token = found.get("tag", 0) & IDENTITY
        last = next((child.name for child in element.children if child.token == token), element.name)
        if not isinstance(error, CodecError):
            error = self._explained(error, pos, element.name, last)
        if error.offset is None:
            error = CodecError(str(error), offset=pos, partial=error.partial, hint=error.hint)
        values = {c.attribute: found[c.attribute] for c in element.children if c.attribute in found}
        error.partial = self.grammar.partial(element, values, error.partial, last)
        return error

    def _explained(self, error: Exception, pos: int, inside: str, last: str) -> CodecError:
        """An IndexError is the end of the buffer; of ValueErrors, one is bad UTF-8 and the other a missing NUL."""
        if isinstance(error, UnicodeDecodeError):
            return CodecError(f"the text in {last} is not UTF-8", offset=pos)
        if isinstance(error, ValueError):
            text = self.buf[pos + 1 :].decode("utf-8", "replace")
            return CodecError(f"the string in {last} has no NUL at its end", offset=len(self.buf), partial=text)
        return CodecError(f"the document ends inside {inside}", offset=len(self.buf))

    def shown(self, token: int) -> str:
        """A token of the current page, for people."""
        if token in GLOBAL_NAMES:
            return f"{GLOBAL_NAMES[token]} (0x{token:02X})"
        attributes = " with attributes" if token & ATTRIBUTES else ""
        name = name_of(self.page, token)
        return f"{name or 'the token'} (0x{token:02X} of page {self.page}){attributes}"
