"""A scenario: a device, an account, steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hil.account import Account
from hil.devicechoice import DeviceChoice, ScenarioDevice
from hil.fields import Duration
from hil.scenario.step import StepKind, StepModel


class ScenarioHead(BaseModel):
    """Everything in a scenario file but its steps, which `hil.scenario.load` reads one by one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    about: str = ""
    tags: list[str] = Field(default_factory=list)
    features: list[str] = Field(default_factory=list)
    """Ids of client profile features that the scenario shows."""
    start: datetime | None = None
    """Where the scenario's clock starts, when it can jump."""
    seed: int = 1
    """Everything random in a run (nonces, references) follows from it."""
    device: DeviceChoice = ScenarioDevice()
    """The device model: a file, or a name in ``fixtures/devices``; or the model and where its state is kept."""
    account: Account = Account()
    patience: Duration = timedelta(seconds=60)
    """How long an expectation waits, in the scenario's time, when it does not say."""
    steps: list[Any] = Field(min_length=1)

    @field_validator("start")
    @classmethod
    def _utc(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it stands in the file."""

    kind: StepKind
    model: StepModel
    line: int

    def __str__(self) -> str:
        said = self.model.describe()
        return f"{self.kind.name}: {said}" if said else self.kind.name


@dataclass(frozen=True, slots=True)
class Scenario:
    path: Path
    head: ScenarioHead
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        return self.head.name
