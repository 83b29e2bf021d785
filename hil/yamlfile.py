"""YAML files with positions, in which text stays text.

YAML 1.1 loaders turn ``0123`` into 83, ``12:30:00`` into 45000 and ``no`` into false. Here every scalar is the
text that stands in the file; the field of the model that takes it converts it. A file with mistakes gives all
of them at once, each with line and column and, where a word is nearly right, the right one.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hil import yamlwords
from hil.errors import InvalidFile, Mistake, UsageError
from hil.nearest import nearest

M = TypeVar("M", bound=BaseModel)

Loc = tuple[str | int, ...]
Value = None | str | list[Any] | dict[str, Any]

MAX_BYTES = 4 * 1024 * 1024
MAX_NODES = 200_000
"""Counted after aliases are followed: a few lines of aliases can stand for billions of nodes."""

MAX_DEPTH = 50

_IMPLICIT_TAGS = {"null", "bool", "int", "float", "timestamp", "str", "seq", "map", "merge", "value"}
"""What YAML takes plain values for. A scalar stays text all the same; any other tag was written by hand."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """One YAML file: its value, and where each part of it stands.

    ``flaws`` are mistakes that leave the rest readable (a key that stands twice): reading the whole file as a
    model tells them with the model's own mistakes.
    """

    def __init__(self, path: Path, node: yaml.Node | None) -> None:
        self.path = path
        self._node = node
        self.flaws: list[Mistake] = []
        self._count = 0
        self.value: Value = None if node is None else self._build(node, ())

    def _build(self, node: yaml.Node, above: tuple[int, ...]) -> Value:
        self._count += 1
        if id(node) in above or self._count > MAX_NODES:
            raise InvalidFile([self._mistake(node, "this alias makes the file endless or far too large")])
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _IMPLICIT_TAGS:
            self.flaws.append(self._mistake(node, f"a tag ({node.tag}) means nothing here"))
        above = (*above, id(node))
        if isinstance(node, yaml.ScalarNode):
            return None if node.value == "" and not node.style else str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(child, above) for child in node.value]
        result: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.flaws.append(self._mistake(key, "a key has to be a word"))
                continue
            if key.value in result:
                self.flaws.append(self._mistake(key, f"{key.value!r} stands here twice"))
            result[key.value] = self._build(child, above)
        return result

    def _mistake(self, node: yaml.Node | None, message: str, nearest: str | None = None) -> Mistake:
        line, column = _place(node.start_mark if node is not None else None)
        return Mistake(self.path, line, column, message, nearest)

    def _locate(self, loc: Sequence[str | int]) -> tuple[yaml.Node | None, yaml.Node | None]:
        """The key node and the value node at ``loc``; what is not in the file is passed over.

        Pydantic puts names of union members into its locations; they name nothing in the file.
        """
        key: yaml.Node | None = None
        node = self._node
        for part in loc:
            if isinstance(node, yaml.MappingNode):
                for k, v in node.value:
                    if k.value == str(part):
                        key, node = k, v
                        break
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                key = node = node.value[part]
        return key, node

    def place(self, loc: Sequence[str | int]) -> tuple[int, int]:
        """Line and column (from 1) at which the value at ``loc`` begins; its key's for a mapping's value."""
        key, node = self._locate(loc)
        found = key or node
        return _place(found.start_mark if found is not None else None)

    def mistake(self, loc: Sequence[str | int], message: str, nearest: str | None = None) -> Mistake:
        """A mistake that a caller found in the value at ``loc``."""
        key, node = self._locate(loc)
        return self._mistake(key or node, message, nearest)

    def mistake_in_value(self, loc: Sequence[str | int], message: str, nearest: str | None = None) -> Mistake:
        """The same, with the place of the value itself and not of its key."""
        key, node = self._locate(loc)
        return self._mistake(node or key, message, nearest)

    def parse(self, model: type[M], at: Loc = (), value: Any = ...) -> tuple[M | None, list[Mistake]]:
        """The value at ``at`` as ``model``, or every mistake in it. ``value`` stands in for a short form."""
        flaws = list(self.flaws) if at == () else []
        try:
            read = model.model_validate(self.at(at) if value is ... else value)
        except ValidationError as error:
            flaws += [self._explain(model, at, details) for details in error.errors()]
        else:
            if not flaws:
                return read, []
        return None, sorted(flaws, key=lambda mistake: (mistake.line, mistake.column))

    def at(self, loc: Sequence[str | int]) -> Value:
        found: Any = self.value
        for part in loc:
            found = found[part]
        return typing.cast("Value", found)

    def _explain(self, model: type[BaseModel], at: Loc, error: ErrorDetails) -> Mistake:
        loc = (*at, *error["loc"])
        key, node = self._locate(loc)
        given = str(loc[-1]) if loc else ""
        match error["type"]:
            case "extra_forbidden":
                words = _field_names(model, error["loc"][:-1])
                return (
                    self._mistake(key, f"{given!r} is no word here", nearest(given, words))
                    if words
                    else (self._mistake(key, f"{given!r} is no word here"))
                )
            case "missing":
                _, parent = self._locate(loc[:-1])
                return self._mistake(parent, f"{given!r} is missing here")
            case "literal_error" | "enum":
                words = re.findall(r"'([^']*)'", error.get("ctx", {}).get("expected", ""))
                if not isinstance(error["input"], str) or yamlwords.is_secret(loc):
                    return self._mistake(node or key, f"one of {', '.join(words)} is expected")
                seen = error["input"]
                return self._mistake(node, f"{seen!r} is not one of {', '.join(words)}", nearest(seen, words))
            case kind if kind in yamlwords.MAPPINGS:
                return self._mistake(node or key, self._no_mapping(model, error, at))
            case _:
                return self._mistake(node or key, yamlwords.sentence(error, at))

    def _no_mapping(self, model: type[BaseModel], error: ErrorDetails, at: Loc) -> str:
        """Something else where names with values are expected: the whole file, or a part of it."""
        words = " and ".join(f"'{name}:'" for name in _first_names(model, error["loc"]))
        needs = f"; it has words such as {words}" if words else ""
        if self._node is None:
            return f"the file is empty: {yamlwords.MAPPING}{needs}"
        return yamlwords.sentence(error, at) + needs


def read(path: Path) -> Document:
    """Read a YAML file. Raises `UsageError` when it cannot be read, `InvalidFile` when it is no YAML."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path} is larger than {MAX_BYTES // 1024 // 1024} MiB: that is no file of dmrig's")
    return parse_text(path, data)


def parse_text(path: Path, data: bytes | str) -> Document:
    _check_text(path, data)
    try:
        _check_depth(path, data)
        node = yaml.compose(data, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line, column = _place(error.problem_mark or error.context_mark)
        words = yamlwords.no_yaml(error.problem or error.context or "", _line(data, line), column)
        raise InvalidFile([Mistake(path, line, column, f"not YAML: {words}")]) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidFile([Mistake(path, 1, 1, f"not YAML: {str(error).splitlines()[0]}")]) from error
    return Document(path, node)


def _check_text(path: Path, data: bytes | str) -> None:
    """YAML is UTF-8, or UTF-16 with its mark in front; the parser's own words for anything else help nobody."""
    if isinstance(data, str) or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].split(b"\n")
        octet = f"0x{data[error.start]:02X}"
        message = f"this is no UTF-8 text (byte {octet}); a text in another encoding has to be saved as UTF-8"
        raise InvalidFile([Mistake(path, len(before), len(before[-1]) + 1, message)]) from error


def _check_depth(path: Path, data: bytes | str) -> None:
    """Composing a file calls itself for each level, in C: one that is deep enough ends the interpreter.

    Newer versions of libyaml have a limit too, and meet it as they look ahead, before our own is reached here.
    """
    depth = 0
    try:
        for event in yaml.parse(data, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise _too_deep(path, event.start_mark)
    except yaml.MarkedYAMLError as error:
        if "nesting depth" not in str(error.problem):
            raise
        raise _too_deep(path, error.problem_mark) from error


def _too_deep(path: Path, mark: Any) -> InvalidFile:
    line, column = _place(mark)
    return InvalidFile([Mistake(path, line, column, f"this is nested more than {MAX_DEPTH} levels deep")])


def load(path: Path, model: type[M]) -> M:
    """A whole file as one model. Raises `InvalidFile` with every mistake in it."""
    parsed, mistakes = read(path).parse(model)
    if parsed is None:
        raise InvalidFile(mistakes)
    return parsed


def _place(mark: Any) -> tuple[int, int]:
    """Line and column, from one, of a mark of the parser's; there may be none."""
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def _line(data: bytes | str, line: int) -> str:
    """A line of a file that the parser has stopped at; empty behind the last one."""
    text = data if isinstance(data, str) else data.decode(errors="replace")
    lines = text.splitlines()
    return lines[line - 1] if line <= len(lines) else ""


def _field_names(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The names that fields may have at ``loc`` below ``model``."""
    models = [model]
    for part in loc:
        below = [m for each in models for m in _models_at(each, part)]
        models = below or models
    return [name for each in models for name in _names(each)]


def _first_names(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Two names that a mapping at ``loc`` may have, of those that it must have if there are any."""
    models = [model]
    for part in loc:
        models = [m for each in models for m in _models_at(each, part)]
    fields = [(field.alias or name, field) for each in models[:1] for name, field in each.model_fields.items()]
    return sorted((name for name, _ in fields), key=lambda n: not dict(fields)[n].is_required())[:2]


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_at(model: type[BaseModel], part: str | int) -> list[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if part in (name, field.alias):
            return list(_models_in(field.annotation))
    return []


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)
