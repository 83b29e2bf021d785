"""An exchange ends in time, however a server spreads its bytes."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from hil.http.transport import Transport, TransportFailed

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n"
SLOW = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "body": (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "body without length": (HEAD + b"Connection: close\r\n\r\n", b"x"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "nothing": (b"", b""),
}
"""What comes at once, and what comes again and again, ten times as often as time-outs allow."""


@contextmanager
def dripping(first: bytes, again: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError), server.accept()[0] as peer:
                peer.recv(65536)
                peer.sendall(first)
                peer.settimeout(0.02)
                for _ in range(1000):
                    peer.sendall(again)
                    with suppress(TimeoutError):
                        if peer.recv(1) == b"":
                            return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    thread.join(30)


@pytest.mark.parametrize("name", SLOW)
def test_a_server_that_drips_is_given_up(name: str) -> None:
    with dripping(*SLOW[name]) as url:
        transport = Transport(connect_seconds=0.1, read_seconds=0.3)
        began = time.monotonic()
        with pytest.raises(TransportFailed, match=r"not complete after 0\.4 s|did not answer in time"):
            transport.exchange(url, {}, b"x")
        transport.close()
        # far below the twenty seconds that the server would go on
        assert time.monotonic() - began < 10


def test_a_quick_server_is_not_disturbed_by_the_last_ones_deadline() -> None:
    transport = Transport(connect_seconds=0.1, read_seconds=0.2)
    for _ in range(3):
        with dripping(HEAD + b"Content-Length: 2\r\n\r\nok", b"") as url:
            assert transport.exchange(url, {}, b"x").body == b"ok"
            transport.close()


def test_a_server_of_http_1_0_that_closes_every_connection() -> None:
    """Each message on a connection of its own, the end of an answer told by the connection's end alone."""
    answers = 3

    def serve(server: socket.socket) -> None:
        for number in range(answers):
            with server.accept()[0] as peer:
                # the whole request: to close before it was read would be to reset the connection
                request = b""
                while not request.endswith(b"\r\n\r\nx"):
                    request += peer.recv(65536)
                peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: a/b\r\n\r\nanswer %d" % number)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        transport = Transport()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        bodies = [transport.exchange(url, {}, b"x").body for _ in range(answers)]
        transport.close()
        thread.join(5)
    assert bodies == [b"answer 0", b"answer 1", b"answer 2"]
