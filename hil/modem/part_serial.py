"""A real modem on a serial port, as a part."""

from __future__ import annotations

from typing import cast

from pydantic import Field

from hil.modem.line import Line
from hil.modem.part import ModemPart
from hil.modem.serial import SPEED, SerialLine
from hil.part import PartSettings, part_kind


class SerialModemSettings(PartSettings):
    port: str
    """A device such as /dev/ttyUSB2, or a URL: socket://host:port, rfc2217://host:port."""
    speed: int = Field(SPEED, gt=0)
    """Bits per second."""
    pin: str | None = Field(None, pattern=r"^[0-9]{4,8}$")
    """Entered once, when the modem's SIM asks for it."""


@part_kind("modem", "serial")
class SerialModemPart(ModemPart):
    Settings = SerialModemSettings
    jumps = False

    def _open(self) -> Line:
        settings = cast("SerialModemSettings", self.settings)
        return SerialLine(settings.port, settings.speed)

    def _pin(self) -> str | None:
        return cast("SerialModemSettings", self.settings).pin

    def identity(self) -> dict[str, str]:
        return {"port": cast("SerialModemSettings", self.settings).port, **super().identity()}
