"""What parts with a virtual modem in them have in common, whoever reads its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import cast

from pydantic import Field

from hil.bench import Bench
from hil.errors import PartMissing
from hil.modem.port import Port
from hil.modem.profile.files import load_profile
from hil.modem.pty import PtyPort
from hil.modem.served import ServedModem
from hil.modem.settings import STANDARD_VENDOR, NetworkSettings, PlannedFault, Vendor
from hil.modem.transit import Conditions
from hil.modem.virtual.contacts import Icc
from hil.modem.virtual.faults import Fault
from hil.modem.virtual.profile import IMEI, IMSI, NUMBER, SMSC, Profile
from hil.part import Part, PartSettings


class ServedSettings(PartSettings):
    """The modem itself, its SIM and its network."""

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


class ServedPart(Part):
    """A virtual modem that is made when the part starts, with the network's side of it."""

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

    def change_network(self, settings: NetworkSettings) -> None:
        self.modem.change_network(self._conditions(settings))

    def fault(self, fault: Fault) -> None:
        self.modem.fault(fault)

    def repair(self) -> None:
        self.modem.repair()

    def _serve(self, port: Callable[[Callable[[bytes], None]], Port] = PtyPort) -> ServedModem:
        """Make the modem, and have it answer. Raises `PartMissing`."""
        settings = cast("ServedSettings", self.settings)
        scheduler = self.bench.scheduler
        self._modem = modem = ServedModem(
            settings.profile(),
            scheduler.clock.now,
            self._on_deadline,
            conditions=self._conditions(settings.network),
            port=port,
        )
        if self._icc is not None:
            modem.insert_card(self._icc)
        for planned in settings.faults:
            scheduler.call_later(planned.after, partial(self._plan, planned.fault()))
        modem.start()
        return modem

    def _conditions(self, settings: NetworkSettings) -> Conditions:
        return settings.conditions(self.bench.seed)

    def _plan(self, fault: Fault) -> None:
        if not self._stopped:
            self.modem.fault(fault)

    def _on_deadline(self, when: datetime) -> None:
        scheduler = self.bench.scheduler
        # In whatever thread this is, the scheduler's queue of due actions is its own.
        scheduler.post(lambda: scheduler.call_at(when, partial(self.modem.tick)))
