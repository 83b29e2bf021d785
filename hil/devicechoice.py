"""Which device a scenario is about, and where its state is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from hil import data
from hil.fields import Offered
from hil.state.durability import Durability

TEMPORARY = "temporary"
FOLDER = "devices"

ModelName = Annotated[str, Offered(lambda: data.names(FOLDER))]
"""A file, or the name of a model that comes with dmrig."""


class ScenarioDevice(BaseModel):
    """Written as one value (``device: generic``) it is the model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelName = "generic"
    """A file, or a name in ``fixtures/devices``."""
    state: Annotated[str, Offered(lambda: [TEMPORARY])] | None = None
    """A file that keeps the device's state from run to run: tree, accounts, nonces, and what waits to be sent.
    It is made if need be. `temporary` is a file that is gone after the run. Without one, each run begins with a
    device fresh from the factory."""
    durability: Durability = Durability.COMMAND
    """When a change is on the disk: before the answer to its `command` leaves the device, at the end of the
    `session`, or (`none`) at the end of the run."""

    def overruled(self, model: str | None, state: str | None, durability: Durability | None) -> ScenarioDevice:
        """The same with what is not None in place of its own."""
        return ScenarioDevice(
            model=model or self.model, state=state or self.state, durability=durability or self.durability
        )


DeviceChoice = Annotated[
    ScenarioDevice,
    BeforeValidator(lambda said: {"model": said} if isinstance(said, str) else said),
    Offered(lambda: data.names(FOLDER)),
]
