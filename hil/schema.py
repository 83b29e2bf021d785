"""JSON Schemas of dmrig's files, for editors: made of the models that read the files.

An editor takes ``0123`` for a number and ``no`` for what it likes; in dmrig's files text stays text, and any value
may be a variable. So a schema is wider than its model where a file is written by hand, and as narrow in its words.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema

from hil import fields
from hil.fielddocs import field_docs
from hil.part import OPTIONAL, ROLES, kinds_of
from hil.rig import kinds as rig_kinds
from hil.scenario.model import BlockWords, IncludedFile, IncludeWords, ScenarioHead, StepModifiers, retry_times
from hil.scenario.registry import known_steps

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]

VARIABLE: Json = {"type": "string", "pattern": r"\$\{"}
SCALAR = ["string", "number", "boolean"]
YES_NO = ["yes", "no", "on", "off", "true", "false"]
_UNITS = "|".join(f"{unit}s?" for unit in sorted(fields.UNITS, key=len, reverse=True))
_LETTERS = re.sub("[a-z]", lambda found: f"[{found[0]}{found[0].upper()}]", _UNITS)
DURATION = rf"^(\s*\d+(\.\d+)?\s*({_LETTERS})\s*,?)+\s*$|\$\{{"
SHORT: dict[Callable[..., Any], list[Json]] = {
    fields.duration: [],
    fields.octets: [],
    retry_times: [{"type": "integer"}, {"type": "string", "pattern": r"^\s*\d+\s*$|\$\{"}],
}
"""What functions before a field let in beside what they make of it, where that is not any scalar, or a list."""

FILES = {
    "card": "hil.card.image:CardImage",
    "device": "hil.device.model:DeviceModel",
    "server": "hil.server.config:ServerConfig",
    "standards": "hil.standards:Standards",
}


class Generator(GenerateJsonSchema):
    """As pydantic makes them, but of what a person may write."""

    def str_schema(self, schema: core_schema.StringSchema) -> Json:
        return {**super().str_schema(schema), "type": SCALAR}

    def int_schema(self, schema: core_schema.IntSchema) -> Json:
        return _either(super().int_schema(schema), {"type": "string", "pattern": r"^\s*[-+]?\d+\s*$|\$\{"})

    def float_schema(self, schema: core_schema.FloatSchema) -> Json:
        return _either(super().float_schema(schema), {"type": "string", "pattern": r"^\s*[-+]?[\d.]+\s*$|\$\{"})

    def bool_schema(self, schema: core_schema.BoolSchema) -> Json:
        return _either({"type": "boolean"}, {"enum": YES_NO}, VARIABLE)

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> Json:
        return {"type": "string", "pattern": DURATION, "examples": ["2 days", "1 h 30 min", "500 ms"]}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> Json:
        return {"type": "string", "examples": ["2026-01-31T12:00:00Z"]}

    def bytes_schema(self, schema: core_schema.BytesSchema) -> Json:
        return {"type": ["string", "integer"]}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> Json:
        return _either(_as_written(list(schema["expected"])), VARIABLE)

    def enum_schema(self, schema: core_schema.EnumSchema) -> Json:
        return _either(_as_written([member.value for member in schema["members"]]), VARIABLE)

    def list_schema(self, schema: core_schema.ListSchema) -> Json:
        return _either(super().list_schema(schema), VARIABLE)

    def tuple_schema(self, schema: core_schema.TupleSchema) -> Json:
        return _either(super().tuple_schema(schema), VARIABLE)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        return self.generate_inner(schema["schema"])

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> Json:
        """What a function takes in beside what it makes of it: a short form, which is a scalar, or a list."""
        inner = self.generate_inner(schema["schema"])
        short = SHORT.get(schema["function"]["function"])
        if short is not None:
            return _either(inner, *short)
        items = [each["items"] for each in inner.get("anyOf", [inner]) if "items" in each]
        return _either(inner, {"type": SCALAR if items else [*SCALAR, "array"]}, *items)

    def model_schema(self, schema: core_schema.ModelSchema) -> Json:
        made: Json = super().model_schema(schema)
        cls = schema["cls"]
        docs = field_docs(cls)
        # What a function before the whole model lets in stands beside its words; what is needed it may fill in.
        words = next((each for each in made.get("anyOf", []) if "properties" in each), made)
        if words is not made:
            words["additionalProperties"] = made.pop("additionalProperties", True)
            words.pop("required", None)
        for name, field in cls.model_fields.items():
            shown = words.get("properties", {}).get(field.alias or name)
            if shown is not None:
                shown.pop("title", None)
                if name in docs:
                    shown["description"] = docs[name]
        own = cls.__dict__.get("__doc__")
        if own:
            made["description"] = inspect.cleandoc(own)
        return made

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> Json:
        return {}


def _either(*choices: Json) -> Json:
    return {"anyOf": [each for choice in choices for each in choice.get("anyOf", [choice])]}


def _as_written(words: list[Any]) -> Json:
    """Words, and what an editor may take them for: ``1.3`` for a number."""
    numbers = [float(word) for word in words if isinstance(word, str) and word.replace(".", "", 1).isdigit()]
    return {"enum": [*words, *numbers]}


def schema(kind: str) -> Json:
    """The schema of one kind of file, as in `KINDS`."""
    return {"$schema": DRAFT, **KINDS[kind](), "title": f"dmrig {kind} file"}


def _definitions(models: list[type[BaseModel]]) -> tuple[dict[type[BaseModel], Json], Json]:
    """A reference to each model, and the definitions that all of them need."""
    made, whole = models_json_schema([(model, "validation") for model in models], schema_generator=Generator)
    return {model: made[model, "validation"] for model in models}, whole.get("$defs", {})


def _with_steps(head: type[BaseModel]) -> Json:
    kinds = known_steps()
    models: list[type[BaseModel]] = [
        head,
        BlockWords,
        IncludeWords,
        StepModifiers,
        *{kind.model for kind in kinds.values()},
    ]
    references, definitions = _definitions(models)
    words: Json = {}
    for words_of in (BlockWords, IncludeWords, StepModifiers):
        words |= _resolved(references[words_of], definitions)["properties"]
    for name, kind in sorted(kinds.items()):
        reference = references[kind.model]
        choices = [reference]
        if kind.model.short is not None:
            choices.append({"$ref": f"{reference['$ref']}/properties/{kind.model.short}"})
        if not any(field.is_required() for field in kind.model.model_fields.values()):
            choices.append({"type": "null"})
        words[name] = {"description": inspect.cleandoc(kind.model.__doc__ or ""), "anyOf": choices}
    steps: Json = {"type": "array", "items": {"$ref": "#/$defs/Entry"}}
    words |= {"steps": {**steps, "minItems": 1}, "finally": steps}
    definitions["Entry"] = {
        "anyOf": [
            {"enum": sorted(kinds)},
            {"type": "object", "properties": words, "additionalProperties": False, "minProperties": 1},
        ]
    }
    top = _resolved(references[head], definitions)
    top["properties"] |= {"steps": {**steps, "minItems": 1}, "finally": steps}
    return {**top, "$defs": definitions}


def _resolved(reference: Json, definitions: Json) -> Json:
    found: Json = definitions[reference["$ref"].rpartition("/")[2]]
    return found


def _rig() -> Json:
    by_role: dict[str, list[tuple[str, type[BaseModel]]]] = {}
    for role in ROLES:
        for kind in rig_kinds.kinds(role):
            rig_kinds.load(role, kind)
            by_role.setdefault(role, []).append((kind, kinds_of(role)[kind].Settings))
    references, definitions = _definitions(list({model for found in by_role.values() for _, model in found}))
    properties: Json = {"about": {"type": "string"}}
    for role, found in by_role.items():
        choices: list[Json] = [{"enum": [kind for kind, _ in found]}, {"type": "string", "pattern": r"\.ya?ml$"}]
        for kind, model in found:
            settings = _resolved(references[model], definitions)
            choices.append(
                {
                    **settings,
                    "properties": {"kind": {"const": kind}, **settings.get("properties", {})},
                    "required": ["kind", *settings.get("required", [])],
                }
            )
        properties[role] = {"anyOf": choices}
    needed = [role for role in ROLES if role not in OPTIONAL]
    return {
        "type": "object", "properties": properties, "required": needed, "additionalProperties": False,
        "$defs": definitions,
    }  # fmt: skip


def _file(kind: str) -> Json:
    module, _, attribute = FILES[kind].partition(":")
    return getattr(importlib.import_module(module), attribute).model_json_schema(schema_generator=Generator)  # type: ignore[no-any-return]


KINDS: dict[str, Callable[[], Json]] = {
    "scenario": lambda: _with_steps(ScenarioHead),
    "include": lambda: _with_steps(IncludedFile),
    "rig": _rig,
    "card": lambda: _file("card"),
    "device": lambda: _file("device"),
    "server": lambda: _file("server"),
    "standards": lambda: _file("standards"),
}
"""By name: what makes the schema."""
