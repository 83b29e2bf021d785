"""gammu takes the virtual modem for a modem: it identifies it, reads its messages and sends one."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil.modem.served import ServedModem
from hil.modem.sms import alphabet
from hil.modem.sms.address import Address
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, Submit
from hil.modem.virtual.profile import Profile
from tests.peers import require

pytestmark = pytest.mark.gammu

# One connection for all of them: gammu takes four seconds to open a line.
COMMANDS = """\
identify
networkinfo
getallsms
sendsms TEXT +4412345 -text upwards
"""


def test_gammu_drives_the_virtual_modem(tmp_path: Path) -> None:
    require("gammu")
    profile = Profile()
    modem = ServedModem(profile, lambda: datetime.now(UTC), lambda deadline: None)
    modem.start()
    try:
        sent = TimeStamp.of(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        modem.deliver(Deliver(Address.of("+44123"), sent, alphabet.encode("Hello"), data_coding_scheme=0).encode())
        settings, commands = tmp_path / "gammurc", tmp_path / "commands"
        settings.write_text(f"[gammu]\ndevice = {modem.path}\nconnection = at\n")
        commands.write_text(COMMANDS)
        done = subprocess.run(
            ["gammu", "-c", str(settings), "batch", str(commands)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
            env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )  # fmt: skip
    finally:
        modem.close()
    shown = done.stdout
    assert done.returncode == 0, shown + done.stderr
    for seen in ("dmrig", profile.observed.model, profile.imei, profile.imsi, "home network"):
        assert seen in shown
    for seen in ("+44123", "Jan  2 03:04:05 2026", "Hello", profile.smsc, "UnRead"):
        assert seen in shown
    (tpdu,) = modem.smsc.submitted
    message = Submit.decode(tpdu)
    assert (str(message.destination_address), message.text) == ("+4412345", "upwards")
