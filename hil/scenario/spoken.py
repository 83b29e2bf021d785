"""Scenario language said in Python: its values, as a file would have them.

A value becomes nodes of YAML that stand where the Python code stands which says it. So it is read, checked and
played by the same code as a file, and a mistake in it names the same things.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from os import PathLike, fspath

import yaml

from hil.errors import UsageError
from hil.fields import show_duration
from hil.place import Place
from hil.yamlfile import Document

_TAG = "tag:yaml.org,2002:"


def document(value: object, place: Place) -> Document:
    """``value`` as a file that has all of it at ``place``. Raises `UsageError` for what no file could say.

    >>> from pathlib import Path
    >>> document({"wait": timedelta(days=2), "codes": (200, b"A")}, Place(Path("t.py"), 7, 1)).value
    {'wait': '2 days', 'codes': ['200', '41']}
    """
    mark = yaml.Mark(str(place.path), 0, place.line - 1, place.column - 1, None, 0)
    return Document(place.path, _node(value, mark))


def _node(value: object, mark: yaml.Mark) -> yaml.Node:
    if isinstance(value, Mapping):
        pairs = [(_node(_key(name), mark), _node(each, mark)) for name, each in value.items()]
        return yaml.MappingNode(_TAG + "map", pairs, mark, mark)
    if isinstance(value, list | tuple | set | frozenset):
        return yaml.SequenceNode(_TAG + "seq", [_node(each, mark) for each in value], mark, mark)
    if value is None:
        return yaml.ScalarNode(_TAG + "null", "", mark, mark)
    return yaml.ScalarNode(_TAG + "str", _text(value), mark, mark, style='"')


def _key(name: object) -> str:
    """As a file would have it: Python's own words are written with an underscore behind (``with_``)."""
    return str(name).removesuffix("_")


def _text(value: object) -> str:
    match value:
        case Enum():
            return _text(value.value)
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)
        case bytes() | bytearray():
            return value.hex()
        case timedelta():
            return show_duration(value)
        case date():
            return value.isoformat()
        case PathLike():
            return str(fspath(value))
    raise UsageError(
        f"a step cannot be told {type(value).__name__}: {value!r}",
        hint="say it with text, numbers, bytes, lengths of time, lists and dicts, as a scenario file does",
    )
