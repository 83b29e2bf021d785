"""Nodes that are not there from the start, and values that change by themselves, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from simulator.device import Device, DeviceEvent, Happened
from simulator.objects.maker import OwnNode
from simulator.tree import uri as uris
from simulator.tree.node import Value


@dataclass(frozen=True, slots=True)
class When:
    """So long after the device was switched on, or after something happened to it."""

    event: str | None = None
    """What happens; None: the device is switched on."""
    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Change:
    when: When
    value: Value | None = None
    """The new value of the leaf."""
    gone: bool = False
    """The node, and all below it, goes instead."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of one node."""

    node: OwnNode
    appears: When | None = None
    """None: it stands from the factory on."""
    changes: tuple[Change, ...] = ()


Step = Callable[[Device, datetime], list[DeviceEvent]]


class PlannedNodes:
    """The behaviour that carries plans out. What a server did in the meantime stays: a node that it has added is
    not added again, one that it has deleted does not change."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        self._steps = tuple(step for plan in plans for step in _steps(plan))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(when.event for when, _ in self._steps if when.event is not None)

    def start(self, device: Device, now: datetime) -> list[DeviceEvent]:
        return self._plan(device, None, now)

    def happen(self, device: Device, name: str, now: datetime) -> list[DeviceEvent] | None:
        return self._plan(device, name, now) if name in self.names else None

    def _plan(self, device: Device, event: str | None, now: datetime) -> list[DeviceEvent]:
        for when, step in self._steps:
            if when.event == event:
                device.agenda.at(now + when.after, partial(step, device))
        return []


def _steps(plan: Plan) -> Iterator[tuple[When, Step]]:
    if plan.appears is not None:
        yield plan.appears, lambda device, now: _appear(device, plan.node)
    for change in plan.changes:
        yield change.when, partial(_change, plan.node.uri, change)


def _appear(device: Device, node: OwnNode) -> list[DeviceEvent]:
    uri = uris.normalise(node.uri)
    if device.tree.exists(uri):
        return [Happened(f"{uri} would appear, and is there already")]
    with device.tree.transaction():
        device.tree.add(uri, format=node.format, type=node.type or None, value=node.value)
        if node.acl:
            device.tree.set_acl(uri, node.acl)
    return [Happened(f"{uri} appears")]


def _change(target: str, change: Change, device: Device, now: datetime) -> list[DeviceEvent]:
    uri = uris.normalise(target)
    if not device.tree.exists(uri):
        return [Happened(f"{uri} would change, and is not there")]
    if change.gone:
        device.tree.delete(uri)
        return [Happened(f"{uri} disappears")]
    device.tree.replace(uri, change.value)
    return [Happened(f"{uri} changes")]
