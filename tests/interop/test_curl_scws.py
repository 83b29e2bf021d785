"""curl, and https://127.0.0.1:4116/OMA/DM/Bootstrap.xml, which the card itself answers (DM Bootstrap §5.5.7)."""

from __future__ import annotations

import functools
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.bootstrap.fetch import SCWS_BIP_URL
from simulator.codes import mime
from simulator.codes.cat import PORT_SCWS, PORT_SCWS_TLS
from tests.curl_scws import free
from tests.peers import leave_out, require
from tests.scws import MESSAGE, PATH

pytestmark = pytest.mark.pcsc

ROOT = Path(__file__).parents[2]


def own_network() -> list[str]:
    """What runs a program in a network of its own: anybody's program, or root's where that is all that is allowed.
    Empty: this machine gives none."""
    unshare = shutil.which("unshare")
    for options in ("-rn", "-n") if unshare is not None else ():
        if subprocess.run(["unshare", options, "true"], capture_output=True).returncode == 0:
            return ["unshare", options]
    return []


@functools.cache
def fetched() -> dict[str, Any]:
    require("pcscd", "vpcd", "pyscard", "curl")
    program = [sys.executable, "-m", "tests.curl_scws"]
    if unshared := own_network():
        program = [*unshared, *program, "--own-network"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def at_the_fixed_ports(result: dict[str, Any]) -> None:
    """Where another program of this machine has them, the test is left out: not where nothing may be."""
    if result["busy"] and not result["own_network"]:
        ports = " and ".join(map(str, result["busy"]))
        leave_out(f"port {ports} of this machine is another program's, and it gives no network of one's own")
    assert (result["url"], result["plain"]) == (SCWS_BIP_URL, f"http://127.0.0.1:{PORT_SCWS}")


def test_the_bootstrap_from_the_fixed_address(capsys: pytest.CaptureFixture[str]) -> None:
    result = fetched()
    where = "in a network of its own" if result["own_network"] else "in the machine's network"
    with capsys.disabled():
        print(f"\ncurl → gateway → pyscard → pcscd → vpcd → card: {result['url']}, {where}")
    answer = result["answers"]["bootstrap"]
    assert (answer["exit"], answer["status"], answer["verified"]) == (0, 200, True)
    assert answer["content_type"] == mime.DM_WBXML
    assert answer["body"] == MESSAGE.hex()


def test_the_address_is_the_fixed_one() -> None:
    at_the_fixed_ports(fetched())


@pytest.mark.parametrize("everything", ["", "1"])
def test_another_port_does_not_pass_for_the_fixed_one(everything: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMRIG_REQUIRE_PEERS", everything)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not free(port)
    elsewhere = {"url": f"https://127.0.0.1:{port}{PATH}", "plain": f"http://127.0.0.1:{PORT_SCWS}"}
    outcome = pytest.fail.Exception if everything else pytest.skip.Exception
    with pytest.raises(outcome, match=f"port {PORT_SCWS_TLS} of this machine is another program's"):
        at_the_fixed_ports({**elsewhere, "busy": [PORT_SCWS_TLS], "own_network": False})
    for own in (True, False):
        with pytest.raises(AssertionError):
            at_the_fixed_ports({**elsewhere, "busy": [], "own_network": own})


def test_its_other_names() -> None:
    answers = fetched()["answers"]
    for name in {"localhost", "IPv6"} & answers.keys():
        assert (answers[name]["status"], answers[name]["body"]) == (200, MESSAGE.hex())


def test_the_certificate_is_the_cards() -> None:
    assert fetched()["answers"]["unknown authority"]["exit"] == 60


@pytest.mark.parametrize(
    ("what", "status"),
    [("query", 404), ("lower case", 404), ("head", 200), ("put", 405), ("post", 405), ("plain", 403)],
)
def test_everything_else(what: str, status: int) -> None:
    answer = fetched()["answers"][what]
    assert (answer["exit"], answer["status"]) == (0, status)
