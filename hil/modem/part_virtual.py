"""The virtual modem as a part, on a pseudo-terminal: read by our own line, or by pyserial like a real one."""

from __future__ import annotations

import math
from datetime import timedelta
from functools import partial
from typing import cast

from hil.bench import Bench
from hil.errors import PartBroke, PartMissing
from hil.fields import Duration
from hil.modem.line import Line
from hil.modem.part import ModemPart
from hil.modem.part_served import ServedPart, ServedSettings
from hil.modem.port import Port
from hil.modem.ptyline import PtyLine
from hil.part import PartSettings, part_kind


class VirtualModemSettings(ServedSettings):
    look_every: Duration = timedelta(0)
    """So often the modem is asked whether it still knows its settings, because some restart without a word; 0 s:
    never."""
    back_within: Duration = timedelta(seconds=60)
    """In that time a modem that was unplugged has to be plugged in again (``modem.plug``); 0 s: it must not go."""


@part_kind("modem", "virtual")
class VirtualModemPart(ServedPart, ModemPart):
    """A virtual modem, read by our own line."""

    Settings = VirtualModemSettings
    capabilities = ModemPart.capabilities | {
        "sms.deliver", "modem.unplug", "modem.fault", "modem.network", "modem.card"
    }  # fmt: skip
    jumps = True

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._opened: Port | None = None
        """The modem's end of the line that the driver has opened last."""
        self._absences = 0
        """How often it has been unplugged."""

    def unplug(self) -> None:
        """The serial port vanishes, as when somebody pulls the cable."""
        self.modem.close()
        self._absences += 1
        if self._back_within:
            self.bench.scheduler.call_later(self._back_within, partial(self._overdue, self._absences))

    def plug(self) -> None:
        """The modem is back, on another serial port than before."""
        self.modem.plug_in()

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
        if self._modem is not None:
            if not self._modem.plugged:
                raise PartMissing("the modem is not plugged in")
            if self._modem.port is self._opened:
                # the line has broken off, not the modem
                self._modem.renew_line()
            self._astray.to_modem = self._astray.from_modem = 0
            self._opened = self._modem.port
            return self._line(self._modem.path)
        modem = self._serve()
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


@part_kind("modem", "virtual-serial")
class VirtualSerialModemPart(VirtualModemPart):
    """The same modem, its pseudo-terminal opened by pyserial as a real port is."""

    def _line(self, path: str) -> Line:
        from hil.modem.serial import SerialLine

        return SerialLine(path)
