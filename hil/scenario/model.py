"""A scenario: a device, an account, and steps in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from hil.account import Account
from hil.devicechoice import DeviceChoice, ScenarioDevice
from hil.fields import Duration, Offered
from hil.place import Place
from hil.profile import client_profile
from hil.rig.load import RigPart, RigPlan
from hil.scenario.step import StepKind, StepModel


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScenarioHead(Words):
    """A scenario: what happens to a device, step by step, and what has to come of it."""

    # Everything but the steps, which `hil.scenario.parse` reads one by one; editors show the line above.

    name: str
    about: str = ""
    tags: list[str] = Field(default_factory=list)
    """Words to choose scenarios by."""
    features: list[Annotated[str, Offered(lambda: client_profile().features)]] = Field(default_factory=list)
    """Ids of client profile features that the scenario shows."""
    vars: dict[str, Any] = Field(default_factory=dict)
    """Variables, each with its default; one without a default has to be given. `${name}` stands for the value."""
    matrix: dict[str, Any] = Field(default_factory=dict)
    """Variables with several values each: one run for every combination, without those in `exclude`."""
    start: datetime | None = None
    """Where the scenario's clock starts, when it can jump."""
    seed: int = 1
    """Everything random in a run (nonces, references, damage) follows from it."""
    device: DeviceChoice = ScenarioDevice()
    """The device model: a file, or a name in ``fixtures/devices``; or the model and where its state is kept.
    A file with a `kind` in it is a device as a rig file has it, which takes the place of the rig's."""
    account: Account = Account()
    patience: Duration = timedelta(seconds=60)
    """How long an expectation waits, in the scenario's time, when it does not say."""
    timeout: Duration | None = None
    """How long all of it may take, in the scenario's time."""
    steps: list[Any] = Field(min_length=1)
    finally_: list[Any] = Field(default_factory=list, alias="finally")
    """Steps that are played at the end in any case, every one of them, whatever went wrong before."""

    @field_validator("start")
    @classmethod
    def _utc(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Retry(Words):
    """How often something is played again when it does not hold. Written as one number it is `times`."""

    times: int = Field(ge=1, le=1000)
    """At most so often again."""
    every: Duration = timedelta()
    """How much of the scenario's time passes before each further attempt."""


def retry_times(said: object) -> object:
    """The short form."""
    return {"times": said} if isinstance(said, str) else said


class Modifiers(Words):
    """What may stand beside a step, a block or an include."""

    timeout: Duration | None = None
    """How long it may take, with every attempt, in the scenario's time."""
    retry: Annotated[Retry, BeforeValidator(retry_times)] | None = None
    """An expectation in it that does not hold is no failure yet: it is played again. Other errors are failures."""


class StepModifiers(Modifiers):
    """What may stand beside a step."""

    not_before: Duration | None = None
    """It may not be over before so much of the scenario's time: what holds earlier is a failure."""


PLAIN = StepModifiers()
"""Nothing stands beside it."""


class BlockWords(Modifiers):
    """Steps that belong together; with a `phase` they have a name, which console, trace and reports show."""

    phase: str = ""
    """The name."""
    steps: list[Any] = Field(min_length=1)
    finally_: list[Any] = Field(default_factory=list, alias="finally")
    """Steps that are played behind the others in any case, every one of them."""


class IncludeWords(Modifiers):
    """The steps of another file, in place of this entry."""

    include: str
    """The file, beside the one that names it."""
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Values for the file's variables. Nothing else is known to it but the account's and the parts' variables."""
    phase: str = ""
    """A name for all of them."""


class IncludedFile(Words):
    """A file of steps for others to include."""

    about: str = ""
    vars: dict[str, Any] = Field(default_factory=dict)
    """Its variables, with their defaults; one without a default has to be given."""
    steps: list[Any] = Field(min_length=1)
    finally_: list[Any] = Field(default_factory=list, alias="finally")


class StepValues(Protocol):
    """What a step is made of again while the rig runs."""

    def model(self, variables: Mapping[str, str]) -> StepModel:
        """With the variables of the account and the parts. Raises `InvalidFile` for one that nobody has, or a
        value that does not fit."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it stands in the file."""

    kind: StepKind
    model: StepModel
    place: Place
    modifiers: StepModifiers = PLAIN
    late: StepValues | None = None
    """Its values, when they use variables that only a running rig has: the model then shows the names."""

    @property
    def line(self) -> int:
        return self.place.line

    def __str__(self) -> str:
        said = self.model.describe()
        return f"{self.kind.name}: {said}" if said else self.kind.name


@dataclass(frozen=True, slots=True)
class Block:
    """Steps and blocks, and what is played behind them in any case."""

    items: tuple[Step | Block, ...]
    cleanup: tuple[Step | Block, ...] = ()
    phase: str = ""
    place: Place | None = None
    modifiers: Modifiers = PLAIN

    def walk(self, phases: tuple[str, ...] = ()) -> Iterator[tuple[Step, tuple[str, ...]]]:
        """Every step in order, with the phases that it is in, from the outermost."""
        phases = (*phases, self.phase) if self.phase else phases
        for item in (*self.items, *self.cleanup):
            if isinstance(item, Block):
                yield from item.walk(phases)
            else:
                yield item, phases

    def blocks(self) -> Iterator[Block]:
        """This block and all within it."""
        yield self
        for item in (*self.items, *self.cleanup):
            if isinstance(item, Block):
                yield from item.blocks()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run that a file stands for, ready to be played."""

    path: Path
    head: ScenarioHead
    body: Block
    variant: Mapping[str, str] = field(default_factory=dict)
    """The labels of this run on the axes of the file's matrix."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Variables that were given from outside."""
    names: frozenset[str] = frozenset()
    """All variables that may be given."""
    device: RigPart | None = None
    """The device of a file that the scenario names, in place of the rig's."""

    def rig(self, plan: RigPlan) -> RigPlan:
        """The rig that it is played on, when ``plan`` is the one that is there."""
        return plan if self.device is None else plan.with_part("device", self.device)

    @property
    def name(self) -> str:
        if not self.variant:
            return self.head.name
        return f"{self.head.name} [{', '.join(f'{name}={label}' for name, label in self.variant.items())}]"

    @property
    def stem(self) -> str:
        """A short name for the run's directory."""
        return "-".join([self.path.stem, *self.variant.values()])

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step in order, whatever block it is in; those of `finally` as well."""
        return tuple(step for step, _ in self.body.walk())
