"""How elements and typed objects correspond: the one table behind the XML and the WBXML codec.

A grammar lists elements; an element has a model class and children in the DTD's order; a child says its name,
the attribute it becomes, what it holds and how often it may occur. Adding an element to a model class means
adding one line to its table (`simulator.syncml.grammar`, `simulator.tnds.grammar`); both codecs follow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from simulator.codes.wbxml import NAMES, TOKENS
from simulator.errors import CodecError

NESTING_LIMIT = 128
"""Elements deeper than this are refused, read or written. Real messages stay below 30."""

NUMBER = "CmdID"
"""The child that an element's answer refers to: all that is kept of one that has no place in the grammar."""

LONGEST_NAME = 64
"""Characters of such an element's name that are kept."""


class Kind(Enum):
    """What a child holds."""

    TEXT = "character data: a str"
    DATA = "character data or octets (str or bytes), or the child's model in place"
    FLAG = "nothing: it is there or not (bool)"
    WORD = "one empty element, whose name is the value (a str)"
    ELEMENT = "elements: an object of the child's model"


class Occurs(Enum):
    ONE = "once"
    OPTIONAL = "at most once"
    MANY = "any number of times: a list"


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    attribute: str
    kind: Kind
    occurs: Occurs
    page: int
    """The code page of its token, which is also its XML namespace."""
    model: type | None = None
    """Of ELEMENT: what it becomes. Of DATA: what may stand in it in place."""
    within: str | None = None
    """The wrapper element that it is written in; attributes of the model know nothing of it."""
    words: tuple[str, ...] = ()
    """Of WORD: the names it may have."""
    blank: str | None = None
    """Of TEXT: what counts when a peer leaves it out, although it has to be there."""
    rare: bool = False
    """See `seldom`."""

    @property
    def token(self) -> int:
        return TOKENS[self.page][self.name]


def one(name: str, attribute: str, holds: Kind | type = Kind.TEXT, **more: Any) -> Child:
    return _child(name, attribute, holds, Occurs.ONE, more)


def maybe(name: str, attribute: str, holds: Kind | type = Kind.TEXT, **more: Any) -> Child:
    return _child(name, attribute, holds, Occurs.OPTIONAL, more)


def seldom(name: str, attribute: str, holds: Kind | type = Kind.TEXT, **more: Any) -> Child:
    """Like `maybe`, for what is hardly ever sent in DM: a reader looks for it last."""
    return _child(name, attribute, holds, Occurs.OPTIONAL, {"rare": True, **more})


def many(name: str, attribute: str, holds: Kind | type = Kind.TEXT, **more: Any) -> Child:
    return _child(name, attribute, holds, Occurs.MANY, more)


def _child(name: str, attribute: str, holds: Kind | type, occurs: Occurs, more: dict[str, Any]) -> Child:
    more = {"page": 0, **more}
    if isinstance(holds, Kind):
        return Child(name, attribute, holds, occurs, **more)
    return Child(name, attribute, Kind.ELEMENT, occurs, model=holds, **more)


@dataclass(frozen=True)
class Element:
    """An element that holds elements."""

    name: str
    model: type
    children: tuple[Child, ...]
    page: int = 0
    wrappers: tuple[str, ...] = ()
    """Elements that may stand around some of the children, and mean nothing themselves."""
    format_in: str | None = None
    """The attribute whose ``format`` says how this element's octets become text in XML."""
    base64: frozenset[str] = frozenset({"b64"})
    """The formats whose octets become base64 in XML."""
    others: type | None = None
    """Where commands stand: what any other element becomes, made of its CmdID and its name, because each needs its
    answer. None: one that nobody knows is passed over, any other is refused."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {child.name: child for child in self.children})
        object.__setattr__(self, "defaults", _defaults(self.model))
        attributes = [child.attribute for child in self.children]
        object.__setattr__(self, "shared", next((a for a in attributes if attributes.count(a) > 1), ""))

    by_name: dict[str, Child] = dataclasses.field(init=False, repr=False, compare=False)
    defaults: dict[str, Any] = dataclasses.field(init=False, repr=False, compare=False)
    shared: str = dataclasses.field(init=False, repr=False, compare=False)
    """The attribute that children of several names go into, in one list: the commands of a SyncBody. Or empty."""

    def takes_another(self, name: str | None) -> bool:
        """Whether an element of this name, or without any, that is no child becomes one of the `others`: not the
        second of a child that stands once."""
        return self.others is not None and not (
            name in self.wrappers or (name in self.by_name and self.by_name[name].occurs is not Occurs.MANY)
        )

    def absent(self, child: Child) -> Any:
        """The value of a child that is not there. Raises `CodecError` when it has to be."""
        if child.occurs is Occurs.MANY:
            return []
        if child.kind is Kind.FLAG:
            return False
        if child.occurs is Occurs.OPTIONAL:
            return None
        if child.attribute in self.defaults:
            return self.defaults[child.attribute]()
        if child.blank is not None:
            return child.blank
        raise CodecError(f"{self.name} without {child.name}, which it must have")

    def build(self, values: Mapping[str, Any]) -> Any:
        """An object of the model from the children that were there, by attribute."""
        return self.model(
            **{
                child.attribute: values[child.attribute] if child.attribute in values else self.absent(child)
                for child in self.children
            }
        )


def _defaults(model: type) -> dict[str, Any]:
    """What makes the default of each field of a model class that has one."""
    defaults: dict[str, Any] = {}
    for field in dataclasses.fields(model):
        if field.default_factory is not dataclasses.MISSING:
            defaults[field.name] = field.default_factory
        elif field.default is not dataclasses.MISSING:
            defaults[field.name] = lambda value=field.default: value
    return defaults


class Grammar:
    """The elements of one kind of document; the first is its root."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self.elements = tuple(elements)
        self.root = self.elements[0]
        self.of = {element.model: element for element in self.elements}
        self._names = {name for element in self.elements for name in (element.name, *element.wrappers)}
        self._names |= {child.name for element in self.elements for child in element.children}

    def inside(self, element: Element) -> list[Element]:
        """The elements that may stand in ``element``, at any depth."""
        found: list[Element] = []
        waiting = [element]
        while waiting:
            for child in waiting.pop().children:
                if child.model is not None and (inner := self.of[child.model]) not in found:
                    found.append(inner)
                    waiting.append(inner)
        return found

    def holds_itself(self, element: Element) -> bool:
        return element in self.inside(element)

    def partial(self, element: Element, values: Mapping[str, Any], inner: Any = None, last: str = "") -> Any:
        """An object from what had been read before the damage; what it must have and has not is empty.

        ``inner`` is the same of the child that the damage is in: an object of its model, or the text or octets of
        the child called ``last``.
        """
        found = {attribute: value for attribute, value in values.items() if value is not None}
        for child in element.children:
            if child.model is type(inner) if not isinstance(inner, str | bytes) else child.name == last:
                many = child.occurs is Occurs.MANY
                found[child.attribute] = [*found.get(child.attribute, []), inner] if many else inner
                break
        blanks = {c.attribute: self._blank(c) for c in element.children if c.occurs is Occurs.ONE}
        return element.build(blanks | found)

    def _blank(self, child: Child) -> Any:
        return "" if child.model is None else self.partial(self.of[child.model], {})

    def refusal(self, name: str, parent: Element) -> str:
        """Why an element that has a name in the standard cannot stand in ``parent``."""
        if name in parent.by_name or name in parent.wrappers:
            return f"a second {name} in {parent.name}"
        if name in self._names:
            return f"{name} cannot stand in {parent.name}"
        return f"{name} in {parent.name}: this element is not part of DM"


_STANDARD_NAMES = frozenset(name for page in NAMES for name in page.values())


def is_standard(name: str) -> bool:
    """Whether SyncML, MetInf or DMDDF has an element of this name; if none has, it is an extension."""
    return name in _STANDARD_NAMES


def bounded(name: str) -> str:
    """A peer's name for an element, fit to be said again: short, and of characters that XML has."""
    return "".join(char if char.isprintable() else "?" for char in name[:LONGEST_NAME])


def name_of(page: int, token: int) -> str | None:
    """The element name of a tag token, whatever its content bit; None when the page has no such token."""
    return NAMES[page].get(token & 0x3F) if page < len(NAMES) else None
