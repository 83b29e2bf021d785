"""Plain dataclasses of the core, filled from YAML: a pydantic model with the same fields stands in at the border.

The core knows no pydantic; what a plug-in may be told is a frozen dataclass, and mistakes in a file are still
found with their place and the nearest valid word.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from hil.fields import Duration


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_models: dict[type[Any], type[BaseModel]] = {}


def model_of(cls: type[Any]) -> type[BaseModel]:
    """A model with the dataclass's fields, always the same one. Its values become the dataclass by `instance`."""
    if cls not in _models:
        _models[cls] = _model(cls)
    return _models[cls]


def _model(cls: type[Any]) -> type[BaseModel]:
    hints = typing.get_type_hints(cls)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(cls):
        default: Any = ... if field.default is dataclasses.MISSING else field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        fields[field.name] = (_annotation(hints[field.name]), default)
    return create_model(cls.__name__, __base__=_Strict, __module__=__name__, **fields)


def instance(cls: type[Any], values: BaseModel) -> Any:
    """The dataclass that checked values stand for."""
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)
    return cls(**{field.name: _plain(hints[field.name], getattr(values, field.name)) for field in fields})


def _annotation(hint: Any) -> Any:
    """The same type with dataclasses as models, and times as files write them."""
    if hint is timedelta:
        return Duration
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return model_of(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Mapping, dict):
        return dict[str, _annotation(arguments[1])]  # type: ignore[misc]
    if origin is tuple:
        return tuple[_annotation(arguments[0]), ...]  # type: ignore[misc]
    if origin in (typing.Union, types.UnionType):
        return typing.Union[tuple(map(_annotation, arguments))]  # noqa: UP007 - made of what it is told
    return hint


def _plain(hint: Any, value: Any) -> Any:
    if isinstance(value, BaseModel):
        return instance(next(each for each in _classes(hint) if model_of(each) is type(value)), value)
    arguments = typing.get_args(hint)
    if isinstance(value, dict):
        return {name: _plain(arguments[1], each) for name, each in value.items()}
    if isinstance(value, tuple):
        return tuple(_plain(arguments[0], each) for each in value)
    return value


def _classes(hint: Any) -> list[type[Any]]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return [hint]
    return [found for argument in typing.get_args(hint) for found in _classes(argument)]
