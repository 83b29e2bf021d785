"""Reading a scenario file: every mistake in it at once, with its place and the nearest valid word."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from hil.device.model import load_device
from hil.errors import InvalidFile, Mistake, UsageError
from hil.nearest import nearest
from hil.profile import client_profile
from hil.scenario.model import Scenario, ScenarioHead, Step
from hil.scenario.step import StepKind, step_kinds
from hil.yamlfile import Document, Loc, read


def load_scenario(path: Path) -> Scenario:
    """Raises `UsageError` when the file cannot be read, `InvalidFile` with all mistakes when it is wrong."""
    document = read(path)
    head, mistakes = document.parse(ScenarioHead)
    value = document.value
    listed = value.get("steps") if isinstance(value, dict) else None
    steps: list[Step] = []
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        parsed = _step(document, index, entry)
        if isinstance(parsed, Step):
            steps.append(parsed)
        else:
            mistakes += parsed
    if head is not None:
        mistakes += _unknown_features(document, head.features)
        mistakes += _look_up(document, ("device",), lambda: load_device(head.device.model, document.path.parent))
    if head is None or mistakes:
        raise InvalidFile(sorted(mistakes, key=lambda mistake: (mistake.line, mistake.column)))
    return Scenario(path, head, tuple(steps))


def _unknown_features(document: Document, features: list[str]) -> list[Mistake]:
    known = client_profile().features if features else {}
    return [
        document.mistake(("features", index), f"the client profile has no feature {id_!r}", nearest(id_, known))
        for index, id_ in enumerate(features)
        if id_ not in known
    ]


def _step(document: Document, index: int, entry: object) -> Step | list[Mistake]:
    """A step is a mapping with one key, its name; a bare name does for a step that needs nothing more."""
    if isinstance(entry, str):
        entry = {entry: None}
        at: Loc = ("steps", index)
    elif isinstance(entry, dict) and len(entry) == 1:
        at = ("steps", index, next(iter(entry)))
    else:
        return [
            document.mistake(("steps", index), "a step is one name with what it wants, such as 'wait: 2 days'")
        ]
    (name, wanted), kinds = next(iter(entry.items())), known_steps()
    kind = kinds.get(name)
    if kind is None:
        return [document.mistake(at, f"there is no step {name!r}", nearest(name, kinds))]
    if wanted is None:
        wanted = {}
    elif not isinstance(wanted, dict) and kind.model.short is not None:
        wanted = {kind.model.short: wanted}
    model, mistakes = document.parse(kind.model, at, wanted)
    if model is None:
        return mistakes
    mistakes = _look_up(document, at, lambda: model.look_up(document.path.parent))
    return mistakes or Step(kind, model, document.line(at))


def _look_up(document: Document, at: Loc, look: Callable[[], object]) -> list[Mistake]:
    """The mistakes in files that the scenario names, or one mistake where it names a file that is not there."""
    try:
        look()
    except InvalidFile as error:
        return error.mistakes
    except UsageError as error:
        return [document.mistake(at, f"{error}" + (f"; {error.hint}" if error.hint else ""))]
    return []


def known_steps() -> dict[str, StepKind]:
    """The steps that a scenario may use, by name. A new step is one new file in ``hil/steps``."""
    importlib.import_module("hil.steps")
    return step_kinds()
