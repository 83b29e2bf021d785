"""Profiles as files: read by name or path, and written; families found by what a modem says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from hil import data
from hil.modem.profile.observed import Observed
from hil.modem.profile.told import Family
from hil.yamlfile import load

FOLDER = "modems"
FAMILIES = "modems/families"
STANDARD = "standard"

_HEAD = "# What a modem of this kind answers when it is asked; written by `dmrig modem learn`.\n"


@dataclass(frozen=True, slots=True)
class ModemProfile:
    observed: Observed
    family: Family


def load_profile(name: str, *, beside: Path | None = None) -> ModemProfile:
    """The profile of a file, or one that comes with dmrig, by name.

    Raises `UsageError` when there is none of that name, `InvalidFile` with all mistakes when it is wrong.
    """
    path = data.find(FOLDER, name, beside=beside)
    observed = load(path, Observed)
    return ModemProfile(observed, load_family(observed.family, beside=path.parent))


def load_family(name: str, *, beside: Path | None = None) -> Family:
    return load(data.find(FAMILIES, name, beside=beside), Family)


@cache
def standard() -> ModemProfile:
    """A modem without quirks."""
    return load_profile(STANDARD)


def recognise(manufacturer: str, model: str) -> str:
    """The name of the family of a modem, by what AT+CGMI and AT+CGMM say; ``standard`` for any other."""
    for name in data.names(FAMILIES):
        if name != STANDARD and load_family(name).matches(manufacturer, model):
            return name
    return STANDARD


class _Dumper(yaml.SafeDumper):
    pass


# `hil.yamlfile` takes every scalar for text, so only what YAML would otherwise misread wants quotes.
_Dumper.add_representer(
    bool, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:bool", "yes" if value else "no")
)


def write(observed: Observed) -> str:
    """The text of a profile's file: the same for the same answers, letter for letter."""
    shown = observed.model_dump(mode="json", exclude_none=True)
    body = yaml.dump(shown, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return _HEAD + body
