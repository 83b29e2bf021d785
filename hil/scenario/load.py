"""Reading a scenario file: every mistake in it at once, with its place and the nearest valid word.

A file stands for one run, or for one of each combination of its matrix; `expand` gives them, ready to be played.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hil import data
from hil.device.model import load_device
from hil.devicechoice import FOLDER, ScenarioDevice
from hil.errors import InvalidFile, Mistake, UsageError
from hil.nearest import nearest
from hil.profile import client_profile
from hil.rig.load import FILE_ENDS, RigPart, load_part
from hil.scenario.matrix import Matrix, read_matrix
from hil.scenario.model import Modifiers, Scenario, ScenarioHead
from hil.scenario.parse import Reading, StepFile, check_names, look_up
from hil.scenario.registry import known_steps
from hil.scenario.variables import Scope, is_late, names_in
from hil.yamlfile import Document, read

__all__ = ["Options", "check_given", "expand", "known_steps", "load_scenario"]

RAW = ("vars", "matrix", "steps", "finally")
"""Parts of a file in which variables are not, or not yet, replaced by their values."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is said from outside about every scenario."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """Values for variables, and for axes of a matrix: of these only the run with that label is left."""
    seed: int | None = None
    """Another seed than the scenario's own."""


NO_OPTIONS = Options()


def load_scenario(path: Path, options: Options = NO_OPTIONS) -> Scenario:
    """The one run that a file stands for; raises as `expand` does, and `UsageError` when there are several."""
    found = expand(path, options)
    if len(found) != 1:
        raise UsageError(
            f"{path} stands for {len(found)} runs, and one is meant",
            hint=f"choose with --set: {', '.join(found[0].variant)}",
        )
    return found[0]


def expand(path: Path, options: Options = NO_OPTIONS) -> list[Scenario]:
    """Every run that a file stands for. Variables in ``options`` that the file does not have are left to others.

    Raises `UsageError` when the file cannot be read, `InvalidFile` with all mistakes of all runs when it is wrong.
    """
    reading = Reading()
    document = reading.document(path)
    value = document.value if isinstance(document.value, dict) else {}
    matrix, mistakes = read_matrix(document, value.get("matrix"))
    declared = value.get("vars") if isinstance(value.get("vars"), dict) else {}
    assert isinstance(declared, dict)
    mistakes += check_names(document, declared)
    if mistakes:
        _, others = document.parse(ScenarioHead, (), document.value)
        raise InvalidFile(_in_order(path, [*mistakes, *others]))
    names = frozenset({*declared, *matrix.axes})
    given = {name: text for name, text in options.variables.items() if name in names}
    runs = matrix.combinations(_chosen(matrix, given, path))
    if not runs:
        raise UsageError(f"{path}: the matrix leaves this combination out: {_shown(given)}")
    found: list[Scenario] = []
    for run in runs:
        scope = Scope(declared, {**given, **matrix.values(run)})
        reading.steps = 0
        scenario = _instance(reading, document, scope)
        if scenario is not None:
            head = scenario.head
            if options.seed is not None:
                head = head.model_copy(update={"seed": options.seed})
            left = {name: text for name, text in given.items() if name not in run}
            found.append(Scenario(path, head, scenario.body, run, left, names, scenario.device))
    if reading.mistakes:
        raise InvalidFile(_in_order(path, reading.mistakes))
    return found


def check_given(options: Options, scenarios: Iterable[Scenario]) -> None:
    """Raise `UsageError` for a variable that no scenario has."""
    known = {name for scenario in scenarios for name in scenario.names}
    for name in options.variables:
        if name not in known:
            meant = nearest(name, known)
            there = f"there are: {', '.join(sorted(known))}" if known else "there are no variables"
            raise UsageError(
                f"no scenario has a variable {name!r}", hint=f"did you mean {meant!r}?" if meant else there
            )


def _chosen(matrix: Matrix, given: Mapping[str, str], path: Path) -> dict[str, str]:
    """The labels that are asked for."""
    chosen = {name: text for name, text in given.items() if name in matrix.axes}
    for name, label in chosen.items():
        if label not in matrix.axes[name]:
            meant = nearest(label, matrix.axes[name])
            raise UsageError(
                f"{path}: {name} is never {label!r}",
                hint=f"did you mean {meant!r}?" if meant else f"it is one of {', '.join(matrix.axes[name])}",
            )
    return chosen


def _instance(reading: Reading, document: Document, scope: Scope) -> Scenario | None:
    """One run; None, and mistakes in ``reading``, when there are any."""
    before = len(reading.mistakes)
    file = StepFile(reading, document, scope)
    for name in scope.missing:
        message = f"{name!r} has no value of its own: give it one, --set {name}=VALUE"
        reading.mistakes.append(document.mistake(("vars", name), message))
    value: Any = document.value
    if isinstance(value, dict):
        value = _filled_head(reading, file, value)
    head, mistakes = document.parse(ScenarioHead, (), value)
    reading.mistakes += mistakes
    steps = document.value if isinstance(document.value, dict) else {}
    modifiers = Modifiers(timeout=head.timeout) if head is not None else Modifiers()
    body = file.block(steps.get("steps"), steps.get("finally"), (), "", modifiers)
    if head is not None:
        reading.mistakes += unknown_features(document, head.features)
        found, mistakes = _device(document, head)
        reading.mistakes += mistakes
    if head is None or len(reading.mistakes) > before:
        return None
    if found is not None:
        # What the file is about is said in it, or left to the default: its own name is no model.
        usual = head.device.model_copy(update={"model": ScenarioDevice().model})
        head = head.model_copy(update={"device": usual})
    return Scenario(document.path, head, body, device=found)


def _device(document: Document, head: ScenarioHead) -> tuple[RigPart | None, list[Mistake]]:
    """The device of a file of its own, if the scenario names one and no device model."""
    folder, model = document.path.parent, head.device.model
    found: list[RigPart] = []

    def look() -> None:
        if model.endswith(FILE_ENDS):
            path = data.find(FOLDER, model, beside=folder)
            value = read(path).value
            if isinstance(value, dict) and "kind" in value:
                found.append(load_part("device", path))
                return
        load_device(model, folder)

    mistakes = look_up(document, ("device",), look)
    if found and head.device.state is not None and "device.state" not in found[0].capabilities:
        message = "this device keeps its state by itself: no file can be named for it"
        mistakes.append(document.mistake(("device", "state"), message))
    return (found[0] if found else None), mistakes


def _filled_head(reading: Reading, file: StepFile, value: dict[str, Any]) -> dict[str, Any]:
    filled = dict(value)
    for name, said in value.items():
        if name in RAW:
            continue
        late = sorted(used for used in names_in(said) if is_late(used) or used in file.late)
        if late:
            message = f"${{{late[0]}}} has its value only while the rig runs: steps may use it, this may not"
            reading.mistakes.append(file.document.mistake((name,), message))
        else:
            filled[name] = file.fill(said, (name,))
    return filled


def unknown_features(document: Document, features: list[str]) -> list[Mistake]:
    """Those of a scenario's that are none of the client profile's."""
    known = client_profile().features if features else {}
    return [
        document.mistake(("features", index), f"the client profile has no feature {id_!r}", nearest(id_, known))
        for index, id_ in enumerate(features)
        if id_ not in known
    ]


def _in_order(path: Path, mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Each once, those of the file itself first."""
    once = {str(each): each for each in mistakes}.values()
    return sorted(once, key=lambda each: (each.path != path, str(each.path), each.line, each.column))


def _shown(given: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={text}" for name, text in given.items())
