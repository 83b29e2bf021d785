"""The virtual modem as a part, on a pseudo-terminal: read by our own line, or by pyserial like a real one."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from pydantic import Field

from hil.bench import Bench
from hil.errors import PartBroke, PartMissing
from hil.fields import Duration
from hil.modem.line import Line
from hil.modem.part import ModemPart
from hil.modem.port import Port
from hil.modem.profile.files import load_profile
from hil.modem.ptyline import PtyLine
from hil.modem.served import ServedModem
from hil.modem.settings import STANDARD_VENDOR, NetworkSettings, PlannedFault, Vendor
from hil.modem.transit import Conditions
from hil.modem.virtual.contacts import Icc
from hil.modem.virtual.faults import Fault
from hil.modem.virtual.profile import IMEI, IMSI, NUMBER, SMSC, Profile
from hil.part import PartSettings, part_kind


class VirtualModemSettings(PartSettings):
    vendor: Vendor = STANDARD_VENDOR
    """The kind of modem: a profile that comes with dmrig, or the path of one."""
    imei: str = Field(IMEI, pattern=r"^[0-9]{15}$")
    imsi: str = Field(IMSI, pattern=r"^[0-9]{6,15}$")
    number: str = Field(NUMBER, pattern=r"^\+?[0-9]{1,20}$")
    """Its own: what it sends there comes back to it."""
    smsc: str = Field(SMSC, pattern=r"^\+?[0-9]{1,20}$")
    """The number of the service centre."""
    pin: str | None = Field(None, pattern=r"^[0-9]{4,8}$")
    """What the modem's SIM asks for, and the driver enters."""
    direct: bool = True
    """Messages are delivered with +CMT; false: stored, and announced with +CMTI."""
    slots: int | None = Field(None, ge=1, le=1000)
    """Places in each memory, instead of the vendor's."""
    look_every: Duration = timedelta(0)
    """So often the modem is asked whether it still knows its settings, because some restart without a word; 0 s:
    never."""
    back_within: Duration = timedelta(seconds=60)
    """In that time a modem that was unplugged has to be plugged in again (``modem.plug``); 0 s: it must not go."""
    network: NetworkSettings = NetworkSettings()
    faults: tuple[PlannedFault, ...] = ()
    """What goes wrong by itself."""

    def profile(self) -> Profile:
        return Profile(
            load_profile(self.vendor),
            imei=self.imei,
            imsi=self.imsi,
            number=self.number,
            smsc=self.smsc,
            pin=self.pin,
            direct=self.direct,
            slots=self.slots,
        )


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
        return self._modem.waiting


@part_kind("modem", "virtual")
class VirtualModemPart(ModemPart):
    """A virtual modem, read by our own line."""

    Settings = VirtualModemSettings
    capabilities = ModemPart.capabilities | {
        "sms.deliver", "modem.unplug", "modem.fault", "modem.network", "modem.card"
    }  # fmt: skip
    jumps = True

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._modem: ServedModem | None = None
        self._icc: Icc | None = None
        self._stopped = False
        self._opened: Port | None = None
        """The modem's end of the line that the driver has opened last."""
        self._absences = 0
        """How often it has been unplugged."""

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
        self._absences += 1
        if self._back_within:
            self.bench.scheduler.call_later(self._back_within, partial(self._overdue, self._absences))

    def plug(self) -> None:
        """The modem is back, on another serial port than before."""
        self.modem.plug_in()

    def change_network(self, settings: NetworkSettings) -> None:
        self.modem.change_network(self._conditions(settings))

    def _conditions(self, settings: NetworkSettings) -> Conditions:
        return settings.conditions(self.bench.seed)

    def fault(self, fault: Fault) -> None:
        self.modem.fault(fault)

    def repair(self) -> None:
        self.modem.repair()

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
        if self._driver.away:
            # It stays so until it is plugged in; then the driver is about to open its line.
            return not self._modem.plugged
        link = self._driver.link
        astray = self._astray
        return self._modem.port.settled(link.sent - astray.to_modem, link.received + astray.from_modem)

    def _open(self) -> Line:
        settings = cast("VirtualModemSettings", self.settings)
        scheduler = self.bench.scheduler
        if self._modem is not None:
            if not self._modem.plugged:
                raise PartMissing("the modem is not plugged in")
            if self._modem.port is self._opened:
                # the line has broken off, not the modem
                self._modem.renew_line()
            self._astray.to_modem = self._astray.from_modem = 0
            self._opened = self._modem.port
            return self._line(self._modem.path)
        self._modem = modem = ServedModem(
            settings.profile(),
            scheduler.clock.now,
            self._on_deadline,
            conditions=self._conditions(settings.network),
        )
        if self._icc is not None:
            modem.insert_card(self._icc)
        for planned in settings.faults:
            scheduler.call_later(planned.after, partial(self._plan, planned.fault()))
        modem.start()
        self._opened = modem.port
        return self._line(modem.path)

    def _pin(self) -> str | None:
        return cast("VirtualModemSettings", self.settings).pin

    @property
    def _back_within(self) -> timedelta:
        return cast("VirtualModemSettings", self.settings).back_within

    def _patience(self) -> float:
        # It is the scenario's clock that ends it; real seconds do not count here.
        return math.inf if self._back_within else 0.0

    def _overdue(self, absence: int) -> None:
        if absence == self._absences and not self.modem.plugged and not self._stopped:
            raise PartBroke(
                "the modem was unplugged, and has not come back in time",
                hint="modem.plug plugs it in again, within the rig's `back_within`",
            )

    def _look_every(self) -> timedelta:
        return cast("VirtualModemSettings", self.settings).look_every

    def _line(self, path: str) -> Line:
        return PtyLine(path)

    def _plan(self, fault: Fault) -> None:
        if not self._stopped:
            self.modem.fault(fault)

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
