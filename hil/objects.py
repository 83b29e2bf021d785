"""Management Objects that do something, by name: those that come with dmrig, and those of other packages.

Another package adds one with an entry point::

    [project.entry-points."dmrig.objects"]
    lamp = "my_package.lamp:Lamp"

and device models can then say ``objects: {lamp: {...}}``. The class is a ManagedObject of
`simulator.behaviour.objects`.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from hil.errors import UsageError
from simulator.behaviour.objects import ManagedObject

GROUP = "dmrig.objects"
OWN = {"fumo": "simulator.behaviour.fumo:Fumo"}
"""As in pyproject.toml: a checkout that is not installed has no entry points."""


@cache
def names() -> dict[str, str]:
    """What there is: name to ``module:class``. A name that comes with dmrig is nobody else's."""
    return {**{point.name: point.value for point in entry_points(group=GROUP)}, **OWN}


def load(name: str) -> type[ManagedObject]:
    """Raises `UsageError` for a plug-in that cannot be loaded, or is none."""
    point = names()[name]
    try:
        found: Any = EntryPoint(name, point, GROUP).load()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the object {name!r} ({point}) cannot be loaded: {error}") from error
    except Exception as error:
        raise UsageError(f"the object {name!r} ({point}) breaks: {type(error).__name__}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, ManagedObject) and hasattr(found, "kind")):
        raise UsageError(f"{point} is no kind of ManagedObject: expected is a class derived from it with a 'kind'")
    return found


def forget() -> None:
    """Look again which packages there are."""
    importlib.invalidate_caches()
    names.cache_clear()
