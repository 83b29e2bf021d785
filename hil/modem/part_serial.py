"""A real modem on a serial port, as a part."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from pydantic import Field, model_validator

from hil.bench import Bench
from hil.fields import Duration
from hil.locks import Locks
from hil.modem import identify
from hil.modem.line import Line
from hil.modem.part import ModemPart
from hil.modem.ports import find
from hil.modem.serial import SPEED, SerialLine
from hil.part import PartSettings, part_kind


class SerialModemSettings(PartSettings):
    port: str | None = None
    """A device such as /dev/ttyUSB2, a URL (socket://host:port, rfc2217://host:port), a USB id (usb:1e0e:9001), or
    a pattern for a port's name or description ("*Quectel*")."""
    usb: str | None = Field(None, pattern=r"(?i)^[0-9a-f]{4}:[0-9a-f]{4}(:[0-9]{1,3})?$")
    """In place of `port`: vendor and product of its USB device, and the interface where it has several."""
    imei: str | None = Field(None, pattern=r"^[0-9]{14,16}$")
    """The modem with this IMEI, on whichever of the ports that `port` or `usb` may mean it is; without them on
    whichever of this machine: then AT is sent to each, before the run starts."""
    speed: int = Field(SPEED, gt=0)
    """Bits per second."""
    pin: str | None = Field(None, pattern=r"^[0-9]{4,8}$")
    """Entered once, when the modem's SIM asks for it."""
    back_within: Duration = timedelta(seconds=60)
    """A modem that is unplugged or switched off meanwhile has to come back in that time; 0 s: it must not go."""
    look_every: Duration = timedelta(minutes=1)
    """So often the modem is asked whether it still knows its settings, because some restart without a word; 0 s:
    never."""

    @model_validator(mode="after")
    def _one_place(self) -> SerialModemSettings:
        if self.port is None and self.usb is None and self.imei is None:
            raise ValueError("which modem is missing: say port, usb or imei")
        if self.port is not None and self.usb is not None:
            raise ValueError("port and usb exclude each other")
        return self

    @property
    def place(self) -> str | None:
        """As `hil.modem.ports` takes it; None: any port."""
        return self.port if self.usb is None else f"usb:{self.usb}"


@part_kind("modem", "serial")
class SerialModemPart(ModemPart):
    Settings = SerialModemSettings
    jumps = False

    settings: SerialModemSettings

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._found: str | None = None
        """Where it was when its lock was taken."""

    @classmethod
    def holds(cls, settings: PartSettings) -> tuple[str, ...]:
        wanted = cast("SerialModemSettings", settings)
        return (f"port {wanted.place}" if wanted.place is not None else "a modem chosen by its IMEI",)

    def claim(self, locks: Locks) -> None:
        wanted = self.settings
        if wanted.imei is not None:
            self.bench.recorder.masker.add(wanted.imei)
            self._found = identify.claim(wanted.imei, identify.candidates(wanted.place), wanted.speed, locks)
            return
        assert wanted.place is not None
        locks.take(identify.thing(find(wanted.place)))

    def _open(self) -> Line:
        return SerialLine(self._where(), self.settings.speed)

    def _where(self) -> str:
        """It may have become another device since it was there last."""
        found, self._found = self._found, None
        if found is not None:
            return found
        wanted = self.settings
        if wanted.imei is None:
            assert wanted.place is not None
            return find(wanted.place)
        return identify.find(wanted.imei, identify.candidates(wanted.place), wanted.speed)

    def _pin(self) -> str | None:
        return self.settings.pin

    def _patience(self) -> float:
        return self.settings.back_within.total_seconds()

    def _restores(self) -> bool:
        """Other programs use it too."""
        return True

    def _look_every(self) -> timedelta:
        return self.settings.look_every

    def identity(self) -> dict[str, str]:
        place = self.settings.place
        return {**({"port": place} if place is not None else {}), **super().identity()}
