"""What the client still has to say, and how it is cut into messages (DM Protocol §7.2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode
from simulator.syncml.encoding import Encoding, encode
from simulator.syncml.message import Alert, Command, Results, Status, SyncBody, SyncHdr, SyncML


@dataclass(slots=True)
class Unit:
    """Commands that stay together in one message: a Status with the Results of the same Get, or one command."""

    commands: list[Command]

    def reduced(self) -> Unit | None:
        """The same answer without its data, for data that fits in no message; None when there is no such."""
        match self.commands:
            case [Status() as status, Results()]:
                status.data = str(int(StatusCode.REQUEST_ENTITY_TOO_LARGE))
                return Unit([status])
            case _:
                return None


@dataclass(slots=True)
class Packed:
    """One message ready to go."""

    message: SyncML
    body: bytes
    units: list[Unit]
    """What it took from the outbox."""
    notes: list[str] = field(default_factory=list)


class Outbox:
    """A queue of units, taken out message by message."""

    def __init__(self) -> None:
        self._units: deque[Unit] = deque()

    def __len__(self) -> int:
        return len(self._units)

    def put(self, units: Iterable[Unit]) -> None:
        self._units.extend(units)

    def put_back(self, units: Iterable[Unit]) -> None:
        """Units that have to be sent once more come before what waits."""
        self._units.extendleft(reversed(list(units)))

    def pack(
        self,
        header: SyncHdr,
        head: list[Command],
        *,
        close: bool,
        encoding: Encoding,
        limit: int | None,
    ) -> Packed:
        """The next message: ``head`` (the Status for the header), then as many units as ``limit`` allows.

        ``close``: the package may end here, so the message that takes the last unit carries Final. Otherwise
        the other side has more to say, and the last unit is followed by Alert 1222.
        ``limit`` is the peer's MaxMsgSize in octets; None: it named none.
        """
        units = list(self._units)
        packed = _pack(header, head, units, last=True, close=close, encoding=encoding)
        if limit is None or len(packed.body) <= limit:
            self._units.clear()
            return packed
        return self._pack_some(header, head, units, close=close, encoding=encoding, limit=limit)

    def _pack_some(
        self,
        header: SyncHdr,
        head: list[Command],
        units: list[Unit],
        *,
        close: bool,
        encoding: Encoding,
        limit: int,
    ) -> Packed:
        """As many units as fit: at least one, so that the session goes on."""

        def pack(count: int) -> Packed:
            last = count == len(units)
            return _pack(header, head, units[:count], last=last, close=close, encoding=encoding)

        notes: list[str] = []
        if units and len(pack(1).body) > limit and (reduced := units[0].reduced()) is not None:
            units[0] = reduced
        fits, too_many = min(1, len(units)), len(units) + 1
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            fits, too_many = (middle, too_many) if len(pack(middle).body) <= limit else (fits, middle)
        packed = pack(fits)
        if len(packed.body) > limit:
            notes.append(
                f"a message of {len(packed.body)} octets had to be sent; the server's MaxMsgSize is {limit}"
            )
        packed.notes = notes
        self._units = deque(units[fits:])
        return packed


def _pack(
    header: SyncHdr, head: list[Command], units: list[Unit], *, last: bool, close: bool, encoding: Encoding
) -> Packed:
    commands = list(head)
    for unit in units:
        commands += unit.commands
    if last and not close:
        commands.append(Alert("", data=str(int(AlertCode.NEXT_MESSAGE))))
    for number, command in enumerate(commands, start=1):
        command.cmd_id = str(number)
    message = SyncML(header, SyncBody(commands, final=last and close))
    return Packed(message, encode(message, encoding), units)
