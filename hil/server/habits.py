"""How a DM server behaves, as files say it: a server's own file, a rig, a scenario's ``server.settings``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hil.server.settings import Packing, Present
from hil.standards import current
from simulator.security.mac import Formula, Integrity
from simulator.syncml.encoding import Encoding


def usual() -> dict[str, Any]:
    """The fields of `hil.server.settings.ServerSettings` that the standards file says."""
    assumed = current()
    return {"integrity": assumed.mac, "ver_protos": assumed.ver_protos, "ver_dtds": assumed.ver_dtds}


class Habits(BaseModel):
    """What is not said stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    present: Present | None = None
    """When the server presents its own credentials."""
    packing: Packing | None = None
    """How many commands stand in one package."""
    every_message: bool | None = None
    """The device authenticates itself in each message (status 200), not once for the session (212)."""
    max_msg_size: Annotated[int, Field(ge=1)] | None = None
    """The longest message, in octets, that devices may send."""
    max_obj_size: Annotated[int, Field(ge=1)] | None = None
    """The largest object, in octets, that devices may send in chunks."""
    resp_uri: str | None = None
    """Where devices go on after their first message: a URL, or a path at the same server."""
    encoding: Literal["wbxml", "xml"] | None = None
    """What the server answers in, whatever the device's messages are."""
    alert_status: dict[int, int] | None = None
    """By alert code: what devices' alerts are answered with."""
    report_status: Literal[200, 202, 204] | None = None
    """HTTP status that answers a sessionless report."""
    strict: bool | None = None
    """Whether the order of elements is looked at, which means to read every message twice."""
    mac: Formula | None = None
    """How the MAC of an account with HMAC is made, for a device that speaks DM 1.3."""
    mac_name: str | None = None
    """What that is called in the header."""

    def changes(self) -> dict[str, Any]:
        """The fields of `hil.server.settings.ServerSettings` that are said."""
        said = {name: getattr(self, name) for name in Habits.model_fields}
        changes = {name: value for name, value in said.items() if value is not None}
        if self.encoding is not None:
            changes["encoding"] = Encoding[self.encoding.upper()]
        formula, name = changes.pop("mac", None), changes.pop("mac_name", None)
        if formula is not None or name is not None:
            assumed = current().mac
            changes["integrity"] = Integrity(formula or assumed.formula, name or assumed.algorithm)
        return changes
