"""A real modem on a serial port, as a part."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from pydantic import Field

from hil.fields import Duration
from hil.modem.line import Line
from hil.modem.part import ModemPart
from hil.modem.ports import find
from hil.modem.serial import SPEED, SerialLine
from hil.part import PartSettings, part_kind


class SerialModemSettings(PartSettings):
    port: str
    """A device such as /dev/ttyUSB2, a URL (socket://host:port, rfc2217://host:port), a USB id (usb:1e0e:9001), or
    a pattern for a port's name or description ("*Quectel*")."""
    speed: int = Field(SPEED, gt=0)
    """Bits per second."""
    pin: str | None = Field(None, pattern=r"^[0-9]{4,8}$")
    """Entered once, when the modem's SIM asks for it."""
    back_within: Duration = timedelta(seconds=60)
    """A modem that is unplugged or switched off meanwhile has to come back in that time; 0 s: it must not go."""
    look_every: Duration = timedelta(minutes=1)
    """So often the modem is asked whether it still knows its settings, because some restart without a word; 0 s:
    never."""


@part_kind("modem", "serial")
class SerialModemPart(ModemPart):
    Settings = SerialModemSettings
    jumps = False

    @classmethod
    def holds(cls, settings: PartSettings) -> tuple[str, ...]:
        return (f"port {cast('SerialModemSettings', settings).port}",)

    def _open(self) -> Line:
        settings = cast("SerialModemSettings", self.settings)
        return SerialLine(find(settings.port), settings.speed)

    def _pin(self) -> str | None:
        return cast("SerialModemSettings", self.settings).pin

    def _patience(self) -> float:
        return cast("SerialModemSettings", self.settings).back_within.total_seconds()

    def _look_every(self) -> timedelta:
        return cast("SerialModemSettings", self.settings).look_every

    def identity(self) -> dict[str, str]:
        return {"port": cast("SerialModemSettings", self.settings).port, **super().identity()}
