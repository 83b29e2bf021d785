"""One row of the timeline as a person sees it, in columns, whatever it is written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hil.trace.record import Kind

ASCII = {"→": "->", "←": "<-", "⇄": "<>", "▸": ">", "•": "*", "…": "..."}
"""For streams that cannot show the signs."""


class Row(NamedTuple):
    time: str
    part: str
    sign: str
    text: str
    kind: Kind


Writer = Callable[[Row], None]


def one_line(text: str) -> str:
    """``text`` without line ends and without anything that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def columns(row: Row) -> tuple[str, str, str]:
    """Time, part and sign as wide as their columns; a time of many days grows over it."""
    return f"{row.time:>14}", f"{row.part:<7}", f"{row.sign:<1}"


def showable(text: str, encoding: str | None) -> str:
    """``text`` with what ``encoding`` lacks replaced."""
    encoding = encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for sign, ascii_sign in ASCII.items():
            text = text.replace(sign, ascii_sign)
        text = text.encode(encoding, "replace").decode(encoding)
    return text
