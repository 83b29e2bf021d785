"""Management Objects that do something: the contract of a plug-in, and what puts it into a device.

A plug-in is a subclass of `ManagedObject`, named in the entry point group ``dmrig.objects``. It says which nodes
an object has (a `Description`, or a device description file read by `kind_from_ddf`), what Exec does to them, and
what goes on by itself. It keeps nothing about a device in itself: what there is to know stands in the device's
tree and in its list of jobs, so that it outlives a loss of power, and one plug-in serves any number of devices.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from simulator.codes.status import StatusCode
from simulator.device import Device, DeviceEvent
from simulator.device.agenda import Behaviour
from simulator.errors import CodecError
from simulator.session.commands.context import ExecRequest, Operation
from simulator.tree import Tree, ddf
from simulator.tree import uri as uris
from simulator.tree.model import ObjectType
from simulator.tree.node import Value


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Of an object that a device model can say nothing about."""


class ManagedObject(ABC):
    """One kind of Management Object, with what a device model said about it."""

    kind: ClassVar[ObjectType]
    """Its identifier, its nodes, and where it lives when it comes through the Inbox."""
    Settings: ClassVar[type[Any]] = NoSettings
    """A frozen dataclass, each field with a default: what a device model may say. Fields are str, int, bool,
    timedelta, such dataclasses, and tuples of and mappings from str to these."""

    def __init__(self, settings: Any = None) -> None:
        self.settings = self.Settings() if settings is None else settings

    def values(self) -> Mapping[str, Value]:
        """Of the leaves of an object that stands in a device from the factory on, by path below its root."""
        return {}

    def execute(self, device: Device, root: str, path: str, request: ExecRequest) -> int:
        """Exec of the node ``path`` of the object at ``root``: the status to answer.

        202 promises that ``device.complete(request.uri, ...)`` follows; `Device.agenda` says when. What the device
        plans returns the events of what it calls, so that whoever runs the device opens the session that is due::

            def over(now: datetime) -> list[DeviceEvent]:
                return device.complete(request.uri, AlertItem("urn:example:done", "200"))

            device.agenda.at(soon, over, about=root)
        """
        return StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED

    # -- a `Behaviour`

    @property
    def names(self) -> frozenset[str]:
        """What can happen to such an object."""
        return frozenset()

    def start(self, device: Device, now: datetime) -> list[DeviceEvent]:
        """The device was switched on: take up what its loss of power interrupted."""
        return []

    def happen(self, device: Device, name: str, now: datetime) -> list[DeviceEvent] | None:
        return None

    # -- helpers

    def roots(self, tree: Tree) -> list[str]:
        """The objects of this kind in a device, wherever they lie."""
        return [uri for uri, node in tree.walk_nodes(".") if node.kind.type == self.kind.identifier]


def kind_from_ddf(data: bytes, identifier: str) -> ObjectType:
    """The kind with that identifier in a device description, in XML or WBXML. Raises `CodecError`."""
    kinds = ddf.objects_of(ddf.describe([ddf.decode(data)]))
    if identifier not in kinds:
        raise CodecError(f"the description has no {identifier}; it has {', '.join(kinds) or 'no objects'}")
    return kinds[identifier]


class Operations(Mapping[str, Operation]):
    """What can be executed in a device: looked up when it is asked for, as objects come and go."""

    def __init__(self, device: Device, objects: Iterable[ManagedObject]) -> None:
        self._device = device
        self._objects = {each.kind.identifier: each for each in objects}

    def __getitem__(self, uri: str) -> Operation:
        above = uri
        while above != uris.ROOT:
            above = uris.parent(above)
            node = self._device.tree.store.nodes.get(above)
            found = self._objects.get(node.kind.type) if node is not None and node.children is not None else None
            if found is not None:
                return partial(found.execute, self._device, above, uri[len(above) + 1 :])
        raise KeyError(uri)

    def __iter__(self) -> Iterator[str]:
        return (uri for uri, _ in self._device.tree.walk_nodes(uris.ROOT) if uri in self)

    def __contains__(self, uri: object) -> bool:
        return isinstance(uri, str) and self.get(uri) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self)


def attach(
    device: Device, objects: Iterable[ManagedObject] = (), behaviours: Iterable[Behaviour[Device]] = ()
) -> None:
    """Put objects and other behaviours into a device."""
    given = tuple(objects)
    if given:
        device.operations = Operations(device, given)
    device.behaviours += [*given, *behaviours]
