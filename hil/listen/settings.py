"""What a rig says about where its device listens for pushes (``device: {kind: simulated, listen: …}``)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hil.fields import Secret
from hil.server.http import ServerHttp

LOOPBACK = "127.0.0.1"
Port = Field(default=0, ge=0, le=65535)


class UdpSettings(BaseModel):
    """On loopback. The ports stand for those that a push names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(LOOPBACK, pattern=r"^127(\.[0-9]{1,3}){3}$")
    """Another one of loopback's, for a gateway that knows no port but 2948."""
    port: int = Port
    """What stands for 2948; 0: any free one."""
    secure_port: int = Port
    """What stands for 2949, which is for WTLS: the device takes nothing there, and says so."""


class HttpSettings(ServerHttp):
    """As a terminal of OTA-HTTP, on loopback; 4035 is its usual port, 4036 with TLS."""

    port: int = Port
    """0: any free one."""
    user: str = "ppg"
    """The gateway's name, where ``http_auth`` asks for one."""
    password: Secret = "ppg-secret"


class Listen(BaseModel):
    """Nothing said: nowhere but at the modem."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    udp: UdpSettings | None = None
    """``yes`` for all defaults."""
    http: HttpSettings | None = None
    """The same."""

    @field_validator("*", mode="before")
    @classmethod
    def _yes(cls, value: object) -> object:
        said = value.lower() if isinstance(value, str) else value
        return {} if said in ("yes", "true", True) else None if said in ("no", "false", False) else value
