"""The toolkit's commands in words: what stands in the trace for each exchange."""

from __future__ import annotations

from collections.abc import Callable

from hil.card.cat import commands, values
from hil.card.cat.messages import EventDownload, ProactiveCommand, TerminalResponse
from hil.trace.record import Json
from simulator.codes.apdu import Ins
from simulator.codes.cat import (
    BACK_TO_LISTEN,
    SEND_IMMEDIATELY,
    SERVER_MODE,
    Event,
    Proactive,
    Tag,
    result_text,
)
from simulator.errors import CodecError

TYPES = {each.value: each.title for each in Proactive}
EVENTS = {each.value: each.title.lower() for each in Event}

Told = tuple[str, dict[str, Json]]
"""A line, and the same as fields."""


def describe(ins: int, data: bytes, response: bytes) -> Told | None:
    """One exchange: the command's data, and the response with its status word. None: not the toolkit's.

    What is damaged is said to be so: never raises.
    """
    tell = _TELLS.get(ins)
    try:
        return None if tell is None else tell(data, response[:-2])
    except CodecError as error:
        return f"(damaged: {error})", {}


def _profile(data: bytes, answer: bytes) -> Told:
    able = values.abilities(data)
    server = "with" if able >= SERVER_MODE else "without"
    channels = values.channel_count(data)
    fields: dict[str, Json] = {"abilities": [*sorted(each.name for each in able)], "channels": channels}
    return f"{len(data)} octets, {server} TCP server mode, {channels} channels", fields


def _fetch(data: bytes, answer: bytes) -> Told:
    if not answer:
        return "", {}
    command = ProactiveCommand.decode(answer)
    return _command(command), _fields(command)


def _command(command: ProactiveCommand) -> str:
    parts = [TYPES.get(command.type, f"command {command.type:02X}")]
    channel = commands.channel_for(command)
    if channel is not None:
        parts.append(f"on channel {channel}")
    match command.type:
        case Proactive.SET_UP_EVENT_LIST:
            listed = command.find(Tag.EVENT_LIST) or b""
            parts.append(", ".join(EVENTS.get(each, f"{each:02X}") for each in listed) or "none")
        case Proactive.OPEN_CHANNEL:
            level = commands.transport_of(command)
            if level is not None:
                parts.append(f"{level}, buffer {commands.buffer_of(command)}")
        case Proactive.RECEIVE_DATA:
            parts.append(_octets(commands.count_of(command)))
        case Proactive.SEND_DATA:
            how = "at once" if command.qualifier & SEND_IMMEDIATELY else "stored"
            parts.append(f"{_octets(len(commands.data_of(command)))}, {how}")
        case Proactive.CLOSE_CHANNEL:
            parts.append("back to listening" if command.qualifier & BACK_TO_LISTEN else "and its port")
    return " ".join(parts)


def _response(data: bytes, answer: bytes) -> Told:
    response = TerminalResponse.decode(data)
    said = [result_text(response.result, response.additional)]
    if response.find(Tag.CHANNEL_STATUS) is not None:
        said.append(str(commands.status_of(response)))
    if response.find(Tag.BUFFER_SIZE) is not None:
        said.append(f"buffer {commands.buffer_of(response)}")
    if response.find(Tag.CHANNEL_DATA) is not None:
        said.append(f"{_octets(len(commands.data_of(response)))}, {commands.count_of(response)} left")
    elif response.find(Tag.CHANNEL_DATA_LENGTH) is not None:
        said.append(f"room for {_many(commands.count_of(response))}")
    fields = _fields(response) | {"result": response.result}
    return f"{TYPES.get(response.type, f'command {response.type:02X}')}: {', '.join(said)}", fields


def _envelope(data: bytes, answer: bytes) -> Told:
    event = EventDownload.decode(data)
    said = [EVENTS.get(event.event, f"event {event.event:02X}")]
    if event.find(Tag.CHANNEL_STATUS) is not None:
        said.append(str(commands.status_of(event)))
    if event.find(Tag.CHANNEL_DATA_LENGTH) is not None:
        said.append(_many(commands.count_of(event)))
    return ": ".join([said[0], ", ".join(said[1:])]), {"event": said[0]}


def _fields(message: ProactiveCommand | TerminalResponse) -> dict[str, Json]:
    return {
        "command": TYPES.get(message.type, f"{message.type:02X}"),
        "number": message.number,
        "qualifier": message.qualifier,
    }


def _octets(count: int) -> str:
    return f"{count} octets"


def _many(count: int) -> str:
    return f"{_octets(count)}{' or more' if count == values.ALL_AND_MORE else ''}"


_TELLS: dict[int, Callable[[bytes, bytes], Told]] = {
    Ins.TERMINAL_PROFILE: _profile,
    Ins.FETCH: _fetch,
    Ins.TERMINAL_RESPONSE: _response,
    Ins.ENVELOPE: _envelope,
}
