"""Service centres for SMPP: one of another make (smpp34), and one that says what a test wants."""

from __future__ import annotations

import asyncio
import queue
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import smpp34

from tests.loopback import SECONDS, free_ports

BIND_TRANSMITTER, SUBMIT_SM, UNBIND, ENQUIRE_LINK = 0x02, 0x04, 0x06, 0x15
RESPONSE = 0x80000000

Taken = Callable[[Any], None]


@contextmanager
def smsc_of_another_make(taken: Taken) -> Iterator[int]:
    """Its port. ``taken`` hears each submit_sm, in its thread."""
    (port,) = free_ports(1)
    loop = asyncio.new_event_loop()
    started: queue.SimpleQueue[None] = queue.SimpleQueue()

    wrong: list[Exception] = []

    async def serve() -> None:
        server = smpp34.Server(host="127.0.0.1", port=port, system_id="smsc")
        await server.start()
        started.put(None)
        try:
            while True:
                event = await server.next()
                if isinstance(event, smpp34.SubmitSmEvent):
                    try:
                        taken(event)
                    except Exception as error:
                        wrong.append(error)
                    event.accept(message_id=f"m{port}")
        finally:
            await server.stop()

    task = loop.create_task(serve())

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        started.get(timeout=SECONDS)
        yield port
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(SECONDS)
        loop.close()
    assert not wrong, wrong


def pdu(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    return struct.pack(">LLLL", 16 + len(body), command, status, sequence) + body


class ScriptedSmsc:
    """One session: for each request that comes, the next answer of the script; with none left, silence.

    An answer is a status, or octets as they are.
    """

    def __init__(self, *script: int | bytes) -> None:
        self._script = list(script)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.commands: list[int] = []
        """What came, answers too."""
        self.bodies: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> ScriptedSmsc:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(SECONDS)

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._server.accept()
            with connection, connection.makefile("rb") as incoming:
                while len(head := incoming.read(16)) == 16:
                    length, command, _, sequence = struct.unpack(">LLLL", head)
                    self.commands.append(command)
                    self.bodies.append(incoming.read(length - 16))
                    if command & RESPONSE:
                        continue
                    if not self._script:
                        return
                    answer = self._script.pop(0)
                    if isinstance(answer, int):
                        # After an error there is no body (SMPP 3.4 §4.1.2, §4.4.2).
                        body = b"" if answer or command == UNBIND else b"id\0"
                        answer = pdu(command | RESPONSE, answer, sequence, body)
                    connection.sendall(answer)
