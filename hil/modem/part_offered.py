"""The virtual modem for a program that is no part of dmrig: its line is offered, and the bench leaves it alone."""

from __future__ import annotations

from functools import partial
from typing import cast

from pydantic import Field

from hil.modem.part_served import ServedPart, ServedSettings
from hil.modem.pty import PtyPort
from hil.modem.tcp import TcpPort
from hil.part import part_kind


class OfferedModemSettings(ServedSettings):
    tcp: str | None = Field(None, pattern=r"^([^\s:/@]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$")
    """``127.0.0.1:0``: a TCP address instead of a pseudo-terminal. Port 0: a free one."""


@part_kind("modem", "offered")
class OfferedModemPart(ServedPart):
    """A virtual modem whose line an external device opens: ``${modem.port}``. SMS and faults reach it as any."""

    Settings = OfferedModemSettings
    capabilities = frozenset({"sms.deliver", "modem.fault", "modem.network"})
    withholds = frozenset({"modem.unplug"})
    """Where its line is next, nobody would tell the program."""
    jumps = False
    """Nobody knows when the program at the other end is done."""

    def start(self) -> None:
        settings = cast("OfferedModemSettings", self.settings)
        for secret in (settings.imei, settings.imsi, settings.number.removeprefix("+"), settings.pin):
            if secret is not None:
                self.bench.recorder.masker.add(secret)
        if settings.tcp is None:
            modem = self._serve(PtyPort)
        else:
            host, _, port = settings.tcp.rpartition(":")
            modem = self._serve(partial(TcpPort, host.strip("[]"), int(port)))
        self.bench.recorder.note(f"the modem is offered at {modem.path}", part="modem")

    def stop(self) -> None:
        self._stopped = True
        if self._modem is not None:
            self._modem.close()

    def variables(self) -> dict[str, str]:
        if self._modem is None:
            return {}
        scheme, _, address = self._modem.path.rpartition("://")
        return {"modem.port": self._modem.path} | ({"modem.address": address} if scheme else {})

    def identity(self) -> dict[str, str]:
        observed = cast("OfferedModemSettings", self.settings).profile().observed
        return {"manufacturer": observed.manufacturer, "model": observed.model}
