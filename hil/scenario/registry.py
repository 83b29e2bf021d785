"""The steps that a scenario may use: those that come with dmrig, and those of other packages.

Another package adds steps with an entry point, which names the module that registers them::

    [project.entry-points."dmrig.steps"]
    lamp = "my_package.steps"

Its steps are written as dmrig's own are (`hil.scenario.step`), with names of the package's: ``lamp.switch``.
"""

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint, entry_points

from hil.errors import UsageError
from hil.scenario.step import StepKind, step_kinds

GROUP = "dmrig.steps"

_loaded: set[str] = set()
"""Entry points whose module has been imported."""


def known_steps() -> dict[str, StepKind]:
    """The steps that a scenario may use, by name. A new step of dmrig's is one new file in ``hil/steps``.

    Raises `UsageError` for a package whose steps cannot be loaded.
    """
    if not _loaded:
        _loaded.add("")
        importlib.import_module("hil.steps")
        for point in entry_points(group=GROUP):
            load(point)
    return step_kinds()


def own_steps() -> dict[str, StepKind]:
    """Those that come with dmrig."""
    return {name: kind for name, kind in known_steps().items() if kind.model.__module__.startswith("hil.")}


def load(point: EntryPoint) -> None:
    """Have a package register its steps, once."""
    if point.value in _loaded:
        return
    _loaded.add(point.value)
    try:
        point.load()
    except Exception as error:
        raise UsageError(
            f"the steps of {point.name!r} ({point.value}) cannot be loaded: {type(error).__name__}: {error}",
            hint="repair or uninstall the package that they come from",
        ) from error
