"""Layers as an indented text, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from hil.decode.layer import Layer
from hil.trace.record import Json

Style = Literal["title", "name", "value", "damage", "place", ""]
Line = list[tuple[str, Style]]
"""Pieces of text and what each of them is."""

STYLES: dict[Style, str] = {
    "title": "bold cyan",
    "name": "dim",
    "value": "",
    "damage": "bold red",
    "place": "dim",
    "": "",
}
INDENT = "  "
HEX_COLUMNS = 32 * 3
"""Characters of a value in one line; longer hex goes on below."""
WIDEST_NAME = 24


def lines(layers: Sequence[Layer]) -> Iterator[Line]:
    """Every line of every layer, innermost last."""
    for layer in layers:
        yield from _layer(layer, "")


def plain(layers: Sequence[Layer]) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines(layers))


def _layer(layer: Layer, indent: str) -> Iterator[Line]:
    place = f"  [{layer.start}-{layer.end}]" if layer.end else ""
    yield [(indent, ""), (printable(layer.title), "title"), (place, "place")]
    inner = indent + INDENT
    width = min(WIDEST_NAME, max((len(name) for name, _ in layer.fields), default=0))
    for name, value in layer.fields:
        yield from _field(printable(name), value, inner, width)
    for child in layer.children:
        yield from _layer(child, inner)
    if layer.damage is not None:
        yield [(inner, ""), (f"damaged: {printable(layer.damage.reason)}", "damage")]


def _field(name: str, value: Json, indent: str, width: int) -> Iterator[Line]:
    pad = " " * max(0, width - len(name))
    first, *more = _value_lines(value)
    yield [(indent, ""), (name, "name"), (pad + INDENT, ""), (first, "value")]
    below = indent + " " * (max(width, len(name)) + len(INDENT))
    for line in more:
        yield [(below, ""), (line, "value")]


def _value_lines(value: Json) -> list[str]:
    text = {True: "yes", False: "no", None: ""}[value] if isinstance(value, bool | None) else str(value)
    if text and len(text) > HEX_COLUMNS and set(text) <= set("0123456789abcdef "):
        return [text[start : start + HEX_COLUMNS].rstrip() for start in range(0, len(text), HEX_COLUMNS)]
    return [printable(line) for line in text.splitlines()] or [""]


def printable(text: str) -> str:
    """With control characters as escapes: what came over the air must not steer a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
