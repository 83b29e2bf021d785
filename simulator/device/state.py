"""What of a device outlives its power: rows to be kept, what has changed of them, and the way back.

Each kind of row is a frozen dataclass with a ``TABLE`` name and the fields of its ``KEY``; fields are str, int,
bool, bytes, or None. What is small is turned into rows each time and compared; the tree, which may be large,
notes what changes in it. A new kind of state is one more row class and one more `Section`.

    journal = Journal(device)
    device.on_change = lambda: keep(journal.take())   # durable when it returns
    ...
    restore(another_device, rows)                     # of the same model, fresh
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from simulator.codes.alert import AlertCode
from simulator.device import telling
from simulator.device.events import SessionDue
from simulator.device.origins import Entry, Origins
from simulator.device.telling import AlertRow, JobRow
from simulator.errors import StateError
from simulator.notification.message import UIMode
from simulator.tree import overlay
from simulator.tree.overlay import AclRow, NodeRow

if TYPE_CHECKING:
    from simulator.device.device import Device


class Row(Protocol):
    """One kind of row; ``TABLE`` is its name, ``KEY`` names the fields that tell rows apart."""

    TABLE: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]]


Key = tuple[object, ...]


def key(row: Row) -> Key:
    return tuple(getattr(row, name) for name in row.KEY)


@dataclass(frozen=True, slots=True)
class Put:
    """This row is now so."""

    row: Row


@dataclass(frozen=True, slots=True)
class Drop:
    """There is no such row any more."""

    kind: type[Row]
    key: Key


Change = Put | Drop

# -- what is small


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """Whose state it is."""

    TABLE: ClassVar[str] = "device"
    KEY: ClassVar[tuple[str, ...]] = ("dev_id",)

    dev_id: str


@dataclass(frozen=True, slots=True)
class OriginRow:
    """Which bootstrap brought an account."""

    TABLE: ClassVar[str] = "origin"
    KEY: ClassVar[tuple[str, ...]] = ("uri",)

    uri: str
    server_id: str
    origin: str
    fingerprint: bytes
    place: int
    """The order in which they came."""


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """A notification that was taken: its copy opens no second session."""

    TABLE: ClassVar[str] = "notification"
    KEY: ClassVar[tuple[str, ...]] = ("place",)

    place: int
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class DueRow:
    """A session that was asked for and not opened yet."""

    TABLE: ClassVar[str] = "due"
    KEY: ClassVar[tuple[str, ...]] = ("place",)

    place: int
    server_id: str
    alert: int
    session_id: str | None
    ui_mode: int
    ver_proto: str | None
    """The version that the notification has for it."""


@dataclass(frozen=True, slots=True)
class ResyncRow:
    """A nonce that the next session with a server goes on with, instead of the account's."""

    TABLE: ClassVar[str] = "resync"
    KEY: ClassVar[tuple[str, ...]] = ("server_id",)

    server_id: str
    nonce: bytes


@dataclass(frozen=True, slots=True)
class CounterRow:
    TABLE: ClassVar[str] = "counter"
    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of small state."""

    row: type[Row]
    rows: Callable[[Device], Iterable[Any]]
    restore: Callable[[Device, list[Any]], None]


def _identity(device: Device) -> Iterator[IdentityRow]:
    node = device.tree.base.nodes.get("./DevInfo/DevId")
    yield IdentityRow(str(node.value) if node is not None else "")


def _check_identity(device: Device, rows: list[IdentityRow]) -> None:
    ours, kept = list(_identity(device)), [row.dev_id for row in rows]
    if rows != ours:
        raise StateError(f"the state is that of {' and '.join(kept) or 'nobody'}; this device is {ours[0].dev_id}")


def _origins(device: Device) -> Iterator[OriginRow]:
    for place, entry in enumerate(device.origins):
        yield OriginRow(entry.uri, entry.server_id, entry.origin, entry.fingerprint, place)


def _restore_origins(device: Device, rows: list[OriginRow]) -> None:
    ordered = sorted(rows, key=lambda row: row.place)
    device.origins = Origins(Entry(row.uri, row.server_id, row.origin, row.fingerprint) for row in ordered)


def _notifications(device: Device) -> Iterator[NotificationRow]:
    return (NotificationRow(place, seen) for place, seen in enumerate(device.memory.fingerprints))


def _restore_notifications(device: Device, rows: list[NotificationRow]) -> None:
    device.memory.fingerprints.extend(row.fingerprint for row in sorted(rows, key=lambda row: row.place))


def _due(device: Device) -> Iterator[DueRow]:
    for place, due in enumerate(device.due):
        version = device.versions.get((due.server_id, due.session_id or ""))
        yield DueRow(place, due.server_id, int(due.alert), due.session_id, due.ui_mode.value, version)


def _restore_due(device: Device, rows: list[DueRow]) -> None:
    for row in sorted(rows, key=lambda row: row.place):
        device.due.append(SessionDue(row.server_id, AlertCode(row.alert), row.session_id, UIMode(row.ui_mode)))
        if row.session_id is not None:
            device.memory.due.add((row.server_id, row.session_id))
        if row.ver_proto is not None:
            device.versions[row.server_id, row.session_id or ""] = row.ver_proto


def _resync(device: Device) -> Iterator[ResyncRow]:
    return (ResyncRow(server_id, nonce) for server_id, nonce in device.resync_nonces.items())


def _restore_resync(device: Device, rows: list[ResyncRow]) -> None:
    device.resync_nonces.update((row.server_id, row.nonce) for row in rows)


def _counters(device: Device) -> Iterator[CounterRow]:
    yield CounterRow("sessions", device.session_count)


def _restore_counters(device: Device, rows: list[CounterRow]) -> None:
    device.session_count = next((row.value for row in rows if row.name == "sessions"), 0)


SECTIONS = (
    Section(IdentityRow, _identity, _check_identity),
    Section(OriginRow, _origins, _restore_origins),
    Section(NotificationRow, _notifications, _restore_notifications),
    Section(DueRow, _due, _restore_due),
    Section(ResyncRow, _resync, _restore_resync),
    Section(CounterRow, _counters, _restore_counters),
    Section(AlertRow, telling.alerts, telling.restore_alerts),
    Section(JobRow, telling.jobs, telling.restore_jobs),
)
ROWS: tuple[type[Row], ...] = (NodeRow, AclRow, *(section.row for section in SECTIONS))
"""Every kind of row there is."""

# -- everything together


class Journal:
    """What has changed in a device since it was last asked. One for a device; it starts with nothing changed."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._watch = overlay.Watch(device.tree.store)
        self._tree = overlay.Rows(device.tree)
        self._known = {section.row: _keyed(section.rows(device)) for section in SECTIONS}

    @property
    def in_transaction(self) -> bool:
        """Whether the tree's changes may yet be taken back: then is no time to keep them."""
        return self._watch.in_transaction

    def take(self) -> list[Change]:
        """The changes since the last time; they are not told again."""
        changes: list[Change] = []
        nodes, acls = self._watch.take()
        changes += [_change(NodeRow, uri, self._tree.node(uri)) for uri in nodes]
        changes += [_change(AclRow, uri, self._tree.acl(uri)) for uri in acls]
        for section in SECTIONS:
            known, now = self._known[section.row], _keyed(section.rows(self._device))
            if now != known:
                changes += [Drop(section.row, key) for key in known if key not in now]
                changes += [Put(row) for key, row in now.items() if known.get(key) != row]
                self._known[section.row] = now
        return changes


def _change(kind: type[Row], uri: str, row: Row | None) -> Change:
    return Put(row) if row is not None else Drop(kind, (uri,))


def _keyed(rows: Iterable[Any]) -> dict[Key, Any]:
    return {key(row): row for row in rows}


def rows_of(device: Device) -> Iterator[Row]:
    """All of a device's lasting state."""
    tree = overlay.Rows(device.tree)
    yield from tree.nodes()
    yield from tree.acls()
    for section in SECTIONS:
        yield from section.rows(device)


def restore(device: Device, rows: Mapping[type[Row], list[Any]]) -> None:
    """Give a fresh device the state that another of its model had. Raises `StateError`; throw it away then."""
    overlay.lay(device.tree, rows.get(NodeRow, ()), rows.get(AclRow, ()))
    try:
        for section in SECTIONS:
            section.restore(device, rows.get(section.row, []))
    except ValueError as error:
        raise StateError(f"the kept state is not a device's: {error}") from error
