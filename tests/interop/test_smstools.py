"""smstools, another program that drives modems: it takes what comes to the virtual modem, and sends by it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.modem.virtual.profile import IMEI, IMSI
from tests.at_program import serving
from tests.peers import require

SECONDS = 30.0
FOLDERS = ("outgoing", "checked", "incoming", "failed", "sent")
LONG = "The quick brown fox jumps over the lazy dog. " * 7


def settings(folder: Path, port: str) -> str:
    places = "\n".join(f"{name} = {folder / name}" for name in FOLDERS)
    return f"""\
devices = M
{places}
infofile = {folder / "running"}
pidfile = {folder / "pid"}
stats = {folder}
logfile = 1
delaytime = 1
receive_before_send = no
autosplit = 3

[M]
device = {port}
incoming = high
rtscts = no
"""


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"smsd did not get there:\n{process.communicate()[0]}")
        time.sleep(0.1)


@pytest.mark.parametrize("vendor", ["standard", "telit", "simcom-sim7600", "ublox"])
def test_smstools_receives_and_sends(vendor: str, tmp_path: Path) -> None:
    require("smstools")
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    with serving("--link", tmp_path / "modem", "--vendor", vendor, "--show-secrets") as modem:
        modem.feed("+44123 Hello from afar", f"+44123 {LONG}")
        modem.event("fed")
        (tmp_path / "smsd.conf").write_text(settings(tmp_path, modem.path))
        (tmp_path / "outgoing" / "short").write_text("To: 4412345\n\nupwards\n")
        (tmp_path / "outgoing" / "long").write_text(f"To: 4412345\n\n{LONG}")
        process = subprocess.Popen(
            ["/usr/sbin/smsd", "-t", "-c", str(tmp_path / "smsd.conf")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            sent, incoming = tmp_path / "sent", tmp_path / "incoming"
            wait_for(lambda: len(list(sent.iterdir())) == 2 and len(list(incoming.iterdir())) == 2, process)
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS)
        assert list((tmp_path / "failed").iterdir()) == []
        received = [path.read_text() for path in incoming.iterdir()]
        for text in received:
            assert all(line in text for line in ("From: 44123", f"IMSI: {IMSI}", f"IMEI: {IMEI}")), text
        assert sorted(text.partition("\n\n")[2].strip() for text in received) == ["Hello from afar", LONG.strip()]
        whole = modem.event("message")["layers"][0]["fields"]
        assert (whole["address"], whole["text"].strip()) == ("+4412345", LONG.strip())
