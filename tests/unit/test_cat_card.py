"""The virtual card's side of BIP in UICC server mode, octet by octet: what it asks for, and what it survives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.card.cat import commands, values
from hil.card.cat.messages import ProactiveCommand
from hil.card.cat.objects import DataObject
from hil.card.cat.values import ChannelStatus
from hil.card.uicc.card import Uicc
from simulator.codes.apdu import Ins
from simulator.codes.cat import (
    SERVER_MODE,
    Ability,
    BipError,
    ChannelState,
    Proactive,
    Result,
    Tag,
)
from tests.scws import MESSAGE, PATH, card

REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:3516\r\nConnection: close\r\n\r\n".encode()
ESTABLISHED = ChannelStatus(2, ChannelState.ESTABLISHED)
LISTEN = ChannelStatus(2, ChannelState.LISTEN)


class Terminal:
    """A terminal that does what the test says."""

    def __init__(self, uicc: Uicc, abilities: frozenset[Ability] = SERVER_MODE, channels: int = 7) -> None:
        self.uicc = uicc
        uicc.reset()
        self.sw = self.send(Ins.TERMINAL_PROFILE, values.profile(abilities, channels))

    def send(self, ins: Ins, data: bytes) -> int:
        answer = self.uicc.process(bytes([0x80, ins, 0, 0, len(data)]) + data)
        assert len(answer) == 2
        self.sw = int.from_bytes(answer, "big")
        return self.sw

    def fetch(self) -> ProactiveCommand:
        assert self.sw >> 8 == 0x91, f"{self.sw:04X}: nothing to fetch"
        answer = self.uicc.process(bytes([0x80, Ins.FETCH, 0, 0, self.sw & 0xFF]))
        assert answer.endswith(b"\x90\x00")
        assert len(answer) - 2 == (self.sw & 0xFF or 256)
        return ProactiveCommand.decode(answer[:-2])

    def respond(
        self, command: ProactiveCommand, result: int, *objects: DataObject, additional: bytes = b""
    ) -> int:
        response = commands.respond(command, result, *objects, additional=additional)
        return self.send(Ins.TERMINAL_RESPONSE, response.encode())

    def opened(self) -> Terminal:
        """Both ports are open: 4116 as channel 1, 3516 as channel 2."""
        self.respond(self.fetch(), Result.OK)
        for number in (1, 2):
            status = commands.status_object(ChannelStatus(number, ChannelState.LISTEN))
            self.respond(self.fetch(), Result.OK, status, DataObject(Tag.BUFFER_SIZE, b"\x05\xdc"))
        return self

    def connected(self) -> Terminal:
        self.opened()
        self.send(Ins.ENVELOPE, commands.channel_event(ESTABLISHED).encode())
        return self

    def available(self, count: int) -> int:
        return self.send(Ins.ENVELOPE, commands.data_event(ESTABLISHED, count).encode())


def served(**said: object) -> Uicc:
    return card(plain="served", **said)  # type: ignore[arg-type]


def received(terminal: Terminal, request: bytes = REQUEST) -> bytes:
    """What the card sends in answer to a request, until it closes the connection."""
    terminal.available(len(request))
    sent = b""
    while True:
        command = terminal.fetch()
        match command.type:
            case Proactive.RECEIVE_DATA:
                count = commands.count_of(command)
                data, request = request[:count], request[count:]
                terminal.respond(
                    command,
                    Result.OK,
                    DataObject(Tag.CHANNEL_DATA, data),
                    commands.length_object(len(request)),
                )
            case Proactive.SEND_DATA:
                sent += commands.data_of(command)
                terminal.respond(command, Result.OK, commands.length_object(255))
            case Proactive.CLOSE_CHANNEL:
                assert command.qualifier == 1
                terminal.respond(command, Result.OK)
                return sent


def test_the_worked_exchange() -> None:
    terminal = Terminal(served(buffer=1500, piece=0x68))
    assert terminal.sw == 0x910F
    events = terminal.fetch()
    assert events.encode().hex() == "d00d8103010500820281829902090a"
    assert terminal.respond(events, Result.OK) == 0x9114
    secure = terminal.fetch()
    assert secure.encode().hex() == "d012810302400082028182390205dc3c03031014"
    at_4116 = commands.status_object(ChannelStatus(1, ChannelState.LISTEN))
    assert terminal.respond(secure, Result.OK, at_4116, DataObject(Tag.BUFFER_SIZE, b"\x05\xdc")) == 0x9114
    plain = terminal.fetch()
    assert plain.encode().hex() == "d012810303400082028182390205dc3c03030dbc"
    at_3516 = commands.status_object(LISTEN)
    assert terminal.respond(plain, Result.OK, at_3516, DataObject(Tag.BUFFER_SIZE, b"\x05\xdc")) == 0x9000
    assert terminal.send(Ins.ENVELOPE, commands.channel_event(ESTABLISHED).encode()) == 0x9000
    assert terminal.available(len(REQUEST)) == 0x910E
    receive = terminal.fetch()
    assert receive.encode().hex() == "d00c810304420082028122b7014f"
    assert terminal.sw == 0x910E
    data = DataObject(Tag.CHANNEL_DATA, REQUEST)
    assert terminal.respond(receive, Result.OK, data, commands.length_object(0)) == 0x9175
    send = terminal.fetch()
    assert send.encode()[:15].hex() == "d073810305430082028122b6684854"
    while send.type == Proactive.SEND_DATA:
        last = send
        terminal.respond(send, Result.OK, commands.length_object(255))
        send = terminal.fetch()
    assert last.qualifier == 1
    assert last.objects[0].value.endswith(MESSAGE[-5:])
    assert send.encode()[-6:].hex() == "410182028122"
    assert terminal.respond(send, Result.OK) == 0x9000
    assert terminal.send(Ins.ENVELOPE, commands.channel_event(LISTEN).encode()) == 0x9000


def test_several_connections_one_after_the_other() -> None:
    terminal = Terminal(served()).connected()
    for _ in range(3):
        assert MESSAGE in received(terminal)
        terminal.send(Ins.ENVELOPE, commands.channel_event(ESTABLISHED).encode())


def test_without_the_event_of_the_connection() -> None:
    assert MESSAGE in received(Terminal(served()).opened())


@pytest.mark.parametrize("piece", [1, 0x7F, 0x80, 0xF1])
def test_sizes_of_send_data(piece: int) -> None:
    assert MESSAGE in received(Terminal(served(piece=piece)).connected())


@pytest.mark.parametrize("missing", sorted(SERVER_MODE))
def test_a_terminal_that_cannot_is_not_asked(missing: Ability) -> None:
    assert Terminal(served(), SERVER_MODE - {missing}).sw == 0x9000


def test_as_many_ports_as_the_terminal_has_channels() -> None:
    assert Terminal(served(), channels=0).sw == 0x910F
    terminal = Terminal(served(), channels=1)
    terminal.respond(terminal.fetch(), Result.OK)
    only = terminal.fetch()
    level = commands.transport_of(only)
    assert level is not None
    assert level.port == 4116
    assert terminal.respond(only, Result.OK) == 0x9000


def test_status_says_that_a_command_waits() -> None:
    terminal = Terminal(served())
    for _ in range(2):
        assert terminal.uicc.process(bytes.fromhex("80F2000C")).hex() == "910f"
    terminal.fetch()
    assert terminal.uicc.process(bytes.fromhex("80F2000C")).hex() == "9000"


def test_fetch_with_another_length() -> None:
    terminal = Terminal(served())
    assert terminal.uicc.process(bytes.fromhex("8012000001")).hex() == "6c0f"
    assert len(terminal.uicc.process(bytes.fromhex("8012000000"))) == 0x0F + 2


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("80120000 10", "6f00"),
        ("80140000 0C 810301050082028281830100", "6985"),
        ("80C20000 03 D60100", "6a80"),
        ("80C20000 09 D30782020181900101", "6a80"),
    ],
)
def test_out_of_turn(command: str, sw: str) -> None:
    terminal = Terminal(served()).opened()
    assert terminal.uicc.process(bytes.fromhex(command)).hex() == sw


def test_a_response_to_something_else_is_a_failure() -> None:
    terminal = Terminal(served())
    command = terminal.fetch()
    other = ProactiveCommand(command.number + 1, command.type)
    assert terminal.respond(other, Result.OK) == 0x6A80
    assert terminal.uicc.process(bytes.fromhex("80F2000C")).hex() == "9114", "and the card goes on"


def test_a_card_without_a_web_server_has_no_toolkit() -> None:
    uicc = card(bip=False)
    assert uicc.process(bytes.fromhex("801000000101")).hex() == "9000"
    for command in ("801200000F", "8014000003830100", "80C2000002D600"):
        assert uicc.process(bytes.fromhex(command)).hex() == "6d00"


def test_a_reset_forgets_channels() -> None:
    terminal = Terminal(served()).connected()
    terminal.uicc.reset()
    assert terminal.uicc.process(bytes.fromhex("80F2000C")).hex() == "9000"
    assert terminal.available(10) == 0x9000
    assert MESSAGE in received(Terminal(terminal.uicc).connected())


# -- what terminals do


def test_a_port_that_is_taken_leaves_the_other() -> None:
    terminal = Terminal(served())
    terminal.respond(terminal.fetch(), Result.OK)
    busy = bytes([BipError.PORT_NOT_AVAILABLE])
    terminal.respond(terminal.fetch(), Result.BIP_ERROR, additional=busy)
    listening = (commands.status_object(LISTEN), DataObject(Tag.BUFFER_SIZE, b"\x05\xdc"))
    terminal.respond(terminal.fetch(), Result.OK, *listening)
    terminal.send(Ins.ENVELOPE, commands.channel_event(ESTABLISHED).encode())
    assert MESSAGE in received(terminal)


def test_a_smaller_buffer_will_do() -> None:
    terminal = Terminal(served())
    terminal.respond(terminal.fetch(), Result.OK)
    for number in (1, 2):
        status = commands.status_object(ChannelStatus(number, ChannelState.LISTEN))
        terminal.respond(terminal.fetch(), Result.MODIFIED, status, DataObject(Tag.BUFFER_SIZE, b"\x00\x80"))
    terminal.send(Ins.ENVELOPE, commands.channel_event(ESTABLISHED).encode())
    assert MESSAGE in received(terminal)


def test_data_that_is_announced_again_and_again_is_asked_for_once() -> None:
    terminal = Terminal(served()).connected()
    for _ in range(20):
        assert terminal.available(len(REQUEST)) == 0x910E
    command = terminal.fetch()
    data = (DataObject(Tag.CHANNEL_DATA, REQUEST[:10]), commands.length_object(0))
    assert terminal.respond(command, Result.MISSING_INFORMATION, *data) == 0x9000
    assert MESSAGE in received(terminal, REQUEST[10:])


def test_a_channel_that_is_closed_when_it_is_read() -> None:
    terminal = Terminal(served()).connected()
    terminal.available(len(REQUEST))
    closed = bytes([BipError.CHANNEL_CLOSED])
    assert terminal.respond(terminal.fetch(), Result.BIP_ERROR, additional=closed) == 0x9000
    terminal.send(Ins.ENVELOPE, commands.channel_event(LISTEN).encode())
    terminal.send(Ins.ENVELOPE, commands.channel_event(ESTABLISHED).encode())
    assert MESSAGE in received(terminal)


@pytest.mark.parametrize(
    "gone",
    [
        LISTEN,
        ChannelStatus(2, ChannelState.LISTEN, dropped=True),
        ChannelStatus(2, ChannelState.ESTABLISHED, dropped=True),
        ChannelStatus(2, ChannelState.CLOSED),
    ],
    ids=str,
)
def test_a_connection_that_goes_in_the_middle(gone: ChannelStatus) -> None:
    terminal = Terminal(served(piece=50)).connected()
    terminal.available(len(REQUEST))
    whole = (DataObject(Tag.CHANNEL_DATA, REQUEST), commands.length_object(0))
    terminal.respond(terminal.fetch(), Result.OK, *whole)
    assert terminal.fetch().type == Proactive.SEND_DATA
    closed = bytes([BipError.CHANNEL_CLOSED])
    sending = commands.send_data(terminal.uicc.toolkit._number, 2, b"", immediately=False)  # type: ignore[union-attr]
    assert terminal.respond(sending, Result.BIP_ERROR, additional=closed) == 0x9000
    assert terminal.send(Ins.ENVELOPE, commands.channel_event(gone).encode()) == 0x9000
    terminal.send(Ins.ENVELOPE, commands.channel_event(ESTABLISHED).encode())
    assert MESSAGE in received(terminal)


def test_a_busy_card() -> None:
    terminal = Terminal(served(faults={"busy": 2})).opened()
    event = commands.channel_event(ESTABLISHED).encode()
    assert [terminal.send(Ins.ENVELOPE, event) for _ in range(4)] == [0x9300, 0x9300, 0x9000, 0x9300]


APDUS = st.builds(
    lambda ins, p2, data: bytes([0x80, ins, 0, p2]) + (bytes([len(data)]) + data if data else b""),
    st.sampled_from([Ins.TERMINAL_PROFILE, Ins.FETCH, Ins.TERMINAL_RESPONSE, Ins.ENVELOPE, Ins.STATUS]),
    st.sampled_from([0, 12]),
    st.one_of(
        st.binary(max_size=60),
        st.just(values.profile(SERVER_MODE, 7)),
        st.builds(
            lambda number, kind, result, rest: bytes([0x81, 3, number, kind, 0, 0x83, 1, result]) + rest,
            st.integers(1, 5),
            st.sampled_from(list(Proactive)),
            st.sampled_from(list(Result)),
            st.sampled_from([b"", bytes.fromhex("38024100"), bytes.fromhex("36024142370100")]),
        ),
        st.builds(
            lambda event, status, count: bytes.fromhex(
                f"D60E9901{event:02X}82028281B8024{status}00B701{count:02X}"
            ),
            st.sampled_from([9, 10, 11]),
            st.integers(0, 9),
            st.integers(0, 255),
        ),
    ),
)

HOSTILE = served()


@settings(max_examples=200)
@given(st.lists(APDUS, max_size=12))
def test_whatever_a_terminal_says_the_card_answers(apdus: list[bytes]) -> None:
    HOSTILE.reset()
    for apdu in apdus:
        answer = HOSTILE.process(apdu)
        assert len(answer) >= 2
        if answer[-2] == 0x91:
            fetched = HOSTILE.process(bytes([0x80, Ins.FETCH, 0, 0, answer[-1]]))
            ProactiveCommand.decode(fetched[:-2])
