"""``dmrig card serve`` and ``list --watch`` with pcscd, as two people at one desk use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.errors import ExitCode
from tests.pcscd import Pcscd, pcscd
from tests.peers import require

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.pcsc


@contextmanager
def dmrig(running: Pcscd, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on, until it gets the signal of Ctrl-C."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PCSCLITE_CSOCK_NAME": str(running.socket)}
    with subprocess.Popen(
        [sys.executable, "-m", "hil", *arguments],
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: subprocess.Popen[str]) -> str:
    """What it still printed."""
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=20)
    assert process.returncode == ExitCode.INTERRUPTED, errors
    return said


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_opensc_reads_the_card_that_is_served_and_a_watch_sees_it_come_and_go() -> None:
    require("pcscd", "vpcd", "pyscard", "opensc")
    with pcscd() as running, dmrig(running, "card", "list", "--watch", "--json") as watch:
        readers = [json.loads(line(watch)) for _ in range(2)]
        assert [each["what"] for each in readers] == ["attached", "attached"]
        with dmrig(running, "card", "serve", "operator-sim", "--vpcd", f"127.0.0.1:{running.port}", "-v") as serve:
            assert "operator-sim is in the virtual reader" in line(serve)
            inserted = json.loads(line(watch))
            assert (inserted["what"], inserted["reader"]) == ("inserted", "Virtual PCD 00 00")
            env = {**os.environ, "PCSCLITE_CSOCK_NAME": str(running.socket)}
            done = subprocess.run(
                ["opensc-tool", "-r", "0", "-s", "00A4000C022FE2"],
                env=env,
                capture_output=True,
                text=True,
                check=True,
            )
            assert "SW1=0x90, SW2=0x00" in done.stdout
            atr = subprocess.run(
                ["opensc-tool", "-r", "0", "-a"], env=env, capture_output=True, text=True, check=True
            )
            assert atr.stdout.strip().replace(":", "").upper() == inserted["atr"]
            assert "SELECT EF(ICCID) 2FE2 → 9000" in interrupt(serve)
        assert json.loads(line(watch))["what"] == "removed"
        assert interrupt(watch) == ""


def test_a_reader_that_goes_ends_the_card() -> None:
    require("pcscd", "vpcd")
    with (
        pcscd() as running,
        dmrig(running, "card", "serve", "bare-sim", "--vpcd", f"127.0.0.1:{running.port}") as serve,
    ):
        assert "bare-sim" in line(serve)
        os.kill(running.pid, signal.SIGTERM)
        _, errors = serve.communicate(timeout=20)
        assert serve.returncode == ExitCode.PART
        assert "let go of the card" in errors
