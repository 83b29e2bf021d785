"""The proactive commands and events of a TCP server in the card, made and looked into (TS 102 223 §6.6, §7.5)."""

from __future__ import annotations

from collections.abc import Iterable

from hil.card.cat.messages import EventDownload, ProactiveCommand, TerminalResponse
from hil.card.cat.objects import DataObject
from hil.card.cat.values import ChannelStatus, TransportLevel, channel_of, data_length, number
from simulator.codes.cat import BACK_TO_LISTEN, SEND_IMMEDIATELY, Device, Event, Proactive, Tag, Transport
from simulator.errors import CodecError

MAX_BUFFER = 0xFFFF


def set_up_event_list(n: int, events: Iterable[Event]) -> ProactiveCommand:
    listed = DataObject(Tag.EVENT_LIST, bytes(events), comprehension=True)
    return ProactiveCommand(n, Proactive.SET_UP_EVENT_LIST, objects=(listed,))


def open_server(n: int, port: int, buffer: int) -> ProactiveCommand:
    """OPEN CHANNEL related to UICC server mode (§6.6.27.5)."""
    level = TransportLevel(Transport.TCP_SERVER, port)
    return ProactiveCommand(
        n,
        Proactive.OPEN_CHANNEL,
        objects=(
            DataObject(Tag.BUFFER_SIZE, buffer.to_bytes(2, "big")),
            DataObject(Tag.TRANSPORT_LEVEL, level.encode()),
        ),
    )


def close_channel(n: int, channel: int, *, listen: bool) -> ProactiveCommand:
    return ProactiveCommand(
        n, Proactive.CLOSE_CHANNEL, BACK_TO_LISTEN if listen else 0, destination=Device.CHANNEL + channel
    )


def receive_data(n: int, channel: int, count: int) -> ProactiveCommand:
    wanted = DataObject(Tag.CHANNEL_DATA_LENGTH, data_length(count), comprehension=True)
    return ProactiveCommand(n, Proactive.RECEIVE_DATA, destination=Device.CHANNEL + channel, objects=(wanted,))


def send_data(n: int, channel: int, data: bytes, *, immediately: bool) -> ProactiveCommand:
    return ProactiveCommand(
        n,
        Proactive.SEND_DATA,
        SEND_IMMEDIATELY if immediately else 0,
        destination=Device.CHANNEL + channel,
        objects=(DataObject(Tag.CHANNEL_DATA, data, comprehension=True),),
    )


def get_channel_status(n: int) -> ProactiveCommand:
    return ProactiveCommand(n, Proactive.GET_CHANNEL_STATUS)


def channel_event(status: ChannelStatus) -> EventDownload:
    """Channel status event (§7.5.11)."""
    return EventDownload(Event.CHANNEL_STATUS, (_status(status, comprehension=True),))


def data_event(status: ChannelStatus, count: int) -> EventDownload:
    """Data available event (§7.5.10)."""
    length = DataObject(Tag.CHANNEL_DATA_LENGTH, data_length(count), comprehension=True)
    return EventDownload(Event.DATA_AVAILABLE, (_status(status, comprehension=True), length))


def respond(
    command: ProactiveCommand, result: int, *objects: DataObject, additional: bytes = b""
) -> TerminalResponse:
    return TerminalResponse(command.number, command.type, command.qualifier, result, additional, objects)


def status_object(status: ChannelStatus) -> DataObject:
    return _status(status, comprehension=False)


def length_object(count: int) -> DataObject:
    return DataObject(Tag.CHANNEL_DATA_LENGTH, data_length(count))


def status_of(message: TerminalResponse | EventDownload) -> ChannelStatus:
    """The channel status in a message. Raises `CodecError`."""
    return ChannelStatus.decode(_needed(message, Tag.CHANNEL_STATUS))


def transport_of(command: ProactiveCommand) -> TransportLevel | None:
    """What an OPEN CHANNEL is to speak; None: it does not say. Raises `CodecError`."""
    value = command.find(Tag.TRANSPORT_LEVEL)
    return None if value is None else TransportLevel.decode(value)


def buffer_of(message: ProactiveCommand | TerminalResponse) -> int:
    """Raises `CodecError`."""
    return number(_needed(message, Tag.BUFFER_SIZE), 2, "buffer size")


def count_of(message: ProactiveCommand | TerminalResponse | EventDownload) -> int:
    """A channel data length; 255 stands for as many and more. Raises `CodecError`."""
    return number(_needed(message, Tag.CHANNEL_DATA_LENGTH), 1, "channel data length")


def data_of(message: ProactiveCommand | TerminalResponse) -> bytes:
    """The channel data. Raises `CodecError`."""
    return _needed(message, Tag.CHANNEL_DATA)


def channel_for(command: ProactiveCommand) -> int | None:
    """The channel that a command is for; None: it names none."""
    return channel_of(command.destination)


def _needed(message: ProactiveCommand | TerminalResponse | EventDownload, tag: Tag) -> bytes:
    value = message.find(tag)
    if value is None:
        raise CodecError(f"{tag.title.lower()} is missing")
    return value


def _status(status: ChannelStatus, *, comprehension: bool) -> DataObject:
    return DataObject(Tag.CHANNEL_STATUS, status.encode(), comprehension)
