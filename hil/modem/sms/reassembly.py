"""Putting segments together again (TS 23.040 §9.2.3.24.1).

Segments come out of order, twice, mixed with those of other messages, or never. Memory is bounded: the
message that has waited longest is forgotten first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hil.modem.sms import userdata
from hil.modem.sms.address import Address
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Ports

TIMEOUT = timedelta(minutes=10)
"""How long a message may wait for its next segment. The standard leaves this to the receiver."""

MAX_WAITING = 32
"""Messages in parts that are kept at a time; with 255 segments each that is about a megabyte."""

Key = tuple[Address, int, bool, int, Ports | None, int]
Piece = tuple[bytes, bytes]
"""Time stamp and payload of a segment."""


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message. ``payload`` is as in `hil.modem.sms.userdata`."""

    originating_address: Address
    ports: Ports | None
    data_coding_scheme: int
    payload: bytes
    segments: int = 1

    @property
    def text(self) -> str | None:
        return userdata.text(self.payload, self.data_coding_scheme)


@dataclass(slots=True)
class _Waiting:
    last: datetime
    pieces: dict[int, Piece] = field(default_factory=dict)
    complete: bool = False


class Reassembler:
    def __init__(self, timeout: timedelta = TIMEOUT, max_waiting: int = MAX_WAITING) -> None:
        self._timeout = timeout
        self._max_waiting = max_waiting
        self._messages: dict[Key, _Waiting] = {}
        """The one heard of last is at the end."""

    @property
    def waiting(self) -> int:
        """How many messages lack segments."""
        return sum(not message.complete for message in self._messages.values())

    def add(self, deliver: Deliver, now: datetime) -> Message | None:
        """Take one SMS-DELIVER; return the message that it completes, or None.

        A segment that comes a second time is dropped, also for a while after its message is complete (the
        network repeats what was not acknowledged in time). Other content under the same key is a new message
        that reuses the reference: what was gathered for the old one is forgotten.
        """
        self.forget(now)
        header = deliver.header
        part = header.concatenation if header else None
        ports = header.ports if header else None
        if part is None:
            return Message(deliver.originating_address, ports, deliver.data_coding_scheme, deliver.payload)
        key = (
            deliver.originating_address,
            part.reference,
            part.wide,
            part.total,
            ports,
            deliver.data_coding_scheme,
        )
        piece = (deliver.service_centre_time_stamp.octets, deliver.payload)
        message = self._messages.pop(key, None)
        if message is None or _is_new_message(message, part.sequence, piece):
            message = _Waiting(now)
        message.last = now
        self._messages[key] = message
        while len(self._messages) > self._max_waiting:
            del self._messages[next(iter(self._messages))]
        if message.complete:
            return None
        message.pieces.setdefault(part.sequence, piece)
        if len(message.pieces) < part.total:
            return None
        message.complete = True
        payload = b"".join([message.pieces[number][1] for number in range(1, part.total + 1)])
        return Message(deliver.originating_address, ports, deliver.data_coding_scheme, payload, part.total)

    def forget(self, now: datetime) -> None:
        """Drop the messages that have waited too long."""
        for key, message in list(self._messages.items()):
            if now - message.last >= self._timeout:
                del self._messages[key]


def _is_new_message(message: _Waiting, sequence: int, piece: Piece) -> bool:
    known = message.pieces.get(sequence)
    if message.complete:
        # Only a repetition has the same time stamp; the same text sent again is a message of its own.
        return known != piece
    return known is not None and known[1] != piece[1]
