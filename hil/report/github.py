"""Annotations on GitHub: runs that did not pass are shown beside the line of the step that broke.

The workflow command ``::error`` and its escapes are GitHub's ("Workflow commands for GitHub Actions").
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from hil.report.result import RunResult


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether GitHub reads what is printed."""
    return environment.get("GITHUB_ACTIONS") == "true"


def errors(results: Iterable[RunResult], root: Path) -> list[str]:
    """A line for each run that did not pass; files are named from ``root``, the checkout."""
    return [_error(result, root) for result in results if not result.passed]


def _error(result: RunResult, root: Path) -> str:
    broken = result.broken
    message, hint = (broken.message, broken.hint) if broken is not None else (result.message, result.hint)
    lines = [message, *([f"try: {hint}"] if hint else []), *([f"again: {result.repeat}"] if result.repeat else [])]
    said = {"file": _from(root, result.file), "title": result.scenario}
    if broken is not None:
        # The step may stand in a file that the scenario includes.
        place = broken.place
        said |= {"file": _from(root, place.path), "line": str(place.line), "col": str(place.column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in said.items())
    return f"::error {properties}::{_data(chr(10).join(lines))}"


def _from(root: Path, path: Path) -> str:
    whole = path.absolute()
    return str(whole.relative_to(root) if whole.is_relative_to(root) else path)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
