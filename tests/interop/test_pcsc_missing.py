"""What a person is told when a piece of PC/SC is missing. Each in a process of its own, with real absences."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hil.card import install
from tests import pcscd
from tests.peers import require

pytestmark = pytest.mark.pcsc

ROOT = Path(__file__).parents[2]


def dmrig(
    *arguments: str, before: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    program = f"{before}\nimport sys; from hil.cli.main import main; main({list(arguments)!r})"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [("card", "list"), ("card", "read")])
def test_pcscd_is_not_running(arguments: tuple[str, ...], tmp_path: Path) -> None:
    require("pyscard", "pcscd")
    done = dmrig(*arguments, environment={"PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody")})
    assert done.returncode == 3
    assert done.stdout == ""
    assert "pcscd, the PC/SC daemon, is not running" in done.stderr
    assert "systemctl start pcscd" in done.stderr


NO_LIBRARY = """
import ctypes
class CDLL(ctypes.CDLL):
    def __init__(self, name, *rest, **more):
        if name and "pcsclite" in name:
            raise OSError(f"{name}: cannot open shared object file: No such file or directory")
        super().__init__(name, *rest, **more)
ctypes.CDLL = CDLL
"""


@pytest.mark.parametrize("arguments", [("card", "list"), ("card", "read")])
def test_the_library_is_not_installed(arguments: tuple[str, ...]) -> None:
    done = dmrig(*arguments, before=NO_LIBRARY)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "libpcsclite" in done.stderr
    assert "is not installed" in done.stderr
    assert "apt-get install libpcsclite1" in done.stderr


def test_pyscard_is_not_installed() -> None:
    require("pcscd")
    done = dmrig("card", "list", before="import sys; sys.modules['smartcard'] = None")
    assert done.returncode == 3
    assert "pyscard is not installed" in done.stderr
    assert install.PYSCARD in done.stderr


def test_no_reader() -> None:
    require("pyscard", "pcscd")
    with pcscd.pcscd(readers=False) as running:
        environment = {"PCSCLITE_CSOCK_NAME": str(running.socket)}
        listed = dmrig("card", "list", environment=environment)
        as_json = dmrig("card", "list", "--json", environment=environment)
    assert listed.returncode == 3
    assert "pcscd has no card reader" in listed.stderr
    assert (as_json.returncode, as_json.stdout.split()) == (3, ["{", '"readers":', "[]", "}"])


RIG = "server: builtin\ncard: {{kind: vpcd, port: {port}}}\nmodem: virtual\npush: sms\ndevice: simulated\n"


@pytest.mark.parametrize("readers", [True, False], ids=["another port", "no virtual reader"])
def test_a_rig_whose_virtual_reader_is_not_met(tmp_path: Path, readers: bool) -> None:
    """The driver is installed: nobody is told to install it."""
    require("pyscard", "pcscd", "vpcd")
    rig = tmp_path / "rig.yaml"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        rig.write_text(RIG.format(port=listener.getsockname()[1]))
    with pcscd.pcscd(readers=readers) as running:
        environment = {"PCSCLITE_CSOCK_NAME": str(running.socket)}
        done = dmrig(
            "run", "quickstart", "--rig", str(rig), "--out", str(tmp_path / "run"), environment=environment
        )
    assert done.returncode == 3
    told = done.stdout + done.stderr
    assert ("no virtual reader listens at 127.0.0.1:" if readers else "pcscd has no virtual reader") in told
    assert "apt-get install" not in told
    assert "card: {kind: vpcd, port: " in told


def test_readers_without_cards_and_a_name_that_none_has() -> None:
    require("pyscard", "pcscd", "vpcd")
    with pcscd.pcscd() as running:
        environment = {"PCSCLITE_CSOCK_NAME": str(running.socket)}
        listed = dmrig("card", "list", environment=environment)
        other = dmrig("card", "read", "--reader", "Gemalto*", environment=environment)
        empty = dmrig("card", "read", "--wait", "0.3", environment=environment)
    assert listed.returncode == 0
    assert listed.stdout.splitlines()[0] == "Virtual PCD 00 00  no card"
    assert other.returncode == 3
    assert "no card reader is called 'Gemalto*'" in other.stderr
    assert "there are: Virtual PCD 00 00" in other.stderr
    assert empty.returncode == 3
    assert "there is no card in the reader" in empty.stderr
