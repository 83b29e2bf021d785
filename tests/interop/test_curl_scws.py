"""curl, and https://127.0.0.1:4116/OMA/DM/Bootstrap.xml, which the card itself answers (DM Bootstrap §5.5.7)."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.bootstrap.fetch import SCWS_BIP_URL
from simulator.codes import mime
from tests.peers import require
from tests.scws import MESSAGE

pytestmark = pytest.mark.pcsc

ROOT = Path(__file__).parents[2]


def namespaces() -> bool:
    """Whether this machine gives a network of their own to whoever asks."""
    unshare = shutil.which("unshare")
    return unshare is not None and subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode == 0


@functools.cache
def fetched() -> dict[str, Any]:
    require("pcscd", "vpcd", "pyscard", "curl")
    program = [sys.executable, "-m", "tests.curl_scws"]
    if namespaces():
        program = ["unshare", "-rn", *program, "--own-network"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_the_bootstrap_from_the_fixed_address(capsys: pytest.CaptureFixture[str]) -> None:
    result = fetched()
    where = "in a network of its own" if result["own_network"] else "in the machine's network"
    with capsys.disabled():
        print(f"\ncurl → gateway → pyscard → pcscd → vpcd → card: {result['url']}, {where}")
    if result["own_network"]:
        assert result["url"] == SCWS_BIP_URL
    answer = result["answers"]["bootstrap"]
    assert (answer["exit"], answer["status"], answer["verified"]) == (0, 200, True)
    assert answer["content_type"] == mime.DM_WBXML
    assert answer["body"] == MESSAGE.hex()


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
