"""Annotations on GitHub: runs that did not pass are shown beside the line of the step that broke, and mistakes in
files beside theirs.

The workflow command ``::error`` and its escapes are GitHub's ("Workflow commands for GitHub Actions").
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from hil.errors import Mistake
from hil.report.result import RunResult


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether GitHub reads what is printed."""
    return environment.get("GITHUB_ACTIONS") == "true"


def results(of: Iterable[RunResult], root: Path) -> list[str]:
    """An error for each run that did not pass, a warning for what is odd about one that did; files are named from
    ``root``, the checkout."""
    lines = []
    for result in of:
        lines += [] if result.passed else [_error(result, root)]
        lines += _notes(result, root)
    return lines


def mistakes(found: Iterable[Mistake], root: Path) -> list[str]:
    """A line for each mistake in a file; files are named from ``root``, the checkout."""
    return [_mistake(each, root) for each in found]


def _mistake(found: Mistake, root: Path) -> str:
    place = f"{found.path}:{found.line}:{found.column}: "
    said = {"file": _from(root, found.path), "line": str(found.line), "col": str(found.column), "title": "dmrig"}
    return _command(said, str(found).removeprefix(place))


def _error(result: RunResult, root: Path) -> str:
    broken = result.broken
    message, hint = (broken.message, broken.hint) if broken is not None else (result.message, result.hint)
    lines = [message, *([f"try: {hint}"] if hint else []), *([f"again: {result.repeat}"] if result.repeat else [])]
    said = {"file": _from(root, result.file), "title": result.scenario}
    if broken is not None:
        # The step may stand in a file that the scenario includes.
        place = broken.place
        said |= {"file": _from(root, place.path), "line": str(place.line), "col": str(place.column)}
    return _command(said, "\n".join(lines))


def _notes(result: RunResult, root: Path) -> list[str]:
    said = {"file": _from(root, result.file), "title": result.scenario}
    return [_command(said, note, "warning") for note in result.notes]


def _command(said: Mapping[str, str], message: str, name: str = "error") -> str:
    properties = ",".join(f"{key}={_property(value)}" for key, value in said.items())
    return f"::{name} {properties}::{_data(message)}"


def _from(root: Path, path: Path) -> str:
    whole = path.absolute()
    return str(whole.relative_to(root) if whole.is_relative_to(root) else path)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
