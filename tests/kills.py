"""Kills a device at every moment of its life, and looks at what its state file then holds.

    python -m tests.kills FOLDER SEED KILLS

Run as a process of its own that has no threads, so that each life is a fork: everything is imported once. What
it found is printed as JSON; `tests/contract/test_state_kills.py` judges it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from hil.server.commands import commands
from hil.server.engine import DmServer
from hil.server.settings import ANY_DEVICE, Credentials, DeviceAccount, Packing, ServerSettings
from hil.server.store import MemoryStore
from hil.state.device import DeviceFile
from simulator.codes.alert import AlertCode
from simulator.device import Device
from simulator.session.alerts import AlertItem
from simulator.session.commands.context import ExecRequest
from simulator.session.events import Send
from tests.device_state import BOOTSTRAP, DEV_ID, NOW, SERVER_ID, UPDATE, a_device, everything

EXT = f"./DMAcc/{SERVER_ID}/Ext"
WORK = commands(
    {"add": {"uri": f"{EXT}/A", "value": "1"}},
    {"replace": {"uri": f"{EXT}/A", "value": "2"}},
    {"add": {"uri": f"{EXT}/B/C/D", "value": "deep"}},
    {"sequence": [{"add": {"uri": f"{EXT}/S", "value": "1"}}, {"replace": {"uri": f"{EXT}/S", "value": "2"}}]},
    {"atomic": [{"add": {"uri": f"{EXT}/X{n}", "value": "x"}} for n in range(3)]},
    {"atomic": [{"add": {"uri": f"{EXT}/Y", "value": "y"}}, {"delete": f"{EXT}/Nothing"}]},
    {"copy": {"from": f"{EXT}/A", "to": f"{EXT}/Copied"}},
    {"replace": {"uri": f"{EXT}/A?prop=Name", "value": "Renamed"}},
    {"replace": {"uri": f"{EXT}/B?prop=ACL", "value": "Get=*&Delete=*&Replace=*"}},
    {"exec": {"uri": UPDATE, "correlator": "later"}},
    {"delete": f"{EXT}/B"},
)


def a_server() -> DmServer:
    account = DeviceAccount(
        client=Credentials("device", "device-secret", nonce=b"client-1"),
        server=Credentials(SERVER_ID, "server-secret", nonce=b"server-1"),
    )
    # Several commands in one message, and several messages.
    settings = ServerSettings(packing=Packing.INDEPENDENT)
    return DmServer(settings, MemoryStore({ANY_DEVICE: account}), random=random.Random(2).randbytes)


def later(request: ExecRequest) -> int:
    return 202


class Life:
    """What happens to a device, the same each time."""

    def __init__(self, device: Device, told: Callable[[], None] = lambda: None) -> None:
        self.device = device
        device.operations[UPDATE] = later
        self.now = NOW
        self._told = told
        self._server = a_server()

    def run(self) -> None:
        self.device.power_on("card:1", [BOOTSTRAP], self.now)
        self._server.queue(WORK, DEV_ID)
        self.session()
        self.now += timedelta(hours=1)
        self.device.alert(SERVER_ID, AlertItem("text/plain", "hot", mark="critical"))
        self.device.complete(UPDATE, AlertItem("text/plain", "done"))
        self.session()
        # Another card: the account of the first one goes.
        self.device.power_on("card:2", [], self.now)
        self.device.power_on("card:1", [BOOTSTRAP], self.now)

    def session(self) -> None:
        session = self.device.open_session(SERVER_ID, alert=AlertCode.CLIENT_INITIATED_MGMT, now=self.now)
        events = session.start(self.now)
        while isinstance(events[-1], Send):
            send = events[-1]
            self._told()
            reply = self._server.receive(send.body, send.headers["Content-Type"], self.now)
            events = session.receive(reply.status, reply.content_type, reply.body, self.now)
        self._told()


def print_of(device: Device) -> str:
    return hashlib.sha256(repr(everything(device)).encode()).hexdigest()[:16]


@dataclass
class Seen:
    """The life that nobody cuts short."""

    states: list[str] = field(default_factory=list)
    """After each change that was kept; the first is the device as it leaves the factory."""
    told: list[int] = field(default_factory=list)
    """How many states there were when each message left the device, and at the end of each session."""
    not_kept: list[int] = field(default_factory=list)
    """The messages that left a device which was not as the file had it."""
    statements: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    """For each statement, how many changes are kept once it is done."""
    seconds: float = 0.0


class Watched(sqlite3.Connection):
    """A connection that counts, and dies where it is told to."""

    seen = Seen()
    die: tuple[str, int] | None = None
    """``before`` or ``after`` the statement of that number, or ``within``, at that step."""
    count = 0
    steps = 0
    file: DeviceFile | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.set_progress_handler(self.step, 1)

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        cls = type(self)
        number = cls.count
        cls.count += 1
        cls._die_at("before", number)
        done = super().execute(sql, *arguments)
        cls._die_at("after", number)
        cls.seen.statements.append(sql)
        cls.seen.kept.append(cls.file.changes + (sql == "COMMIT") if cls.file is not None else 0)
        return done

    @classmethod
    def step(cls) -> int:
        cls._die_at("within", cls.steps)
        cls.steps += 1
        return 0

    @classmethod
    def _die_at(cls, when: str, number: int) -> None:
        if cls.die == (when, number):
            os.kill(os.getpid(), signal.SIGKILL)


def live(path: Path, told: Callable[[Device], None]) -> None:
    """One life, with a state file of its own."""
    Watched.count, Watched.steps, Watched.file = 0, 0, None
    device, seen = a_device(), Watched.seen
    file = Watched.file = DeviceFile(path, device, connection=Watched)
    seen.states.append(print_of(device))
    keep = device.on_change

    def changed() -> None:
        before = file.changes
        keep()
        if file.changes > before and Watched.die is None:
            seen.states.append(print_of(device))

    device.on_change = changed
    Life(device, lambda: told(device)).run()
    file.close()


@dataclass
class Killed:
    how: str
    expected: int | None
    """How many changes were kept, if the place of the kill tells."""
    told: int
    """How many changes the peer has heard of, at least."""
    killed: bool
    state: int | None
    """How many changes the reopened device has; None: its state is none that ever was."""
    goes_on: str
    """How a session ends that is then opened; empty: none was."""


def fork(act: Callable[[int], None]) -> tuple[int, int]:
    """A child that does ``act`` with one end of a pipe; its pid, and the other end."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(read)
            act(write)
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    return pid, read


def kill(folder: Path, seen: Seen, how: str, number: int, *, go_on: bool) -> Killed:
    path = folder / f"{how}-{number}.state"

    def act(write: int) -> None:
        Watched.die = (how, number)
        live(path, lambda device: os.write(write, bytes([Watched.file.changes])) and None)  # type: ignore[union-attr]

    pid, read = fork(act)
    if how == "time":
        time.sleep(number / 1_000_000)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    told = os.read(read, 4096)
    os.close(read)
    expected = None
    if how in ("before", "after"):
        at = number - (how == "before")
        expected = seen.kept[at] if at >= 0 else 0
    device = a_device()
    file = DeviceFile(path, device)
    found = print_of(device)
    # A state may be there twice in a life, as when the account is gone again: the nearest one is meant.
    places = [place for place, state in enumerate(seen.states) if state == found]
    state = min(places, key=lambda place: abs(place - expected), default=None) if expected is not None else None
    state = places[-1] if state is None and places else state
    went = outcome(device) if go_on and state is not None else ""
    file.close()
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return Killed(f"{how} {number}", expected, told[-1] if told else 0, killed, state, went)


def outcome(device: Device) -> str:
    """A session with a server that knows nothing of what happened."""
    life = Life(device)
    device.power_on("card:1", [BOOTSTRAP], NOW)
    life.session()
    return "completed" if not device.in_session else "open"


def main(folder: Path, seed: int, kills: int) -> None:
    began = time.monotonic()
    seen = Watched.seen

    def told(device: Device) -> None:
        seen.told.append(len(seen.states))
        if print_of(device) != seen.states[-1]:
            seen.not_kept.append(len(seen.told))

    live(folder / "reference.state", told)
    seen.seconds = time.monotonic() - began
    chance, steps = random.Random(seed), Watched.steps
    # Before one is after the one before; what is different after a statement is that it was a COMMIT.
    plan = [("before", number) for number in range(len(seen.statements))]
    plan += [("after", number) for number, sql in enumerate(seen.statements) if sql == "COMMIT"]
    rest = max(kills - len(plan), 40)
    plan += [("within", chance.randrange(steps)) for _ in range(rest // 2)]
    plan += [("time", chance.randrange(int(seen.seconds * 1_000_000))) for _ in range(rest - rest // 2)]
    found = [kill(folder, seen, how, n, go_on=chance.random() < 0.1) for how, n in dict.fromkeys(plan)]
    report = {"seen": asdict(seen), "killed": [asdict(one) for one in found]}
    json.dump({**report, "seconds": time.monotonic() - began}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
