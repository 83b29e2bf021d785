"""What carries a push is reset: a connection in its midst, where the bearer has one; else the push is lost."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hil.push.contract import PLAIN
from hil.push.senders import pap, smpp
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from hil.trace.record import Record
from simulator.push.wsp import dm_push
from tests.loopback import SECONDS
from tests.smsc import BIND_TRANSMITTER, RESPONSE, SUBMIT_SM, pdu

PUSH = dm_push("application/vnd.syncml.dm.notification", b"notified " * 20).encode()

STEPS = (
    "name: x\nsteps:\n  - card.insert: operator-sim\n  - device.power_on\n  - expect.session: {alert: 1201}\n"
    "  - fault: {part: push, what: reset}\n  - server.notify: 7\n  - expect.silence: 1 hour\n"
    "  - server.notify: 8\n  - expect.session: {alert: 1200, id: 8}\n"
)


def play(tmp_path: Path, rig: str) -> tuple[RunResult, list[Record]]:
    (tmp_path / "s.yaml").write_text(STEPS)
    records: list[Record] = []
    result = run_scenario(
        load_scenario(tmp_path / "s.yaml"), load_rig(rig), lambda recorder: recorder.subscribe(records.append)
    )
    return result, records


@pytest.mark.parametrize("rig", ["virtual", "virtual-udp"])
def test_without_a_connection_the_push_is_lost(tmp_path: Path, rig: str) -> None:
    result, records = play(tmp_path, rig)
    assert result.passed, result.broken
    assert [record.text for record in records if record.part == "push" and record.kind == "note"] == [
        "reset, as it was asked for", "the push was lost: what carried it broke off"
    ]  # fmt: skip


@pytest.mark.parametrize("rig", ["virtual-http", "virtual-https"])
def test_a_terminal_that_has_half_a_push_has_none(tmp_path: Path, rig: str) -> None:
    result, records = play(tmp_path, rig)
    assert result.passed, result.broken
    said = [record.text for record in records if record.part == "push"]
    assert len([text for text in said if "the connection was dropped (Connection reset by peer)" in text]) == 1
    assert not any("ignored" in record.text for record in records if record.part == "device")


@contextmanager
def one_who_hears(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Its port; it has one connection, which has to be reset before the block ends."""
    ended: list[int | None] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            with suppress(OSError), server.accept()[0] as peer:
                peer.settimeout(SECONDS)
                try:
                    serve(peer)
                    ended.append(None)
                except OSError as error:
                    ended.append(error.errno)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(SECONDS)
    assert ended == [errno.ECONNRESET]


def test_a_service_centre_that_has_half_a_message_has_none() -> None:
    heard = bytearray()

    def serve(peer: socket.socket) -> None:
        bind = peer.recv(4096)
        peer.sendall(pdu(BIND_TRANSMITTER | RESPONSE, 0, int.from_bytes(bind[12:16], "big"), b"smsc\0"))
        while octets := peer.recv(4096):
            heard.extend(octets)

    with one_who_hears(serve) as port:
        settings = smpp.Settings.model_validate({"smsc": f"127.0.0.1:{port}"})
        smpp.SmppSender("+15551230000", settings).break_off(PUSH, PLAIN)
    assert heard[4:8] == SUBMIT_SM.to_bytes(4, "big")
    assert len(heard) == int.from_bytes(heard[:4], "big") // 2


def test_a_gateway_that_has_half_a_push_has_none() -> None:
    heard = bytearray()

    def serve(peer: socket.socket) -> None:
        while octets := peer.recv(4096):
            heard.extend(octets)

    with one_who_hears(serve) as port:
        settings = pap.Settings.model_validate({"gateway": f"http://127.0.0.1:{port}/"})
        sender = pap.PapSender("+15551230000", settings)
        sender.break_off(PUSH, PLAIN)
        sender.close()
    head, _, body = bytes(heard).partition(b"\r\n\r\n")
    (length,) = (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
    assert len(body) == length // 2
