"""The card as a TCP server through its terminal: BIP in UICC server mode (TS 102 223 §6.4.27.5 and following).

A *slot* is one port: the channel that the terminal gave for it, and the one connection that it may have. Each slot
has one command on its way at a time; what it asks for next follows from what it knows then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hil.card.cat import commands, values
from hil.card.cat.messages import EventDownload, ProactiveCommand, TerminalResponse
from simulator.codes.cat import MAX_CHANNEL_DATA, SERVER_MODE, ChannelState, Event, Proactive
from simulator.errors import CodecError

if TYPE_CHECKING:
    from hil.card.scws.connection import Connection

NONE: Sequence[ProactiveCommand] = ()


@dataclass(slots=True)
class Slot:
    port: int
    connect: Callable[[], Connection]
    channel: int = 0
    """0: the terminal gave none."""
    connection: Connection | None = None
    available: int = 0
    """Octets that the terminal has for us; 255 stands for more."""
    asked: bool = False
    """A command is on its way."""

    def drop(self) -> None:
        self.connection, self.available = None, 0


class TcpServer:
    """An `Applet`."""

    def __init__(
        self, ports: Mapping[int, Callable[[], Connection]], *, buffer: int = 1500, piece: int = 0xF0
    ) -> None:
        """``ports``: what makes a connection that is accepted there, the most important port first."""
        self._ports = ports
        self._buffer = buffer
        self._piece = piece
        self._slots: list[Slot] = []

    def reset(self) -> None:
        self._slots = []

    def begin(self, profile: bytes) -> Sequence[ProactiveCommand]:
        """Open the ports, as many as the terminal has channels for, if it can do server mode at all."""
        self.reset()
        if not values.abilities(profile) >= SERVER_MODE:
            return NONE
        channels = values.channel_count(profile)
        self._slots = [Slot(port, connect) for port, connect in list(self._ports.items())[:channels]]
        events = commands.set_up_event_list(0, [Event.DATA_AVAILABLE, Event.CHANNEL_STATUS])
        return [events, *(commands.open_server(0, slot.port, self._buffer) for slot in self._slots)]

    def answered(self, command: ProactiveCommand, response: TerminalResponse) -> Sequence[ProactiveCommand]:
        if command.type == Proactive.OPEN_CHANNEL:
            self._opened(command, response)
            return NONE
        slot = self._slot(commands.channel_for(command))
        if slot is None:
            return NONE
        slot.asked = False
        if not response.done:
            # Most likely the connection went meanwhile; the terminal's events say what follows.
            slot.drop()
        elif command.type == Proactive.RECEIVE_DATA:
            self._received(slot, response)
        elif command.type == Proactive.CLOSE_CHANNEL:
            slot.drop()
        return self._next(slot)

    def happened(self, event: EventDownload) -> Sequence[ProactiveCommand]:
        try:
            status = commands.status_of(event)
            slot = self._slot(status.channel)
            if slot is None:
                return NONE
            if event.event == Event.DATA_AVAILABLE:
                # Some terminals leave out the event before, which says that there is a connection.
                slot.connection = slot.connection or slot.connect()
                slot.available = max(1, commands.count_of(event))
            elif event.event == Event.CHANNEL_STATUS:
                slot.drop()
                if status.state is ChannelState.ESTABLISHED and not status.dropped:
                    slot.connection = slot.connect()
        except CodecError:
            return NONE
        return self._next(slot)

    def _opened(self, command: ProactiveCommand, response: TerminalResponse) -> None:
        try:
            level = commands.transport_of(command)
            status = commands.status_of(response)
        except CodecError:
            return
        if level is not None and response.done and status.state is not ChannelState.CLOSED:
            for slot in self._slots:
                if slot.port == level.port:
                    slot.channel = status.channel

    def _received(self, slot: Slot, response: TerminalResponse) -> None:
        try:
            data, slot.available = commands.data_of(response), commands.count_of(response)
        except CodecError:
            slot.available = 0
            return
        if slot.connection is not None:
            slot.connection.receive(data)

    def _next(self, slot: Slot) -> Sequence[ProactiveCommand]:
        """First what has come is taken, then what is to be said is said, then the connection may end."""
        connection = slot.connection
        if slot.asked or connection is None:
            return NONE
        if slot.available and not connection.closing:
            asked = commands.receive_data(0, slot.channel, min(slot.available, MAX_CHANNEL_DATA))
        elif connection.pending:
            data = connection.take(self._piece)
            asked = commands.send_data(0, slot.channel, data, immediately=not connection.pending)
        elif connection.closing:
            asked = commands.close_channel(0, slot.channel, listen=True)
        else:
            return NONE
        slot.asked = True
        return [asked]

    def _slot(self, channel: int | None) -> Slot | None:
        return next((slot for slot in self._slots if channel and slot.channel == channel), None)
