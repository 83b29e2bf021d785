"""Layers from the typed objects of a document, by the grammar that its codecs use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hil.decode.layer import Layer, octets_text
from simulator.grammar import Grammar, Kind, Occurs

Inside = Callable[[Any, Any], list[Layer]]
"""Layers for what an object's Data holds, from the object and the one around it; none: it is a plain field."""

TRANSPARENT = frozenset({"RTProperties"})
"""Elements that need no mention in the names of what they hold."""


def nothing_inside(value: Any, around: Any) -> list[Layer]:
    return []


def layer_of(
    value: Any, grammar: Grammar, inside: Inside = nothing_inside, around: Any = None, *, damaged: bool = False
) -> Layer:
    """One layer for an element: what may be repeated becomes layers within it, everything else its fields.

    Of a ``damaged`` document, what it must have and what is empty was not read: it is left out.
    """
    if type(value) not in grammar.of:
        return _foreign(value)
    name = grammar.of[type(value)].name
    layer = Layer(name, name)
    _fill(layer, value, Reader(grammar, inside, damaged), "", around)
    return layer


def _foreign(value: Any) -> Layer:
    """An element in another's place, as a command that is none of DM's: its name is all that was kept."""
    layer = Layer(value.name, f"{value.name} (not known here)")
    layer.add("CmdID", value.cmd_id or None)
    return layer


@dataclass(frozen=True, slots=True)
class Reader:
    """What stays the same from the root to the leaves."""

    grammar: Grammar
    inside: Inside
    damaged: bool


def _fill(layer: Layer, value: Any, reader: Reader, prefix: str, around: Any) -> None:
    held_layers = reader.inside(value, around)
    seen: set[str] = set()
    for child in reader.grammar.of[type(value)].children:
        held = getattr(value, child.attribute)
        # Commands of all names share one list, in the order of the document.
        if child.attribute in seen or held is None or held is False:
            continue
        if reader.damaged and held == "" and child.occurs is Occurs.ONE:
            continue
        seen.add(child.attribute)
        many = child.occurs is Occurs.MANY
        if child.kind is Kind.ELEMENT and many:
            layer.children += [
                layer_of(one, reader.grammar, reader.inside, value, damaged=reader.damaged) for one in held
            ]
        elif child.kind is Kind.ELEMENT:
            within = "" if child.name in TRANSPARENT else f"{child.name}/"
            _fill(layer, held, reader, prefix + within, value)
        elif child.kind is not Kind.DATA or not held_layers:
            for one in held if many else [held]:
                layer.add(prefix + child.name, octets_text(one) if isinstance(one, bytes) else one)
    layer.children += held_layers
