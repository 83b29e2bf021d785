"""``dmrig card gateway`` as its user has it: a process, curl, and a card that goes."""

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
from tests import pcscd
from tests.peers import require
from tests.scws import MESSAGE, PATH, card

ROOT = Path(__file__).parents[2]
ANY = ("--port", "0", "--plain-port", "0")


@contextmanager
def gateway(
    *arguments: str, env: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], dict[str, list[str]]]]:
    """The running command, and the URLs that it printed, by the card's port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hil", "card", "gateway", "--json", *ANY, *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = []
        while not lines or lines[-1] != "}\n":
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line)
        yield process, json.loads("".join(lines))["urls"]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def curl(*arguments: str) -> tuple[int, str, bytes]:
    require("curl")
    command = ["curl", "--silent", "--max-time", "20", "--write-out", "%{stderr}%{http_code}", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    return done.returncode, done.stderr.decode(), done.stdout


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil", "card", "gateway", *ANY, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_image_and_curl(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with gateway("--image", "scws-sim", "--ca-file", str(ca), "-v") as (process, urls):
        url = urls["4116"][0]
        assert curl("--cacert", str(ca), url + PATH)[:2] == (0, "200")
        assert curl(url + PATH)[0] == 60, "the authority is not the system's"
        assert curl(urls["3516"][0] + PATH)[:2] == (0, "403")
        assert curl("--cacert", str(ca), "-X", "PUT", "-d", "x", url + PATH)[:2] == (0, "405")
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate(timeout=10)
    assert process.returncode == ExitCode.INTERRUPTED
    for line in (
        "FETCH OPEN CHANNEL TCP server :4116, buffer 1500 → 9000",
        "ENVELOPE channel status: channel 1 established → 9000",
        f"the card's web server: https GET {PATH}: 200",
        f"the card's web server: https PUT {PATH}: 405",
    ):
        assert line in shown


@pytest.mark.pcsc
def test_a_card_behind_pcscd_that_goes() -> None:
    require("pcscd", "vpcd", "pyscard")
    from hil.card.vpcd import VpcdReader

    shared = pcscd.shared()
    hand = VpcdReader(port=shared.port)
    hand.insert(card(MESSAGE, plain="served"))
    try:
        with gateway("--reader", "Virtual*", "--poll", "0.05") as (process, urls):
            assert curl(urls["3516"][0] + PATH) == (0, "200", MESSAGE)
            hand.remove()
            _, said = process.communicate(timeout=20)
        assert process.returncode == ExitCode.PART
        assert "removed" in said
    finally:
        hand.remove()


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("bare-sim", "has opened no channel in 0.3 s"),
        ("layout: {mode: sim}", "has no application toolkit: it answers TERMINAL PROFILE with 6E00"),
    ],
)
def test_a_card_without_a_server(tmp_path: Path, image: str, says: str) -> None:
    if ":" in image:
        path = tmp_path / "sim.yaml"
        path.write_text(f"{image}\n")
        image = str(path)
    done = run("--image", image, "--open", "0.3")
    assert done.returncode == ExitCode.PART
    assert says in done.stderr
    assert "try: " in done.stderr


def test_a_ca_file_is_for_an_image() -> None:
    done = run("--ca-file", "x.pem")
    assert done.returncode == ExitCode.USAGE
    assert "--ca-file is for an --image" in done.stderr
