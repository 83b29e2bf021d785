"""A matrix: one run of the scenario for each combination of its axes' values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hil.errors import Mistake
from hil.nearest import nearest
from hil.scenario.variables import NAME, is_late, names_in
from hil.yamlfile import Document

MOST = 1000
"""Runs that one file may stand for."""

EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Axes with the values on each, by label: the label names the run, the value is the variable's."""

    axes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    exclude: tuple[Mapping[str, str], ...] = ()

    def combinations(self, chosen: Mapping[str, str] | None = None) -> list[dict[str, str]]:
        """The labels of each run, the last axis changing first; without what is excluded, and only with the labels
        that are ``chosen``. One run without labels when there is no axis."""
        chosen = chosen or {}
        axes = [[chosen[name]] if name in chosen else list(labels) for name, labels in self.axes.items()]
        runs = [dict(zip(self.axes, labels, strict=True)) for labels in itertools.product(*axes)]
        return [run for run in runs if not any(each.items() <= run.items() for each in self.exclude)]

    def values(self, run: Mapping[str, str]) -> dict[str, Any]:
        """What the axes' variables hold in a run."""
        return {name: self.axes[name][label] for name, label in run.items()}


def read_matrix(document: Document, said: Any) -> tuple[Matrix, list[Mistake]]:
    """The ``matrix:`` of a file: names with a list of texts each, or with labels and what each stands for."""
    if said is None:
        return Matrix(), []
    if not isinstance(said, dict):
        message = "a matrix names variables with their values, such as 'auth: [DIGEST, BASIC]'"
        return Matrix(), [document.mistake(("matrix",), message)]
    axes: dict[str, dict[str, Any]] = {}
    mistakes: list[Mistake] = []
    for name, values in said.items():
        if name == EXCLUDE:
            continue
        labels = _labels(values)
        if not NAME.fullmatch(name):
            mistakes.append(document.mistake(("matrix", name), f"{name!r} is no name for a variable"))
        elif labels is None:
            message = "a list of different values is expected, or labels with the value that each stands for"
            mistakes.append(document.mistake(("matrix", name), message))
        elif own := sorted(used for used in names_in(values) if not is_late(used)):
            message = f"a matrix stands for itself: it cannot use ${{{own[0]}}}"
            mistakes.append(document.mistake(("matrix", name), message))
        else:
            axes[name] = labels
    count = 1
    for labels in axes.values():
        count *= len(labels)
    if count > MOST:
        message = f"these are {count} combinations; at most {MOST} can be run"
        return Matrix(), [*mistakes, document.mistake(("matrix",), message)]
    exclude = _exclude(document, said.get(EXCLUDE, []), axes, mistakes)
    matrix = Matrix(axes, exclude)
    if not mistakes and not matrix.combinations():
        mistakes.append(document.mistake(("matrix", EXCLUDE), "every combination is excluded"))
    return matrix, mistakes


def _labels(values: Any) -> dict[str, Any] | None:
    """None for what is no axis."""
    if isinstance(values, dict) and values:
        return dict(values)
    if isinstance(values, list) and values and all(isinstance(each, str) for each in values):
        return {each: each for each in values} if len(set(values)) == len(values) else None
    return None


def _exclude(
    document: Document, said: Any, axes: Mapping[str, Mapping[str, Any]], mistakes: list[Mistake]
) -> tuple[dict[str, str], ...]:
    entries = said if isinstance(said, list) else [said]
    for index, entry in enumerate(entries):
        at = ("matrix", EXCLUDE, index)
        if not isinstance(entry, dict) or not entry:
            message = "combinations to leave out are expected, such as '- {auth: BASIC, encoding: xml}'"
            mistakes.append(document.mistake(at, message))
            continue
        for name, label in entry.items():
            if name not in axes:
                message = f"the matrix has no {name!r}"
                mistakes.append(document.mistake((*at, name), message, nearest(name, axes)))
            elif label not in axes[name]:
                message = f"{name} is never {label!r}"
                mistakes.append(document.mistake((*at, name), message, nearest(str(label), axes[name])))
    return tuple(entry for entry in entries if isinstance(entry, dict))
