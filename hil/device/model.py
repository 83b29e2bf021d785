"""A device model file: who the device says it is, and how it behaves."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class DeviceModel(BaseModel):
    """The values of DevInfo and DevDetail, and the wire habits of the client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str = ""
    dev_id: str = "IMEI:004999010640000"
    man: str = "dmrig"
    mod: str = "generic"
    dm_v: str = "1.3"
    lang: str = "en-US"
    dev_typ: str = "generic"
    oem: str = "dmrig"
    fw_v: str = "1.0"
    sw_v: str = "1.0"
    hw_v: str = "1.0"
    encoding: Literal["wbxml", "xml"] = "wbxml"
    protocol: Literal["DM/1.3", "DM/1.2"] = "DM/1.3"
    max_msg_size: int = Field(default=16384, ge=512, le=1_048_576)
    user_agent: str = "dmrig/0.1"
