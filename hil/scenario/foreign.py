"""YAML files that are no scenarios but something else of dmrig's, told by the words at their top level."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from hil.errors import BenchError
from hil.part import ROLES
from hil.scenario.model import IncludedFile, ScenarioHead
from hil.yamlfile import read

OTHERS: dict[str, tuple[str, str]] = {
    "card image": ("hil.card.image:CardImage", "dmrig card read --image FILE"),
    "device model": ("hil.device.model:DeviceModel", "a scenario names it, device: FILE"),
    "server file": ("hil.server.config:ServerConfig", "dmrig server --config FILE"),
    "standards file": ("hil.standards:Standards", "dmrig run --standards FILE SCENARIO"),
    "client profile": ("hil.profile:ClientProfile", "which feature is shown by which scenario"),
    "rig file": ("", "dmrig run --rig FILE SCENARIO"),
}
"""By name: the model whose fields are its words (a rig's are the roles), and what such a file is for."""

SHARED = frozenset({"about"})
"""Words that say nothing about what a file is."""

INCLUDED = "steps for others to include"


@cache
def _words(name: str) -> frozenset[str]:
    place, _ = OTHERS[name]
    if not place:
        return frozenset(ROLES)
    module, _, attribute = place.partition(":")
    model: type[BaseModel] = getattr(importlib.import_module(module), attribute)
    return _words_of(model)


def _words_of(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(field.alias or key for key, field in model.model_fields.items()) - SHARED


def top_words(path: Path) -> frozenset[str] | None:
    """The words at the top of a file; None when it is no mapping, or cannot be read: whoever loads it says why."""
    try:
        value = read(path).value
    except BenchError:
        return None
    return frozenset(value) - SHARED if isinstance(value, dict) else None


def looks_like(path: Path, *, among_others: bool = False) -> str | None:
    """What a file seems to be that is no scenario; None for what may be one, with mistakes perhaps.

    ``among_others``: it was found in a folder, where what has no word of a scenario is somebody else's YAML.
    """
    words = top_words(path)
    if words and "steps" in words and words <= _words_of(IncludedFile):
        return INCLUDED
    if not words or "steps" in words:
        return None
    hits = {name: len(words & _words(name)) for name in OTHERS}
    best = max(hits, key=lambda name: hits[name])
    scenario = len(words & _words_of(ScenarioHead))
    if hits[best] * 2 > len(words) and hits[best] > scenario:
        return best
    return "nothing of dmrig's" if among_others and not scenario else None


def what_for(name: str) -> str:
    """How a file of that kind is used."""
    return "a scenario names it, include: FILE" if name == INCLUDED else OTHERS[name][1]
