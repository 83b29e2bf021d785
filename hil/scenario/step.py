"""Steps: each is one typed model and one function, registered by name.

The runner knows no step. A step says which capabilities it needs, so that a rig that cannot do it is refused
before anything starts, and how long it waits in the scenario's time, so that a rig with real parts can refuse
a wait of two days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from hil.fields import is_secret, show_duration
from hil.trace.structure import HIDDEN

if TYPE_CHECKING:
    from hil.scenario.run import Run


class StepModel(BaseModel):
    """What a scenario says in one step. Unknown words are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    short: ClassVar[str | None] = None
    """The field that a step written as one value (``wait: 2 days``) fills."""

    needs: ClassVar[frozenset[str]] = frozenset()
    """The capabilities that the rig's parts must have between them."""

    needs_with: ClassVar[Mapping[str, str]] = {}
    """Further ones, by the field that asks for it when the scenario says it."""
    may_need: ClassVar[frozenset[str]] = frozenset()
    """The capabilities that some values ask for beside these; `needed` says which."""

    def needed(self) -> frozenset[str]:
        """`needs`, and what the fields that were given ask for."""
        return self.needs | {need for field, need in self.needs_with.items() if field in self.model_fields_set}

    def waits(self) -> timedelta:
        """How much of the scenario's time passes for certain."""
        return timedelta()

    def look_up(self, folder: Path) -> None:
        """Raise `UsageError` when a file that the step names is not there or is wrong; looked for beside the
        scenario, in ``folder``, first. Nothing by default."""

    def describe(self) -> str:
        """What the console shows after the step's name."""
        secret = secret_fields(type(self))
        return ", ".join(
            f"{name.replace('_', ' ')} {HIDDEN if name in secret else _brief(value)}"
            for name, value in self
            if name in self.model_fields_set
        )


def secret_fields(model: type[BaseModel]) -> set[str]:
    """The fields of a model that are of type `Secret`."""
    return {
        name
        for name, field in model.model_fields.items()
        if is_secret(field.annotation) or any(map(is_secret, field.metadata))
    }


def secrets_in(model: StepModel) -> list[str]:
    """The secrets that a step was given."""
    return [value for name in secret_fields(type(model)) if isinstance(value := getattr(model, name), str)]


def _brief(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{name}: {_brief(each)}" for name, each in value.items())
        case bytes():
            return value.hex() if len(value) <= 16 else f"{len(value)} bytes"
        case timedelta():
            return show_duration(value)
        case list() | tuple():
            return ", ".join(map(_brief, value))
        case StepModel() | BaseModel():
            return " ".join(_brief(v) for n, v in value if n in value.model_fields_set)
        case _:
            return str(getattr(value, "value", value))


S = TypeVar("S", bound=StepModel)


@dataclass(frozen=True, slots=True)
class StepKind:
    name: str
    model: type[StepModel]
    function: Callable[[Run, StepModel], None]


_registry: dict[str, StepKind] = {}


def step(name: str, model: type[S]) -> Callable[[Callable[[Run, S], None]], Callable[[Run, S], None]]:
    """Register the decorated function as what the step ``name`` does."""

    def register(function: Callable[[Run, S], None]) -> Callable[[Run, S], None]:
        if name in _registry:
            raise ValueError(f"there are two steps named {name}")
        _registry[name] = StepKind(name, model, function)  # type: ignore[arg-type]
        return function

    return register


def step_kinds() -> dict[str, StepKind]:
    """All steps that are registered, by name; `hil.scenario.registry.known_steps` has them registered first."""
    return _registry
