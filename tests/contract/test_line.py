"""The contract of a modem line (hil/modem/line.py), held by every line there is, on real terminals and sockets."""

from __future__ import annotations

import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import pytest

from hil.errors import PartBroke, PartMissing
from hil.modem.line import Line
from hil.modem.pty import PtyPort
from hil.modem.ptyline import PtyLine
from hil.modem.serial import SerialLine
from tests.terminal_server import TerminalServer

PATIENCE = 5.0

# pyserial 3.5 names and marks its RFC 2217 thread in the way that Python 3.10 deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")


class Modem(Protocol):
    """The other end."""

    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class TcpModem:
    """A modem behind a terminal server: ``socket://``."""

    def __init__(self, heard: queue.SimpleQueue[bytes]) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._heard = heard
        self._connection: socket.socket | None = None
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"

    def send(self, data: bytes) -> None:
        assert self._connected.wait(PATIENCE)
        assert self._connection is not None
        self._connection.sendall(data)

    def close(self) -> None:
        self._server.close()
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            self._thread.join(PATIENCE)
            self._connection.close()

    def _serve(self) -> None:
        with suppress(OSError):
            self._connection, _ = self._server.accept()
            self._connected.set()
            while data := self._connection.recv(4096):
                self._heard.put(data)


class Rfc2217Modem:
    """A modem behind a terminal server that speaks RFC 2217: ``rfc2217://``."""

    def __init__(self, heard: queue.SimpleQueue[bytes]) -> None:
        self._port = PtyPort(heard.put)
        self._port.start()
        self._server = TerminalServer(self._port.path)
        self.url = self._server.url

    def send(self, data: bytes) -> None:
        self._port.send(data)

    def close(self) -> None:
        self._server.close()
        self._port.close()


@dataclass
class Ends:
    line: Line
    modem: Modem
    heard: queue.SimpleQueue[bytes]

    def hear(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += self.heard.get(timeout=PATIENCE)
        return data


def read(line: Line, count: int) -> bytes:
    data = b""
    deadline = time.monotonic() + PATIENCE
    while len(data) < count and time.monotonic() < deadline:
        data += line.read(0.5)
    return data


@pytest.fixture(params=["pty", "pyserial", "pyserial-socket", "pyserial-rfc2217"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    line: Line
    modem: PtyPort | TcpModem | Rfc2217Modem
    if request.param == "pyserial-socket":
        modem = TcpModem(heard)
        line = SerialLine(modem.url)
    elif request.param == "pyserial-rfc2217":
        modem = Rfc2217Modem(heard)
        line = SerialLine(modem.url)
    else:
        modem = PtyPort(heard.put)
        modem.start()
        line = PtyLine(modem.path) if request.param == "pty" else SerialLine(modem.path)
    yield Ends(line, modem, heard)
    line.close()
    modem.close()


def test_bytes_go_both_ways_unchanged(ends: Ends) -> None:
    everything = bytes(range(256))
    ends.line.write(everything)
    assert ends.hear(256) == everything
    ends.modem.send(everything)
    assert read(ends.line, 256) == everything


def test_more_than_any_buffer_holds(ends: Ends) -> None:
    much = bytes(range(256)) * 256
    ends.modem.send(much)
    assert read(ends.line, len(much)) == much
    ends.line.write(much)
    assert ends.hear(len(much)) == much


def test_silence_ends_with_the_time_out(ends: Ends) -> None:
    start = time.monotonic()
    assert ends.line.read(0.05) == b""
    assert 0.04 <= time.monotonic() - start < PATIENCE
    assert ends.line.read(0) == b""


def test_a_read_does_not_wait_for_more(ends: Ends) -> None:
    ends.modem.send(b"x")
    start = time.monotonic()
    assert ends.line.read(PATIENCE) == b"x"
    assert time.monotonic() - start < PATIENCE / 2


def test_a_hang_up_is_seen_by_a_waiting_reader(ends: Ends) -> None:
    ends.modem.send(b"x")
    assert ends.line.read(PATIENCE) == b"x"
    threading.Timer(0.05, ends.modem.close).start()
    with pytest.raises(PartBroke, match=r"has gone: .+"):
        read(ends.line, 1)


def test_writing_after_a_hang_up(ends: Ends) -> None:
    ends.modem.send(b"x")
    assert ends.line.read(PATIENCE) == b"x"
    ends.modem.close()
    deadline = time.monotonic() + PATIENCE

    def write_on() -> None:
        # a socket takes what fits into its buffer before it hears of the end
        while time.monotonic() < deadline:
            ends.line.write(b"AT\r")

    with pytest.raises(PartBroke):
        write_on()


def test_closing_wakes_a_reader(ends: Ends) -> None:
    seen: list[BaseException | bytes] = []
    reading = threading.Event()

    def wait() -> None:
        reading.set()
        try:
            seen.append(ends.line.read(1.0))
        except PartBroke as error:
            seen.append(error)

    reader = threading.Thread(target=wait)
    reader.start()
    assert reading.wait(PATIENCE)
    ends.line.close()
    reader.join(PATIENCE)
    assert not reader.is_alive()
    assert isinstance(seen[0], PartBroke)


def test_closed_is_closed(ends: Ends) -> None:
    ends.line.close()
    ends.line.close()
    with pytest.raises(PartBroke, match="closed"):
        ends.line.read(0.1)
    with pytest.raises(PartBroke, match="closed"):
        ends.line.write(b"x")


def test_every_line_has_a_name(ends: Ends) -> None:
    assert ends.line.name


# What is special about ports of this machine


@pytest.fixture
def port() -> Iterator[PtyPort]:
    port = PtyPort(lambda data: None)
    port.start()
    yield port
    port.close()


OPENERS = [PtyLine, SerialLine]


@pytest.mark.parametrize("second", OPENERS)
@pytest.mark.parametrize("first", OPENERS)
def test_a_port_is_opened_once(port: PtyPort, first: type[PtyLine], second: type[PtyLine]) -> None:
    line = first(port.path)
    with pytest.raises(PartMissing, match="in use"):
        second(port.path)
    line.close()
    second(port.path).close()


@pytest.mark.parametrize("opener", OPENERS)
def test_whoever_holds_it_is_named(port: PtyPort, opener: type[PtyLine]) -> None:
    hold = (
        "import fcntl,sys; f=open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, port.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(PartMissing, match=rf"in use by .+ \(pid {other.pid}\)"):
            opener(port.path)
        other.communicate(b"\n", timeout=PATIENCE)


@pytest.mark.parametrize("opener", OPENERS)
def test_no_such_port(opener: type[PtyLine]) -> None:
    with pytest.raises(PartMissing, match="/dev/no-such-port") as caught:
        opener("/dev/no-such-port")
    assert caught.value.hint


@pytest.mark.parametrize("opener", OPENERS)
def test_not_a_serial_port(opener: type[PtyLine]) -> None:
    with pytest.raises(PartMissing, match="/dev/null"):
        opener("/dev/null")


@pytest.mark.parametrize(
    ("name", "seen", "hint"),
    [
        ("nosuch://x", "names no serial port: invalid URL", "socket://HOST:PORT"),
        ("socket://", "has no host, or no port number", "socket://HOST:PORT"),
        ("rfc2217://host", "has no host, or no port number", "socket://HOST:PORT"),
        ("socket://host:70000", "has no host, or no port number", "socket://HOST:PORT"),
        ("socket://127.0.0.1:1", "cannot be reached: Connection refused$", "does a terminal server"),
        ("rfc2217://127.0.0.1:1", "cannot be reached: Connection refused$", "does a terminal server"),
        ("socket://no-such-machine.invalid:7000", "there is no machine of that name", "socket://HOST:PORT"),
        ("/dev/null", "^/dev/null is no serial port$", "dmrig modem list"),
        ("/", "^/ is no serial port$", "dmrig modem list"),
    ],
)
def test_names_that_lead_nowhere(name: str, seen: str, hint: str) -> None:
    """What pyserial says of them would be its own error's text, inside of the error's, inside of ours."""
    with pytest.raises(PartMissing, match=seen) as caught:
        SerialLine(name)
    assert hint in caught.value.hint


def test_a_reader_that_never_reads_stops_the_modem_from_taking_more(port: PtyPort) -> None:
    """The port's memory stays bounded by refusing to read on, not by losing bytes."""
    port.close()
    echo = PtyPort(lambda data: echo.send(data * 64))
    echo.start()
    line = PtyLine(echo.path)
    line.write(b"x" * 4096)
    assert len(read(line, 64 * 4096)) == 64 * 4096
    line.close()
    echo.close()
