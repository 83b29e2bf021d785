"""``device.alert``, ``device.complete``, ``device.report``: what the device tells of its own accord."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator, model_validator

from hil.device.contract import Telling
from hil.errors import CannotDo
from hil.fields import HexBytes
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from simulator.codes.alert import AlertCode
from simulator.errors import SessionError
from simulator.session.alerts import AlertItem

Mark = Literal["fatal", "critical", "minor", "warning", "informational", "harmless", "indeterminate"]


class _Told(StepModel):
    """One Item of an Alert."""

    needs = frozenset({"device.tell"})

    type: str
    """Meta Type: a URN registered for alerts, or a media type."""
    data: str = ""
    hex: HexBytes | None = None
    """Octets, instead of `data`."""
    format: str = ""
    """Meta Format; left out: chr, or bin for octets."""
    mark: Mark | None = None

    @model_validator(mode="after")
    def _one_value(self) -> _Told:
        if self.data and self.hex is not None:
            raise ValueError("give either 'data' or 'hex'")
        return self

    def item(self, source: str | None) -> AlertItem:
        try:
            return AlertItem(
                self.type, self.data if self.hex is None else self.hex, self.format, source, self.mark
            )
        except SessionError as error:
            raise CannotDo(str(error)) from error


class DeviceAlert(_Told):
    """Tell the server something: in the session that is open or due, or in one that the device opens for it."""

    code: int = 1226
    """1226: a Generic Alert; 1224: a Client Event."""
    source: str | None = None
    """The Management Object that it is about."""
    correlator: str | None = None
    server: str | None = None
    """The ServerID of the account; not needed when there is just one."""

    @field_validator("code")
    @classmethod
    def _of_a_client(cls, code: int) -> int:
        if code not in (1224, 1226):
            raise ValueError("a device tells something with alert 1224 or 1226")
        return code


@step("device.alert", DeviceAlert)
def alert(run: Run, wanted: DeviceAlert) -> None:
    items = [wanted.item(wanted.source)]
    run.part("device", Telling).alert(wanted.server, items, AlertCode(wanted.code), wanted.correlator)


class Complete(_Told):
    """An Exec that was answered 202 comes to its end: a Generic Alert tells the server, with its Correlator."""

    uri: str
    """The node that was executed."""
    correlator: str | None = None
    """Which of several Execs of it; left out: the oldest."""


@step("device.complete", Complete)
def complete(run: Run, wanted: Complete) -> None:
    run.part("device", Telling).complete(wanted.uri, wanted.item(None), wanted.correlator)


class Report(_Told):
    """Send a report without a session (Alert 1230)."""

    source: str | None = None
    """The Management Object that it is about."""
    server: str | None = None
    """The ServerID of the account; not needed when there is just one."""


@step("device.report", Report)
def report(run: Run, wanted: Report) -> None:
    run.part("device", Telling).report(wanted.server, [wanted.item(wanted.source)])
