"""What the client still has to say, and how it is put into messages (DM Protocol §7.2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from simulator.codes.alert import AlertCode
from simulator.errors import SessionError
from simulator.session.cutting import Unit, cut, most
from simulator.session.room import weight
from simulator.syncml.encoding import Encoding, encode
from simulator.syncml.message import Alert, Command, Results, SyncBody, SyncHdr, SyncML

__all__ = ["Frame", "Outbox", "Packed", "Unit"]


@dataclass(slots=True)
class Frame:
    """What a message is made around."""

    header: SyncHdr
    head: list[Command]
    """What it begins with: the Status for the other side's header."""
    encoding: Encoding
    limit: int | None = None
    """The other side's MaxMsgSize in octets; None: it named none."""
    chunks: bool = True
    """Large objects may be sent."""

    def pack(self, units: list[Unit], *, last: bool, close: bool) -> Packed:
        """The message with these units. After the ``last`` one it has Final, or, when the package may not
        ``close`` because the other side has more to say, Alert 1222."""
        commands = [*self.head, *(command for unit in units for command in unit.commands)]
        if last and not close:
            commands.append(Alert("", data=str(int(AlertCode.NEXT_MESSAGE))))
        for number, command in enumerate(commands, start=1):
            command.cmd_id = str(number)
        message = SyncML(self.header, SyncBody(commands, final=last and close))
        return Packed(message, encode(message, self.encoding), units)

    def takes(self, packed: Packed) -> bool:
        return self.limit is None or len(packed.body) <= self.limit


@dataclass(slots=True)
class Packed:
    """One message ready to go."""

    message: SyncML
    body: bytes
    units: list[Unit]
    """What it took from the outbox."""


class Outbox:
    """A queue of units, taken out message by message."""

    def __init__(self) -> None:
        self._units: deque[Unit] = deque()

    def __len__(self) -> int:
        return len(self._units)

    @property
    def waiting(self) -> int:
        """Octets of the results in it, as `Room` counts them."""
        commands = (command for unit in self._units for command in unit.commands)
        return sum(weight(item) for command in commands if isinstance(command, Results) for item in command.items)

    def put(self, units: Iterable[Unit]) -> None:
        self._units.extend(units)

    def put_back(self, units: Iterable[Unit]) -> None:
        """Units that have to be sent once more come before what waits."""
        self._units.extendleft(reversed(list(units)))

    def pack(self, frame: Frame, *, close: bool) -> Packed:
        """The next message: as many units as the limit allows, at least a part of one.

        Raises `SessionError` when the other side takes no message that could say anything.
        """
        units = list(self._units)
        if frame.limit is None or _at_least(units) <= frame.limit:
            packed = frame.pack(units, last=True, close=close)
            if frame.takes(packed):
                self._units.clear()
                return packed
            if not units:
                raise _hopeless(frame, packed)
        count = most(lambda number: frame.takes(_some(frame, units[:number])), len(units) - 1)
        if not count:
            parts = cut(
                units[0],
                lambda commands: frame.takes(_some(frame, [Unit(commands)])),
                encoding=frame.encoding,
                chunks=frame.chunks,
            )
            if parts is None:
                return self._pack_reduced(frame, units, close=close)
            units[:1], count = parts, 1
        self._units = deque(units[count:])
        return _some(frame, units[:count])

    def _pack_reduced(self, frame: Frame, units: list[Unit], *, close: bool) -> Packed:
        reduced = units[0].reduced()
        if reduced is None:
            raise _hopeless(frame, _some(frame, units[:1]))
        self._units[0] = reduced
        return self.pack(frame, close=close)


def _at_least(units: list[Unit]) -> int:
    """Octets that a message with these units has for certain: often it need not be encoded to see that it is too
    long."""
    items = (item for unit in units for command in unit.commands for item in getattr(command, "items", ()))
    return sum(
        (len(item.data) if isinstance(item.data, (str, bytes)) else 0)
        + (len(item.source.loc_uri) if item.source is not None else 0)
        for item in items
    )


def _some(frame: Frame, units: list[Unit]) -> Packed:
    """A message after which more of the package follows: neither Final nor Alert 1222."""
    return frame.pack(units, last=False, close=False)


def _hopeless(frame: Frame, packed: Packed) -> SessionError:
    return SessionError(
        f"the server's MaxMsgSize is {frame.limit}; the shortest message that there is to send "
        f"has {len(packed.body)} octets"
    )
