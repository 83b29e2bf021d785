"""What the models of a server's commands have in common, and what a command expects for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

Format = Literal["b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float"]


def as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def short(field: str) -> Callable[[object], object]:
    """A command written as one value fills ``field``: ``get: ./DevInfo/Man``."""
    return lambda value: {field: value} if isinstance(value, str | int) else value


def as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(as_text)]
"""Text; a number, from plain data that is no YAML file, becomes one."""


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Expect(Said):
    """What the device has to answer. Without ``status``: any success (2xx)."""

    status: Annotated[tuple[int, ...], BeforeValidator(as_list)] | None = None
    """One code, or several of which one will do."""
    value: Text | None = None
    """The text of the (first) result, or of the item in the Status of an alert."""
    format: Format | None = None
    type: str | None = None
    octets: int | None = None
    """How long the (first) value is, in octets of UTF-8."""
    contains: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """Words that the (first) value has to contain."""
    results: dict[str, Text | None] | None = None
    """Values of several results, by URI; nothing behind the colon: any value."""
    absent: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """URIs that must not be among the results, nor in a TNDS document."""
    nodes: dict[str, Text | None] | None = None
    """Nodes of the TNDS document in the (first) result, by path, with their values."""
    items: tuple[Text, ...] | None = None
    """The Data of every item in the Status, in any order: what a user chose."""
    statuses: dict[str, int] | None = None
    """Of a command with several items: the status of each, by its URI."""


class Command(Said):
    expect: Expect = Expect()
    numbered: bool = True
    """``no``: the command has an empty CmdID, to see what the device makes of it."""
