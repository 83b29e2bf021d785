"""What a client tells of its own accord: Client Events, Generic Alerts, sessionless reports (DM Protocol §6.7).

Alerts wait in the device's `AlertQueue` until a server has answered them; a session that breaks off leaves them
there for the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.codes.alert import AlertCode
from simulator.errors import SessionError
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Alert, Item, Meta, Source
from simulator.xml.cdata import Cdata

MARKS = frozenset({"fatal", "critical", "minor", "warning", "informational", "harmless", "indeterminate"})
"""Meta/Mark of a Generic Alert; ``informational`` is meant when there is none."""

CODES = frozenset({AlertCode.CLIENT_EVENT, AlertCode.GENERIC_ALERT, AlertCode.SESSIONLESS_REPORT})


@dataclass(frozen=True, slots=True)
class AlertItem:
    """One report. `SessionError` where the standard does not allow it."""

    type: str
    """Meta/Type: a URN registered for alerts, or a media type."""
    data: str | bytes = ""
    format: str = ""
    """Meta/Format; empty: ``chr``, or ``bin`` for octets."""
    source: str | None = None
    """Absolute address of the Management Object that it is about; None: about none."""
    mark: str | None = None
    """How important it is: one of `MARKS`."""

    def __post_init__(self) -> None:
        if not self.type:
            raise SessionError("a report has a Type (DM Protocol §6.7.1.6)")
        if self.mark is not None and self.mark not in MARKS:
            raise SessionError(f"the Mark {self.mark!r} is none of {', '.join(sorted(MARKS))}")
        if self.source is not None and not self.source.startswith("./"):
            raise SessionError(f"the Source of a report is an absolute node address, not {self.source!r}")

    def item(self, encoding: Encoding, *, cdata: bool = False) -> Item:
        """As it stands in the Alert; Type and Format always do. XML carries octets as base64."""
        octets = isinstance(self.data, bytes)
        format_ = self.format or ("bin" if octets else "chr")
        if octets and encoding is Encoding.XML:
            format_ = "b64"
        data = Cdata(self.data) if cdata and isinstance(self.data, str) else self.data
        return Item(
            source=Source(self.source) if self.source is not None else None,
            meta=Meta(format=format_, type=self.type, mark=self.mark),
            data=data,
        )


@dataclass(frozen=True, slots=True)
class ClientAlert:
    """One Alert with one or more Items."""

    code: AlertCode
    items: tuple[AlertItem, ...]
    correlator: str | None = None
    """Of the Exec that this is the late answer to."""

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise SessionError(f"a client does not send Alert {int(self.code)} of its own accord")
        if not self.items:
            raise SessionError(f"Alert {int(self.code)} without an Item says nothing")

    def command(self, encoding: Encoding) -> Alert:
        items = [item.item(encoding) for item in self.items]
        return Alert("", data=str(int(self.code)), correlator=self.correlator, items=items)


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """One alert on its way; the same one is the same object."""

    server_id: str
    alert: ClientAlert


class AlertQueue:
    """A device's alerts that no server has answered yet, oldest first."""

    def __init__(self, waiting: Iterable[Waiting] = ()) -> None:
        self._waiting = list(waiting)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(tuple(self._waiting))

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, server_id: str, alert: ClientAlert) -> Waiting:
        waiting = Waiting(server_id, alert)
        self._waiting.append(waiting)
        return waiting

    def of(self, server_id: str) -> list[Waiting]:
        return [waiting for waiting in self._waiting if waiting.server_id == server_id]

    def remove(self, waiting: Waiting) -> None:
        """The server has answered it."""
        if waiting in self._waiting:
            self._waiting.remove(waiting)

    def forget(self, server_id: str) -> None:
        """The server's account is gone."""
        self._waiting = [waiting for waiting in self._waiting if waiting.server_id != server_id]


@dataclass(frozen=True, slots=True)
class Job:
    """An Exec that was answered 202 and is not finished yet."""

    server_id: str
    uri: str
    correlator: str | None = None

    def report(self, item: AlertItem) -> ClientAlert:
        """What tells its end: a Generic Alert from the executed node, with the Exec's Correlator (§6.7)."""
        return ClientAlert(AlertCode.GENERIC_ALERT, (item,), self.correlator)
