"""Kannel as a push gateway: bearerbox and wapbox of a test's own, on loopback."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType

from tests.loopback import SECONDS, free_ports, own_address, wait_for

USER, PASSWORD = "bench", "ppg-secret"

CONFIG = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {smsbox}
smsbox-interface = 127.0.0.1
wapbox-port = {wapbox}
wdp-interface-name = "{address}"
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
sms-resend-freq = 1

{smsc}
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = 0

group = wapbox
bearerbox-host = 127.0.0.1

group = ppg
ppg-url = /wappush
ppg-port = {ppg}
ppg-allow-ip = "127.0.0.1"
concurrent-pushes = 10
trusted-pi = false
users = 1
service-name = ppg
global-sender = 15550100

group = wap-push-user
wap-push-user = bench
ppg-username = {user}
ppg-password = {password}
allow-ip = 127.0.0.1
"""

AT = """\
group = smsc
smsc = at
modemtype = virtual
device = {device}
speed = 115200

group = modems
id = virtual
name = virtual
detect-string = "dmrig"
"""


class Kannel:
    """Runs within a ``with``; its logs stand in ``folder``."""

    def __init__(self, folder: Path, smsc: str = "", *, ready: str = "entering mainloop") -> None:
        """``ready``: what bearerbox says once its SMSC is there."""
        self._folder = folder
        self._ready = ready
        self._running: list[subprocess.Popen[bytes]] = []
        self.address = own_address()
        names = ("admin", "smsbox", "wapbox", "ppg")
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        self._wapbox = ports["wapbox"]
        self.gateway = f"http://127.0.0.1:{ports['ppg']}/wappush"
        self._config = folder / "kannel.conf"
        self._config.write_text(
            CONFIG.format(**ports, address=self.address, smsc=smsc, user=USER, password=PASSWORD)
        )

    def __enter__(self) -> Kannel:
        try:
            self._start("bearerbox", self._ready)
            wait_for(lambda: _answers(self._wapbox), lambda: self.log("bearerbox"))
            self._start("wapbox", "Connected to bearerbox")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def log(self, box: str) -> str:
        return (self._folder / f"{box}.log").read_text("utf-8", "replace")

    def settings(self, **more: str) -> dict[str, str]:
        """Those of the sender ``pap``."""
        return {"gateway": self.gateway, "user": USER, "password": PASSWORD, **more}

    def _start(self, box: str, says: str) -> None:
        program = shutil.which(box) or f"/usr/sbin/{box}"
        with (self._folder / f"{box}.log").open("wb") as log:
            process = subprocess.Popen(
                [program, "-v", "1", str(self._config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self._folder,
            )  # fmt: skip
        self._running.append(process)
        wait_for(lambda: process.poll() is not None or re.search(says, self.log(box)), lambda: self.log(box))
        assert process.poll() is None, self.log(box)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
