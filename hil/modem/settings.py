"""What files and commands may say about a virtual modem: its kind, the network, and what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hil import data
from hil.errors import UsageError
from hil.fields import Duration, Offered
from hil.modem.profile.files import FOLDER, STANDARD
from hil.modem.transit import Conditions
from hil.modem.virtual.faults import UNKNOWN_ERROR, Fault, Kind

Chance = Annotated[float, Field(ge=0, le=1)]


def _profile(name: str) -> str:
    try:
        data.find(FOLDER, name)
    except UsageError as error:
        raise ValueError(f"{error}; {error.hint}") from error
    return name


Vendor = Annotated[str, AfterValidator(_profile), Offered(lambda: data.names(FOLDER))]
"""The name of a modem's profile."""

STANDARD_VENDOR = STANDARD


class NetworkSettings(BaseModel):
    """What becomes of messages on their way to the modem; chances are 0 to 1, for each message by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay: Duration = timedelta(0)
    jitter: Duration = timedelta(0)
    """Up to so much is added to the delay."""
    loss: Chance = 0.0
    duplicate: Chance = 0.0
    reorder: Chance = 0.0
    """The chance to be overtaken by the next one."""
    seed: int | None = None
    """The same seed gives the same fate; otherwise the run's own seed decides."""

    def conditions(self, seed: int) -> Conditions:
        """``seed``: the run's."""
        chosen = seed if self.seed is None else self.seed
        return Conditions(self.delay, self.jitter, self.loss, self.duplicate, self.reorder, chosen)


class FaultSettings(BaseModel):
    """Something that goes wrong with a virtual modem."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    times: int = Field(default=1, ge=1, le=10_000)
    """How many messages, PDUs, lines or bursts it concerns, where it is counted."""
    at: int = Field(default=1, ge=1, le=10_000)
    """Of `send-error`: from which message on."""
    code: int = Field(default=UNKNOWN_ERROR, ge=0, le=999)
    """Of `send-error`: the number of the +CMS ERROR."""
    during: Duration | None = None
    """After this a lasting fault ends; otherwise it lasts until `modem.repair`."""

    def fault(self) -> Fault:
        return Fault(self.kind, self.times, self.at, self.code, self.during)


class PlannedFault(FaultSettings):
    """The same, from some time after the start on."""

    after: Duration = timedelta(0)
