"""Gear that is plugged in elsewhere: a modem behind RFC 2217, a pcscd whose socket is forwarded as ssh -L does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hil.card.image import load_image
from hil.card.uicc.build import build
from hil.card.vpcd import VpcdReader
from tests import pcscd
from tests.at_program import serving
from tests.peers import require
from tests.terminal_server import TerminalServer


def dmrig(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, **variables},
    )  # fmt: skip


def test_a_scenario_runs_on_a_modem_and_its_sim_behind_rfc_2217(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "name: x\nsteps: [device.power_on, expect.account: {server: dm.example.com}]\n"
    )
    with serving("--card", "operator-sim") as program:
        server = TerminalServer(program.path)
        try:
            rig = tmp_path / "rig.yaml"
            rig.write_text(
                "server: builtin\ncard: {kind: modem, by: cgla}\ndevice: simulated\n"
                f'modem: {{kind: serial, port: "{server.url}"}}\n'
            )
            run = dmrig("run", str(tmp_path / "s.yaml"), "--rig", str(rig), "--out", str(tmp_path / "out"))
            assert run.returncode == 0, run.stdout + run.stderr
            trace = (tmp_path / "out" / "trace.jsonl").read_text()
            assert '"AT+CNMI=' in trace.partition('"AT+CCHO=')[2], (
                "the modem's settings are put back behind the run"
            )
        finally:
            server.close()
        program.end()


@contextmanager
def forwarded(source: Path, target: Path) -> Iterator[None]:
    """Every connection to ``source`` goes to ``target`` over TCP in between."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(source))
    listener.listen()
    middle = socket.create_server(("127.0.0.1", 0))
    everything: list[socket.socket] = [listener, middle]

    def pump(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def join(one: socket.socket, other: socket.socket) -> None:
        everything.extend((one, other))
        for pair in ((one, other), (other, one)):
            threading.Thread(target=pump, args=pair, daemon=True).start()

    def accept_here() -> None:
        with suppress(OSError):
            while True:
                join(listener.accept()[0], socket.create_connection(middle.getsockname()))

    def accept_there() -> None:
        with suppress(OSError):
            while True:
                arrived, there = middle.accept()[0], socket.socket(socket.AF_UNIX)
                there.connect(str(target))
                join(arrived, there)

    for accept in (accept_here, accept_there):
        threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        for each in everything:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@pytest.mark.pcsc
def test_a_card_is_read_through_a_forwarded_socket_of_pcscd(tmp_path: Path) -> None:
    require("pcscd", "vpcd", "pyscard")
    there = pcscd.shared()
    hand = VpcdReader(port=there.port)
    hand.insert(build(load_image("bare-sim")))
    here = tmp_path / "pcscd.sock"
    try:
        with forwarded(here, there.socket):
            done = dmrig("card", "read", "--reader", "Virtual PCD 00 00", "--json", PCSCLITE_CSOCK_NAME=str(here))
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["iccid"].startswith("•••")
        gone = dmrig("card", "list", PCSCLITE_CSOCK_NAME=str(here))
        assert gone.returncode == 3, "it was that socket indeed"
    finally:
        hand.remove()


@pytest.mark.pcsc
def test_what_is_left_of_a_card_in_a_reader_is_nothing(tmp_path: Path) -> None:
    """A logical channel that somebody left open, and a verified PIN, go with the card's power."""
    from hil.card.pcsc import PcscCard, PcscSettings
    from tests.modem_bench import World

    require("pcscd", "vpcd", "pyscard")
    hand = VpcdReader(port=pcscd.shared().port)
    hand.insert(build(load_image("bare-sim")))
    try:
        part = PcscCard(PcscSettings(reader="Virtual PCD 00 00"), World().bench())
        opening = bytes.fromhex("0070000001")
        part.start()
        part.reader().connect()
        assert part.reader().transmit(opening) == bytes.fromhex("019000")
        assert part.reader().transmit(opening) == bytes.fromhex("029000")
        part.clean_up()
        part.reader().connect()
        assert part.reader().transmit(opening) == bytes.fromhex("019000")
        part.stop()
    finally:
        hand.remove()
