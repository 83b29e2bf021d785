"""Toolkit messages on the wire: a worked exchange, every message both ways, and whatever else may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.card.cat import commands, objects, values
from hil.card.cat.messages import EventDownload, ProactiveCommand, TerminalResponse
from hil.card.cat.objects import DataObject
from hil.card.cat.values import ChannelStatus, TransportLevel
from simulator.codes.cat import (
    MAX_CHANNEL_DATA,
    MAX_SENT_DATA,
    SERVER_MODE,
    Ability,
    BipError,
    ChannelState,
    Event,
    Result,
    Transport,
    result_text,
)
from simulator.errors import CodecError

LISTEN = ChannelStatus(1, ChannelState.LISTEN)
ESTABLISHED = ChannelStatus(1, ChannelState.ESTABLISHED)
REQUEST = b"GET /OMA/DM/Bootstrap.xml HTTP/1.1\r\nHost: 127.0.0.1:3516\r\nConnection: close\r\n\r\n"

SET_UP = commands.set_up_event_list(1, [Event.DATA_AVAILABLE, Event.CHANNEL_STATUS])
OPEN = commands.open_server(1, 3516, 1500)
RECEIVE = commands.receive_data(2, 1, len(REQUEST))
CLOSE = commands.close_channel(4, 1, listen=True)
STATUS = commands.get_channel_status(5)

EXCHANGE = [
    # A server channel at port 3516, one request, and the channel back to listening (TS 102 223, UICC server mode).
    (SET_UP, "D00D81030105008202818299 02090A"),
    (commands.respond(SET_UP, Result.OK), "810301050082028281830100"),
    (OPEN, "D0128103014000820281823902 05DC3C03030DBC"),
    (commands.open_server(1, 4116, 1500), "D0128103014000820281823902 05DC3C03031014"),
    (
        commands.respond(
            OPEN,
            Result.OK,
            commands.status_object(LISTEN),
            DataObject(0x39, (1500).to_bytes(2, "big")),
        ),
        "8103014000820282818301003802410039 0205DC",
    ),
    (commands.channel_event(ESTABLISHED), "D60B99010A82028281B8028100"),
    (commands.data_event(ESTABLISHED, len(REQUEST)), "D60E99010982028281B8028100B7014F"),
    (RECEIVE, "D00C8103024200 82028121B7014F"),
    (
        commands.respond(RECEIVE, Result.OK, DataObject(0x36, REQUEST), commands.length_object(0)),
        f"810302420082028281830100364F{REQUEST.hex()}370100",
    ),
    (
        commands.send_data(3, 1, bytes(104), immediately=True),
        f"D073810303430182028121B668{bytes(104).hex()}",
    ),
    (
        commands.respond(commands.send_data(3, 1, b"", immediately=True), Result.OK, commands.length_object(4000)),
        "8103034301820282818301003701FF",
    ),
    (CLOSE, "D0098103044101 82028121"),
    (commands.close_channel(4, 1, listen=False), "D009810304410082028121"),
    (commands.respond(CLOSE, Result.OK), "810304410182028281830100"),
    (commands.channel_event(LISTEN), "D60B99010A82028281B8024100"),
    (STATUS, "D009810305440082028182"),
    (commands.respond(STATUS, Result.OK, commands.status_object(LISTEN)), "81030544008202828183010038024100"),
]


@pytest.mark.parametrize(("message", "octets"), EXCHANGE, ids=lambda each: each if isinstance(each, str) else "")
def test_a_worked_exchange(message: ProactiveCommand | TerminalResponse | EventDownload, octets: str) -> None:
    assert len(REQUEST) == 0x4F
    assert message.encode().hex() == bytes.fromhex(octets).hex()
    assert type(message).decode(bytes.fromhex(octets)) == message


def test_the_bit_of_comprehension_may_be_missing() -> None:
    """Many terminals leave it out in responses."""
    said = TerminalResponse.decode(bytes.fromhex("010301400002028281030100") + bytes.fromhex("38024100"))
    assert said.result == Result.OK
    assert commands.status_of(said) == LISTEN


OBJECTS = st.builds(
    DataObject,
    st.one_of(
        st.integers(0x04, 0x7E).filter(lambda tag: tag != 0x19),
        st.integers(0x7F0000, 0x7F7FFF),
    ),
    st.binary(max_size=300),
    st.booleans(),
)
LISTS = st.lists(OBJECTS, max_size=6).map(tuple)
OCTET = st.integers(0, 255)


@given(st.builds(ProactiveCommand, OCTET, OCTET, OCTET, OCTET, LISTS, OCTET))
def test_commands_both_ways(command: ProactiveCommand) -> None:
    assert ProactiveCommand.decode(command.encode()) == command


@given(st.builds(TerminalResponse, OCTET, OCTET, OCTET, OCTET, st.binary(max_size=9), LISTS))
def test_responses_both_ways(response: TerminalResponse) -> None:
    assert TerminalResponse.decode(response.encode()) == response


@given(st.builds(EventDownload, OCTET, LISTS, OCTET, OCTET))
def test_events_both_ways(event: EventDownload) -> None:
    assert EventDownload.decode(event.encode()) == event


@given(st.builds(ChannelStatus, st.integers(0, 7), st.sampled_from(ChannelState), st.booleans()))
def test_channel_status_both_ways(status: ChannelStatus) -> None:
    assert ChannelStatus.decode(status.encode()) == status


@given(st.builds(TransportLevel, OCTET, st.integers(0, 0xFFFF)))
def test_transport_level_both_ways(level: TransportLevel) -> None:
    assert TransportLevel.decode(level.encode()) == level


@given(st.sets(st.sampled_from(Ability)), st.integers(0, 7))
def test_profiles_both_ways(abilities: set[Ability], channels: int) -> None:
    made = values.profile(abilities, channels)
    assert values.abilities(made) == abilities
    assert values.channel_count(made) == channels


def test_the_smallest_profile_for_a_server() -> None:
    """17 octets, of which the 5th, 6th, 12th, 13th and 17th say something."""
    made = values.profile(SERVER_MODE | {Ability.GET_CHANNEL_STATUS}, 1)
    assert made.hex() == "00000000010c0000000000" + "1f20" + "000000" + "04"


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    for decode in (
        ProactiveCommand.decode,
        TerminalResponse.decode,
        EventDownload.decode,
        objects.read,
        ChannelStatus.decode,
        TransportLevel.decode,
    ):
        try:
            decode(data)
        except CodecError:
            continue
    values.abilities(data)
    values.channel_count(data)


MESSAGES = st.one_of(
    st.builds(ProactiveCommand, OCTET, OCTET, OCTET, OCTET, LISTS).map(ProactiveCommand.encode),
    st.builds(EventDownload, OCTET, LISTS).map(EventDownload.encode),
)


@given(MESSAGES, st.data())
def test_a_message_that_is_cut_short_is_refused(message: bytes, data: st.DataObject) -> None:
    cut = message[: data.draw(st.integers(0, len(message) - 1))]
    for decode in (ProactiveCommand.decode, EventDownload.decode):
        with pytest.raises(CodecError):
            decode(cut)


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        ("", "begins with D0"),
        ("D1098103014000 82028182", "begins with D0"),
        ("D0", "before a length"),
        ("D00A810301400082028182", "says 10 octets, and 9 follow"),
        ("D008810301400082028182", "says 8 octets, and 9 follow"),
        ("D083000009810301400082028182", "length octet 83"),
        ("D08100", "command details"),
        ("D009820281828103014000", ""),
        ("D0088102014082028182", "command details"),
        ("D0088103014000820181", "device identities"),
        ("D00B810301400082028182B6 05", "says 5 octets, and 0 are left"),
        ("D00A81030140008202818200", "where the tag"),
        ("D00A810301400082028182FF", "where the tag"),
        ("D00A8103014000820281827F", "ends inside a tag"),
        ("D00B810301400082028182B682", "ends inside a length"),
        ("D0818981030140008202818" + "2" + "0400" * 64, "more than 64"),
    ],
)
def test_what_is_refused(octets: str, says: str) -> None:
    data = bytes.fromhex(octets)
    if not says:
        assert ProactiveCommand.decode(data).type == 0x40
        return
    with pytest.raises(CodecError, match=says):
        ProactiveCommand.decode(data)


def test_the_most_that_fits() -> None:
    received = commands.respond(
        RECEIVE, Result.OK, DataObject(0x36, bytes(MAX_CHANNEL_DATA)), commands.length_object(300)
    )
    assert len(received.encode()) == 255
    assert len(commands.send_data(1, 7, bytes(MAX_SENT_DATA), immediately=True).encode()) == 256


def test_in_words() -> None:
    assert str(ChannelStatus(2, ChannelState.LISTEN, dropped=True)) == "channel 2 listen, the link was dropped"
    assert str(TransportLevel(Transport.TCP_SERVER, 4116)) == "TCP server :4116"
    assert str(TransportLevel(0x66, 1)) == "protocol 66 :1"
    assert result_text(Result.BIP_ERROR, bytes([BipError.PORT_NOT_AVAILABLE])) == (
        "BIP error: the port is not available"
    )
    assert result_text(0x99) == "result 99"
    assert [values.device_name(each) for each in (0x21, 0x27, 0x20, 0x81, 0x99)] == [
        "channel 1",
        "channel 7",
        "channel",
        "uicc",
        "device 99",
    ]
