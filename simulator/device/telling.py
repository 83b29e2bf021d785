"""What a device has yet to tell outlives its power: alerts that no server has answered, Execs not finished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from simulator.codes.alert import AlertCode
from simulator.errors import SessionError, StateError
from simulator.session.alerts import AlertItem, ClientAlert, Job

if TYPE_CHECKING:
    from simulator.device.device import Device


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One Item of an alert that waits."""

    TABLE: ClassVar[str] = "alert"
    KEY: ClassVar[tuple[str, ...]] = ("place", "item")

    place: int
    """Of the alert in its queue."""
    item: int
    server_id: str
    code: int
    correlator: str | None
    type: str
    format: str
    source: str | None
    mark: str | None
    data: str | bytes


@dataclass(frozen=True, slots=True)
class JobRow:
    """An Exec that was answered 202."""

    TABLE: ClassVar[str] = "job"
    KEY: ClassVar[tuple[str, ...]] = ("place",)

    place: int
    server_id: str
    uri: str
    correlator: str | None


def alerts(device: Device) -> Iterator[AlertRow]:
    for place, waiting in enumerate(device.alerts):
        alert = waiting.alert
        for number, item in enumerate(alert.items):
            yield AlertRow(
                place,
                number,
                waiting.server_id,
                int(alert.code),
                alert.correlator,
                item.type,
                item.format,
                item.source,
                item.mark,
                item.data,
            )


def restore_alerts(device: Device, rows: list[AlertRow]) -> None:
    ordered = sorted(rows, key=lambda row: (row.place, row.item))
    try:
        for _, group in groupby(ordered, key=lambda row: row.place):
            found = list(group)
            items = tuple(AlertItem(r.type, r.data, r.format, r.source, r.mark) for r in found)
            first = found[0]
            device.alerts.put(first.server_id, ClientAlert(AlertCode(first.code), items, first.correlator))
    except SessionError as error:
        raise StateError(f"an alert that was kept is none: {error}") from error


def jobs(device: Device) -> Iterator[JobRow]:
    for place, job in enumerate(device.jobs):
        yield JobRow(place, job.server_id, job.uri, job.correlator)


def restore_jobs(device: Device, rows: list[JobRow]) -> None:
    device.jobs += [Job(r.server_id, r.uri, r.correlator) for r in sorted(rows, key=lambda row: row.place)]
