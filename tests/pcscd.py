"""A pcscd of the tests' own: unprivileged, beside any other, with one virtual reader.

pcscd takes its listening socket from whoever starts it, as systemd does. Clients find it by an environment
variable that libpcsclite reads once in a process, so there is one pcscd for a whole run of tests.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

READY_SECONDS = 10.0

_STARTER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class Pcscd:
    socket: Path
    port: int
    """Of the virtual reader's first slot."""
    pid: int


def driver() -> Path:
    """The driver of the virtual reader."""
    return next(Path("/usr/lib").glob("**/libifdvpcd.so"))


@contextlib.contextmanager
def pcscd(*, readers: bool = True) -> Iterator[Pcscd]:
    """Run pcscd; with a virtual reader, unless ``readers`` is False."""
    folder = Path(tempfile.mkdtemp(prefix="pcscd-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        port = _free_port()
        config = folder / "reader.conf.d"
        config.mkdir()
        if readers:
            (config / "vpcd").write_text(
                f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{port:#x}\n'
                f"LIBPATH {driver()}\nCHANNELID {port:#x}\n"
            )
        path = folder / "pcscd.comm"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(16)
        with listener, (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    _STARTER,
                    str(listener.fileno()),
                    _program(),
                    "-f",
                    "--config",
                    str(config),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
            )
        if readers:
            _wait_for(port, process, folder / "log")
        yield Pcscd(path, port, process.pid)
    finally:
        if process is not None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def shared() -> Pcscd:
    """The pcscd for the PC/SC calls that this process makes itself; it ends with the process.

    libpcsclite looks at the variable at its first call only: whoever wants another pcscd, or none, needs a
    process of its own.
    """
    running = pcscd()
    found = running.__enter__()
    atexit.register(running.__exit__, None, None, None)
    os.environ["PCSCLITE_CSOCK_NAME"] = str(found.socket)
    return found


def _program() -> str:
    return shutil.which("pcscd") or "/usr/sbin/pcscd"


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the driver listens. To connect and see would insert a card."""
    deadline = time.monotonic() + READY_SECONDS
    while not _listening(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"pcscd did not get ready: {log.read_text(errors='replace')}")
        time.sleep(0.02)


def _listening(port: int) -> bool:
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                return True
    return False


def _free_port() -> int:
    """A port, and the one after it for the second slot, below the range that the system gives out by itself."""
    for port in range(20000 + os.getpid() % 5000 * 2, 32700, 2):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("0.0.0.0", port))
                second.bind(("0.0.0.0", port + 1))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port for a virtual reader")
