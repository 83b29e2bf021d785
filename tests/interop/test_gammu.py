"""gammu takes the virtual modem for a modem: it identifies it, lists, reads, deletes and sends messages, and sees
one come that was announced with +CMTI."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.modem.profile.files import load_profile
from hil.modem.virtual.profile import IMEI, IMSI, SMSC
from tests.at_program import ServedProgram, serving
from tests.peers import require

pytestmark = pytest.mark.gammu

LONG = "The quick brown fox jumps over the lazy dog. " * 8
COMMANDS = f"""\
identify
networkinfo
getallsms
sendsms TEXT +4412345 -text upwards
sendsms TEXT +4412345 -len 400 -text "{LONG}"
getsms 0 LOCATION
deletesms 0 LOCATION
getallsms
"""

VENDORS = {"standard": 1, "quectel": 100001, "simcom-sim800": 1, "huawei": 1}
"""Plain; with every memory; with memories of other names; one that chatters, and refuses in its own words. Where
gammu finds the first message: what is in the modem itself it counts from 100001 on."""


class Gammu:
    """One gammu after the other, on one modem's port. It takes four seconds to open a line."""

    def __init__(self, port: str, folder: Path) -> None:
        self._settings, self._commands = folder / "gammurc", folder / "commands"
        self._settings.write_text(f"[gammu]\ndevice = {port}\nconnection = at\n")
        self._environment = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "HOME": str(folder)}

    def batch(self, commands: str) -> str:
        """What it prints for these."""
        self._commands.write_text(commands)
        done = subprocess.run(
            ["gammu", "-c", str(self._settings), "batch", str(self._commands)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=self._environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def monitor(self) -> Iterator[Iterator[str]]:
        """It watches what comes; the lines that it prints meanwhile."""
        process = subprocess.Popen(
            ["stdbuf", "-oL", "gammu", "-c", str(self._settings), "monitor", "20"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=self._environment,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            yield iter(process.stdout)
        finally:
            process.kill()
            process.communicate()


@pytest.fixture
def gammu(tmp_path: Path) -> Iterator[tuple[Gammu, ServedProgram]]:
    require("gammu")
    with serving("--link", tmp_path / "modem", "--show-secrets") as modem:
        yield Gammu(modem.path, tmp_path), modem


@pytest.mark.parametrize("vendor", VENDORS)
def test_gammu_reads_deletes_and_sends(vendor: str, tmp_path: Path) -> None:
    require("gammu")
    with serving("--link", tmp_path / "modem", "--vendor", vendor, "--show-secrets") as modem:
        gammu = Gammu(modem.path, tmp_path)
        modem.feed("+44123 Hello from afar")
        modem.event("fed")
        shown = gammu.batch(COMMANDS.replace("LOCATION", str(VENDORS[vendor])))
        observed = load_profile(vendor).observed
        model = re.sub("^SIMCOM_", "", observed.model)
        for seen in (
            observed.manufacturer.lower(),
            model.lower(),
            IMEI,
            IMSI,
            "home network",
            "dmrig test network",
        ):
            assert seen in shown.lower(), seen
        for seen in ("+44123", "Hello from afar", SMSC):
            assert seen in shown, seen
        assert modem.event("sent")["content"] == "upwards"
        whole = modem.event("message")["layers"][0]["fields"]
        assert (whole["address"], whole["text"]) == ("+4412345", LONG)
        assert re.findall(r"Status +: (\w+)", shown) == ["UnRead", "Read"]
        assert shown.index("1 SMS parts in 1 SMS sequences") < shown.index("0 SMS parts in 0 SMS sequences")
        assert modem.end() == []


def test_gammu_sees_a_message_come(gammu: tuple[Gammu, ServedProgram]) -> None:
    program, modem = gammu
    with program.monitor() as lines:
        for line in lines:
            if line.startswith("SIM SMS status"):
                break
        modem.feed("+44777 While you watch")
        seen = []
        for line in lines:
            seen.append(line.strip())
            if "While you watch" in line:
                break
        assert any("+44777" in line for line in seen), seen
        assert "While you watch" in seen[-1]
