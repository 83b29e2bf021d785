"""What the terminal does about each proactive command (TS 102 223 §6.4), and the channels that it has.

`Terminal.execute` takes a command and returns the response to it; it touches sockets, but not the card.
"""

from __future__ import annotations

from collections.abc import Callable

from hil.card.cat import commands, values
from hil.card.cat.messages import ProactiveCommand, TerminalResponse
from hil.card.cat.objects import DataObject
from hil.card.gateway.channel import Channel
from hil.card.gateway.settings import GatewaySettings
from hil.card.gateway.sockets import Leaving, listen
from simulator.codes.cat import (
    BACK_TO_LISTEN,
    MAX_CHANNEL_DATA,
    SEND_IMMEDIATELY,
    SERVER_MODE,
    Ability,
    BipError,
    ChannelState,
    Event,
    Proactive,
    Result,
    Tag,
    Transport,
)
from simulator.errors import CodecError

KNOWN_TAGS = frozenset(Tag)

ABILITIES = SERVER_MODE | {
    Ability.PROFILE_DOWNLOAD,
    Ability.MORE_TIME,
    Ability.POLL_INTERVAL,
    Ability.POLLING_OFF,
    Ability.GET_CHANNEL_STATUS,
}

SECONDS = {0x00: 60.0, 0x01: 1.0, 0x02: 0.1}
"""Units of a duration (§8.8)."""

Answer = tuple[int, bytes, tuple[DataObject, ...]]
"""A result, what it says besides, and data objects."""


class Terminal:
    def __init__(self, settings: GatewaySettings, told: Callable[[str], None]) -> None:
        self._settings = settings
        self._told = told
        self.channels: dict[int, Channel] = {}
        self.leaving: list[Leaving] = []
        """Connections that are being closed."""
        self.dropped: list[Channel] = []
        """Channels whose connection went by itself; the card has not been told."""
        self.events: frozenset[int] = frozenset()
        """What the card wants to hear of."""
        self.poll_seconds: float | None = settings.poll_seconds
        """None: the card does not want to be asked."""
        self._does: dict[int, Callable[[ProactiveCommand], Answer]] = {
            Proactive.SET_UP_EVENT_LIST: self._set_up_event_list,
            Proactive.MORE_TIME: lambda _: _done(),
            Proactive.POLL_INTERVAL: self._poll_interval,
            Proactive.POLLING_OFF: self._polling_off,
            Proactive.OPEN_CHANNEL: self._open_channel,
            Proactive.CLOSE_CHANNEL: self._close_channel,
            Proactive.RECEIVE_DATA: self._receive_data,
            Proactive.SEND_DATA: self._send_data,
            Proactive.GET_CHANNEL_STATUS: self._get_channel_status,
        }

    @property
    def profile(self) -> bytes:
        return values.profile(ABILITIES, self._settings.channels)

    def close(self) -> None:
        for channel in self.channels.values():
            channel.close()
        self.channels.clear()
        for each in self.leaving:
            each.connection.close()
        self.leaving.clear()

    def execute(self, command: ProactiveCommand) -> TerminalResponse:
        """Never raises, whatever the card asks for."""
        result, additional, objects = self._execute(command)
        return TerminalResponse(command.number, command.type, command.qualifier, result, additional, objects)

    def _execute(self, command: ProactiveCommand) -> Answer:
        unknown = [each for each in command.objects if each.tag not in KNOWN_TAGS]
        if any(each.comprehension for each in unknown):
            return _failed(Result.DATA_NOT_UNDERSTOOD)
        do = self._does.get(command.type)
        if do is None:
            return _failed(Result.BEYOND_CAPABILITIES)
        try:
            result, additional, objects = do(command)
        except CodecError as error:
            self._told(f"a command that is not understood: {error}")
            return _failed(Result.DATA_NOT_UNDERSTOOD)
        if unknown and result == Result.OK:
            result = Result.PARTIAL_COMPREHENSION
        return result, additional, objects

    def _set_up_event_list(self, command: ProactiveCommand) -> Answer:
        self.events = frozenset(command.find(Tag.EVENT_LIST) or b"")
        return _done()

    def _poll_interval(self, command: ProactiveCommand) -> Answer:
        said = command.find(Tag.DURATION) or b""
        if len(said) != 2 or said[0] not in SECONDS or not said[1]:
            return _failed(Result.DATA_NOT_UNDERSTOOD)
        self.poll_seconds = SECONDS[said[0]] * said[1]
        return _done(DataObject(Tag.DURATION, said, comprehension=True))

    def _polling_off(self, command: ProactiveCommand) -> Answer:
        self.poll_seconds = None
        return _done()

    def _open_channel(self, command: ProactiveCommand) -> Answer:
        level = commands.transport_of(command)
        if level is None or command.find(Tag.BUFFER_SIZE) is None:
            return _failed(Result.VALUES_MISSING)
        if level.protocol != Transport.TCP_SERVER:
            return _failed(Result.BEYOND_CAPABILITIES)
        wanted = commands.buffer_of(command)
        if not wanted:
            return _bip(BipError.BUFFER_SIZE)
        number = next((n for n in range(1, self._settings.channels + 1) if n not in self.channels), None)
        if number is None:
            return _bip(BipError.NO_CHANNEL)
        channel = self._listen(number, level.port, wanted)
        if channel is None:
            return _bip(BipError.PORT_NOT_AVAILABLE)
        self.channels[number] = channel
        return (
            Result.OK if channel.size == wanted else Result.MODIFIED,
            b"",
            (
                commands.status_object(channel.status),
                DataObject(Tag.BUFFER_SIZE, channel.size.to_bytes(2, "big")),
            ),
        )

    def _listen(self, number: int, port: int, wanted: int) -> Channel | None:
        ours = self._settings.ports.get(port)
        taken = any(channel.port == port for channel in self.channels.values())
        if ours is None or taken or self._settings.faults.port_busy:
            self._told(f"the card wants port {port}, which it does not get")
            return None
        try:
            size = min(wanted, self._settings.faults.buffer)
            channel = Channel(number, port, listen(ours), size, roomy=size == wanted)
        except OSError as error:
            self._told(f"the card wants port {port}, and port {ours} cannot be had: {error.strerror or error}")
            return None
        host, own = channel.address
        self._told(f"listening on {host}:{own} for the card's port {port}")
        return channel

    def _close_channel(self, command: ProactiveCommand) -> Answer:
        channel = self._channel(command)
        if channel is None:
            return _bip(BipError.BAD_CHANNEL)
        leaving = channel.leave()
        if leaving is not None:
            self.leaving.append(leaving)
        if not command.qualifier & BACK_TO_LISTEN:
            channel.close()
            del self.channels[channel.number]
        return _done()

    def _receive_data(self, command: ProactiveCommand) -> Answer:
        channel = self._channel(command)
        if channel is None:
            return _bip(BipError.BAD_CHANNEL)
        wanted = commands.count_of(command)
        if channel.client is None:
            return _bip(BipError.CHANNEL_CLOSED)
        if self._settings.faults.receive_closed:
            return self._dropped(channel)
        channel.read()
        data = bytes(channel.rx[: min(wanted, MAX_CHANNEL_DATA)])
        del channel.rx[: len(data)]
        channel.announced = bool(channel.rx)
        return (
            Result.OK if len(data) == wanted else Result.MISSING_INFORMATION,
            b"",
            (DataObject(Tag.CHANNEL_DATA, data), commands.length_object(len(channel.rx))),
        )

    def _send_data(self, command: ProactiveCommand) -> Answer:
        channel = self._channel(command)
        if channel is None:
            return _bip(BipError.BAD_CHANNEL)
        if channel.client is None:
            return _bip(BipError.CHANNEL_CLOSED)
        channel.tx += commands.data_of(command)
        if command.qualifier & SEND_IMMEDIATELY or not channel.free:
            limit = self._settings.faults.dropped_after
            if limit is not None and channel.sent + len(channel.tx) > limit:
                del channel.tx[max(0, limit - channel.sent) :]
                channel.flush(self._settings.send_seconds)
                return self._dropped(channel)
            if not channel.flush(self._settings.send_seconds):
                return self._dropped(channel)
        return _done(commands.length_object(channel.free))

    def _get_channel_status(self, command: ProactiveCommand) -> Answer:
        known = [commands.status_object(channel.status) for channel in self.channels.values()]
        nothing = commands.status_object(values.ChannelStatus(0, ChannelState.CLOSED))
        return _done(*(known or [nothing]))

    def _dropped(self, channel: Channel) -> Answer:
        channel.drop()
        channel.resting = Event.CHANNEL_STATUS in self.events
        self.dropped.append(channel)
        return _bip(BipError.CHANNEL_CLOSED)

    def _channel(self, command: ProactiveCommand) -> Channel | None:
        number = values.channel_of(command.destination)
        return None if number is None else self.channels.get(number)


def _done(*objects: DataObject) -> Answer:
    return Result.OK, b"", objects


def _failed(result: Result) -> Answer:
    return result, b"", ()


def _bip(cause: BipError) -> Answer:
    return Result.BIP_ERROR, bytes([cause]), ()
