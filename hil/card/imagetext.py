"""A card image's document as YAML that people read and change: one line for a file, hex in blocks, comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

Node = dict[str, Any]
"""A mapping of the file; its values are text, numbers, yes or no, mappings and lists."""

NOTE = "#"
"""The key whose value is a comment in the file, and nothing of the image."""

LINE = 110
"""Characters of a file that stands on one line."""

HEX_A_LINE = 96
"""Digits of a block of hex."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _()./+-]*")
_WORDS = re.compile(r"(?i)(?:y|n|yes|no|on|off|true|false|null|~)")


def text(document: Node, head: str) -> str:
    """The whole file; ``head`` is a comment at its top."""
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    for key, value in document.items():
        lines += _entry(key, value, "")
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    match value:
        case list() if value and isinstance(value[0], dict):
            yield f"{indent}{key}:"
            for each in value:
                yield from _item(each, indent + "  ")
        case dict():
            yield f"{indent}{key}: {_flow(value)}{_comment(value)}"
        case str() if len(value) > HEX_A_LINE and re.fullmatch(r"[0-9A-F]+", value):
            yield f"{indent}{key}: >-"
            for at in range(0, len(value), HEX_A_LINE):
                yield f"{indent}  {value[at : at + HEX_A_LINE]}"
        case list():
            yield f"{indent}{key}:"
            for each in value:
                yield f"{indent}  - {_scalar(each)}"
        case _:
            yield f"{indent}{key}: {_scalar(value)}"


def _item(node: Node, indent: str) -> Iterator[str]:
    """One entry of a list: on one line where it fits, its files below it."""
    inner = {key: value for key, value in node.items() if key != NOTE}
    flow = f"{indent}- {_flow(inner)}"
    if len(flow) <= LINE and not node.get("files"):
        yield flow + _comment(node)
        return
    if NOTE in node:
        yield f"{indent}# {node[NOTE]}"
    first = True
    for key, value in inner.items():
        if value == []:
            continue
        for line in _entry(key, value, indent + "  "):
            yield f"{indent}- {line[len(indent) + 2 :]}" if first else line
            first = False


def _flow(value: Any) -> str:
    match value:
        case dict():
            inside = ", ".join(
                f"{key}: {_flow(each)}" for key, each in value.items() if key != NOTE and each != []
            )
            return f"{{{inside}}}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case _:
            return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and not _WORDS.fullmatch(value) and not value.endswith(" "):
        return str(value)
    # A JSON string is a YAML one.
    return json.dumps(value, ensure_ascii=True)


def _comment(node: Node) -> str:
    return f"  # {node[NOTE]}" if NOTE in node else ""


def plain(value: Any) -> Any:
    """A document without its comments."""
    match value:
        case dict():
            return {key: plain(each) for key, each in value.items() if key != NOTE}
        case list():
            return [plain(each) for each in value]
        case _:
            return value


def document_of(image: BaseModel) -> Node:
    """The document of an image that is there already: what differs from the defaults."""
    document = _written(image.model_dump(exclude_defaults=True))
    assert isinstance(document, dict)
    return document


def _written(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex().upper()
        case dict():
            return {key: _written(each) for key, each in value.items()}
        case list() | tuple():
            return [_written(each) for each in value]
        case _:
            return value
