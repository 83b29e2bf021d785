"""The virtual modem as a part, on a pseudo-terminal: read by our own line, or by pyserial like a real one."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import cast

from pydantic import Field

from hil.bench import Bench
from hil.errors import PartMissing
from hil.modem.line import Line
from hil.modem.part import ModemPart
from hil.modem.ptyline import PtyLine
from hil.modem.served import ServedModem
from hil.modem.virtual.contacts import Icc
from hil.modem.virtual.profile import Profile
from hil.part import PartSettings, part_kind

DEFAULT = Profile()


class VirtualModemSettings(PartSettings):
    imei: str = Field(DEFAULT.imei, pattern=r"^[0-9]{15}$")
    imsi: str = Field(DEFAULT.imsi, pattern=r"^[0-9]{6,15}$")
    smsc: str = Field(DEFAULT.smsc, pattern=r"^\+?[0-9]{1,20}$")
    """The number of the service centre."""
    pin: str | None = Field(None, pattern=r"^[0-9]{4,8}$")
    """What the modem's SIM asks for, and the driver enters."""
    direct: bool = True
    """Messages are delivered with +CMT; false: stored, and announced with +CMTI."""


class VirtualNetwork:
    """The network behind a virtual modem (capability ``sms.deliver``)."""

    def __init__(self, modem: ServedModem) -> None:
        self._modem = modem

    def deliver(self, tpdu: bytes) -> None:
        """Send one TPDU (SMS-DELIVER) to the modem, at once and as it is. Raises `hil.errors.UsageError`."""
        self._modem.deliver(tpdu)

    @property
    def waiting(self) -> int:
        """Messages that the modem has not taken yet."""
        return self._modem.smsc.waiting


@part_kind("modem", "virtual")
class VirtualModemPart(ModemPart):
    """A virtual modem, read by our own line."""

    Settings = VirtualModemSettings
    capabilities = frozenset({"sms.deliver", "modem.unplug"})
    jumps = True

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._modem: ServedModem | None = None
        self._icc: Icc | None = None
        self._stopped = False

    @property
    def modem(self) -> ServedModem:
        if self._modem is None:
            raise PartMissing("the virtual modem has not been started")
        return self._modem

    @property
    def network(self) -> VirtualNetwork:
        return VirtualNetwork(self.modem)

    def insert_card(self, icc: Icc) -> None:
        """Put a card into the modem, before or after it is started."""
        self._icc = icc
        if self._modem is not None:
            self._modem.insert_card(icc)

    def remove_card(self) -> None:
        self._icc = None
        if self._modem is not None:
            self._modem.remove_card()

    def unplug(self) -> None:
        """The serial port vanishes, as when somebody pulls the cable."""
        self.modem.close()

    def stop(self) -> None:
        self._stopped = True
        super().stop()
        if self._modem is not None:
            self._modem.close()

    def quiet(self) -> bool:
        """Whether both ends have fully dealt with every byte that the other one wrote.

        A message that waits for its acknowledgement needs no further look: the driver writes the
        acknowledgement while it deals with the message. When it does not, only the clock brings things on.
        """
        if self._stopped or self._modem is None or self._driver is None or self._driver.broken is not None:
            return True
        link = self._driver.link
        return self._modem.port.settled(link.sent, link.received)

    def _open(self) -> Line:
        settings = cast("VirtualModemSettings", self.settings)
        profile = Profile(
            imei=settings.imei,
            imsi=settings.imsi,
            smsc=settings.smsc,
            pin=settings.pin,
            direct=settings.direct,
        )
        scheduler = self.bench.scheduler
        self._modem = modem = ServedModem(profile, scheduler.clock.now, self._on_deadline)
        if self._icc is not None:
            modem.insert_card(self._icc)
        modem.start()
        return self._line(modem.path)

    def _pin(self) -> str | None:
        return cast("VirtualModemSettings", self.settings).pin

    def _line(self, path: str) -> Line:
        return PtyLine(path)

    def _on_deadline(self, when: datetime) -> None:
        scheduler = self.bench.scheduler
        # In whatever thread this is, the scheduler's queue of due actions is its own.
        scheduler.post(lambda: scheduler.call_at(when, partial(self.modem.tick)))


@part_kind("modem", "virtual-serial")
class VirtualSerialModemPart(VirtualModemPart):
    """The same modem, its pseudo-terminal opened by pyserial as a real port is."""

    def _line(self, path: str) -> Line:
        from hil.modem.serial import SerialLine

        return SerialLine(path)
