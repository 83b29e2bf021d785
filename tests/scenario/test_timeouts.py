"""A `timeout` ends what hangs in real time, of whatever kind, and the verdict names it: the step's, the phase's,
the run's. Nothing goes on behind it."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from hil.device.card import CardUse
from hil.errors import ExitCode, ExpectationFailed, PartBroke
from hil.fields import duration
from hil.limits import TimedOut
from hil.place import Place
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario import runner
from hil.scenario.live import circumstances, live
from hil.scenario.load import load_scenario
from hil.scenario.run import Run
from hil.scenario.runner import run_scenario
from hil.scenario.step import StepKind, StepModel, step_kinds
from hil.trace.record import Record
from tests import pcscd
from tests.loopback import wait_for
from tests.peers import require
from tests.scenario.test_external_device import RIG, rig_file

LONG = 30.0
"""Seconds: far more than any limit here, far less than what is waited for without one."""

HANGS = "echo begun; echo $$ >> pids; sleep 300 & echo $! >> pids; wait"
"""A program that does not end, with a child that does not either."""


def play(folder: Path, rig: str, text: str) -> tuple[RunResult, list[Record]]:
    (folder / "rig.yaml").write_text(rig)
    (folder / "s.yaml").write_text(f"name: hangs\n{text}")
    records: list[Record] = []
    began = time.monotonic()
    result = run_scenario(
        load_scenario(folder / "s.yaml"),
        load_rig(str(folder / "rig.yaml")),
        lambda recorder: recorder.subscribe(records.append),
    )
    assert time.monotonic() - began < LONG
    return result, records


def message(result: RunResult) -> str:
    """Why it failed, as time-outs do."""
    assert result.broken is not None, result.message
    assert (result.code, result.broken.outcome) == (ExitCode.EXPECTATION_FAILED, "failed"), result.broken.message
    return result.broken.message


VIRTUAL = "server: builtin\ncard: virtual\nmodem: virtual\ndevice: simulated\n"


def external(commands: str) -> str:
    return f"server: builtin\ncard: virtual\nmodem: virtual\ndevice:\n  kind: external\n{commands}"


LIMITS = ("0.8 s", "10 s")


def begun(folder: Path, attempt: Callable[[str], RunResult]) -> tuple[str, RunResult]:
    """Which limit was taken, and what came of it: a short one, or a longer one where the machine is too slow for
    the program to have begun within that."""
    for limit in LIMITS:
        result = attempt(limit)
        if len(_pids(folder)) >= 2:
            return limit, result
    raise AssertionError("the program has not begun")


def _pids(folder: Path) -> list[str]:
    """Of all programs that have begun, in every attempt."""
    file = folder / "pids"
    return file.read_text().split() if file.exists() else []


def all_gone(folder: Path) -> None:
    pids = _pids(folder)

    def running() -> list[str]:
        return [pid for pid in pids if Path(f"/proc/{pid}").exists() and not _dead(pid)]

    wait_for(lambda: not running(), running)


def _dead(pid: str) -> bool:
    """Ended, and nobody has asked how."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


LEVELS = {
    "this step": "steps: [{device.connect: , timeout: $LIMIT}]\n",
    "the phase 'Talk'": "steps: [{phase: Talk, timeout: $LIMIT, steps: [device.connect]}]\n",
    "the block at ": "steps: [{timeout: $LIMIT, steps: [device.connect]}]\n",
    "the run": "timeout: $LIMIT\nsteps: [device.connect]\n",
}


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_ends_a_program_that_hangs(tmp_path: Path, level: str) -> None:
    rig = external(f"  trigger: {{run: '{HANGS}', within: 10 min}}\n")
    limit, result = begun(tmp_path, lambda limit: play(tmp_path, rig, LEVELS[level].replace("$LIMIT", limit))[0])
    said = message(result)
    assert said.startswith(f"time-out: {level}")
    assert (
        f"may take {limit}, and that time is over: the device's trigger has not ended; its last words: begun"
        in said
    )
    all_gone(tmp_path)


def test_the_nearest_of_several_is_named(tmp_path: Path) -> None:
    steps = "timeout: 200 ms\nsteps: [{phase: Talk, timeout: 1 min, steps: [{device.connect: , timeout: 50 s}]}]\n"
    result, _ = play(tmp_path, external("  trigger: sleep 300\n"), steps)
    assert message(result).startswith("time-out: the run may take 0.2 s")


@pytest.mark.parametrize(
    ("commands", "act"),
    [
        (f"  start: {{run: '{HANGS}', stays: yes, ready: never, within: 10 min}}\n", "device.power_on: "),
        (f"  start: {{run: '{HANGS}', within: 10 min}}\n  stop: 'true'\n", "device.power_on: "),
        (f"  tree: {{run: '{HANGS}', within: 10 min}}\n", "expect.node: {uri: ./A, within: 10 min}"),
    ],
    ids=["ready", "start", "tree"],
)
def test_every_kind_of_command(tmp_path: Path, commands: str, act: str) -> None:
    limit, result = begun(
        tmp_path,
        lambda limit: play(tmp_path, external(commands), f"steps: [{{{act}, timeout: {limit}}}]\n")[0],
    )
    assert message(result).startswith(
        f"time-out: this step may take {limit}, and that time is over: the device's "
    )
    all_gone(tmp_path)


def test_an_expectation_says_what_it_saw_last(tmp_path: Path) -> None:
    text = "steps: [{expect.node: {uri: ./A, within: 10 min}, timeout: 300 ms}]\n"
    result, _ = play(tmp_path, at("http://127.0.0.1:9/dm"), text)
    assert message(result) == "time-out: this step may take 0.3 s, and that time is over: there is no node ./A"


# -- servers


@contextmanager
def silent(*, drips: bytes = b"") -> Iterator[int]:
    """The port of a server that takes every connection, and says nothing, or the same octets again and again."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer = server.accept()[0]
                    held.append(peer)
                    if drips:
                        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                        Thread(target=drip, args=(peer,), daemon=True).start()

        def drip(peer: socket.socket) -> None:
            peer.settimeout(0.05)
            with suppress(OSError):
                while True:
                    peer.sendall(drips)
                    with suppress(TimeoutError):
                        if not peer.recv(65536):
                            return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for peer in held:
                peer.close()


def at(url: str) -> str:
    return f"server: {{kind: url, url: '{url}'}}\ncard: virtual\nmodem: virtual\ndevice: simulated\n"


POWER_ON = "steps:\n  - card.insert: operator-sim\n  - device.power_on\n  - device.power_off\n"


@pytest.mark.parametrize(
    ("scheme", "drips"), [("http", b""), ("https", b""), ("http", b"x")], ids=["answer", "handshake", "body"]
)
def test_a_server_that_is_silent(tmp_path: Path, scheme: str, drips: bytes) -> None:
    """The device's step is over, and the device does not go on as with a server that is not there."""
    with silent(drips=drips) as port:
        result, records = play(tmp_path, at(f"{scheme}://127.0.0.1:{port}/dm"), "timeout: 1 s\n" + POWER_ON)
    expected = f"time-out: the run may take 1 s, and that time is over: 127.0.0.1:{port} has not answered"
    assert message(result) == expected
    assert [step.outcome for step in result.steps] == ["passed", "failed", "skipped"]
    (no_answer,) = [record.text for record in records if record.text.startswith("no answer: ")]
    assert expected in no_answer


def test_an_attempt_that_was_cut_short_leaves_no_session_behind(tmp_path: Path) -> None:
    """The next attempt opens another one."""
    steps = "steps: [{timeout: 800 ms, steps: [device.power_cycle, device.connect]}]"
    with silent() as port:
        text = f"steps:\n  - card.insert: operator-sim\n  - {{retry: 1, {steps}}}\n"
        result, records = play(tmp_path, at(f"http://127.0.0.1:{port}/dm"), text)
    assert message(result).startswith("time-out: the block at ")
    assert [step.attempts for step in result.steps] == [1, 2, 1]
    told = [record.text for record in records if record.text.startswith("session ")]
    cut = "failed: a time-out of the scenario cut it short"
    opened = "with dm.example.com, Alert 1201"
    assert told == [f"session 1 {opened}", f"session 1 {cut}", f"session 2 {opened}", f"session 2 {cut}"]


# -- what else is waited for in real time


def test_a_program_that_answers_a_question(tmp_path: Path) -> None:
    """It runs beside the scenario's steps, and ends with the run that a time-out has ended."""
    text = RIG.replace('["$PYTHON", "$CLIENT", answer]', f"{{run: '{HANGS}', within: 10 min}}")
    steps = """
steps:
  - user.answers: [yes]
  - server.commands: [{confirm: Really?}]
  - device.power_on
  - {device.connect: , timeout: 20 s}
  - expect.asked: Really?
  - {wait: 1 min, timeout: $LIMIT}
"""
    rig = rig_file(tmp_path, text=text).read_text()
    limit, result = begun(tmp_path, lambda limit: play(tmp_path, rig, steps.replace("$LIMIT", limit))[0])
    assert message(result).startswith(f"time-out: this step may take {limit}, and")
    all_gone(tmp_path)


@pytest.mark.parametrize("push", ["{kind: pap, gateway: 'http://$SILENT/pap', to: 192.0.2.7}", "modem"])
def test_who_is_to_send_a_push(tmp_path: Path, push: str) -> None:
    """A push gateway; a modem of the rig's own."""
    modem, line = os.openpty()
    said = {"modem": f"{{kind: modem, modem: {os.ttyname(line)}, to: '+15550100'}}"}.get(push, push)
    try:
        with silent() as port:
            rig = f"push: {said}\nserver: builtin\ncard: virtual\nmodem: virtual\ndevice: simulated\n"
            rig = rig.replace("$SILENT", f"127.0.0.1:{port}")
            text = "steps: [{push.send: {type: text/plain, text: x}, timeout: 300 ms}]\n"
            result, _ = play(tmp_path, rig, text)
    finally:
        os.close(modem)
        os.close(line)
    silent_one = "the modem has not answered to AT" if push == "modem" else f"127.0.0.1:{port} has not answered"
    assert message(result) == f"time-out: this step may take 0.3 s, and that time is over: {silent_one}"


@pytest.mark.pcsc
def test_a_card_that_nobody_inserts(tmp_path: Path) -> None:
    require("pcscd", "vpcd", "pyscard")
    pcscd.shared()
    rig = (
        'server: builtin\ncard: {kind: pcsc, reader: "Virtual PCD ?? 00", wait: 10 min}\n'
        "modem: virtual\ndevice: simulated\n"
    )
    result, _ = play(tmp_path, rig, "steps: [{device.power_on: , timeout: 300 ms}]\n")
    assert "time-out: this step may take 0.3 s, and that time is over: no card is in Virtual" in message(result)


# -- what is played in any case


def test_finally_ends_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its steps has a time of its own."""
    text = (
        "timeout: 100 ms\nsteps: [{wait: 1 min}]\n"
        "finally: [device.connect, {device.connect: , timeout: 300 ms}, {wait: 10 ms}]\n"
    )

    def attempt(limit: str) -> RunResult:
        monkeypatch.setattr(runner, "CLEANUP", duration(limit))
        return play(tmp_path, external(f"  trigger: {{run: '{HANGS}', within: 10 min}}\n"), text)[0]

    limit, result = begun(tmp_path, attempt)
    assert message(result) == "time-out: the run may take 0.1 s, and that time is over"
    assert [step.message.partition(",")[0] for step in result.steps[1:]] == [
        f"time-out: this step may take {limit}",
        "time-out: this step may take 0.3 s",
        "",
    ]
    all_gone(tmp_path)


def test_a_clock_that_jumps_needs_no_end_of_finally(tmp_path: Path) -> None:
    result, _ = play(tmp_path, VIRTUAL, "steps: [{wait: 1 s}]\nfinally: [{wait: 2 days}]\n")
    assert result.passed


@pytest.mark.parametrize("device", [external("  trigger: 'true'\n"), VIRTUAL], ids=["real", "jumps"])
def test_the_clean_up_of_a_test_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    """Once the test has been told that its time is over, each step has a time of its own, as in a file."""
    (tmp_path / "rig.yaml").write_text(device)
    here = tmp_path / "test_a.py"
    head = circumstances("test_a", {"timeout": "100 ms"}, Place(here, 1, 1))
    with live(load_rig(str(tmp_path / "rig.yaml")), head, here) as rig:
        with pytest.raises(ExpectationFailed, match=r"the test may take 0\.1 s, and that time is over"):
            rig.step("wait", "1 min")
        rig.step("wait", "10 ms")
        with pytest.raises(ExpectationFailed, match=r"this step may take 0\.2 s"):
            rig.step("wait", "1 min", timeout="200 ms")
        with pytest.raises(ExpectationFailed, match=r"^nothing$"):
            rig.until(lambda: False, "nothing", within="10 ms")
        if device != VIRTUAL:
            monkeypatch.setattr(runner, "CLEANUP", timedelta(seconds=0.3))
            with pytest.raises(ExpectationFailed, match=r"this step may take 0\.3 s"):
                rig.step("wait", "1 min")


def test_a_device_whose_card_took_too_long_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another attempt may switch it on."""
    slow, read = [True], CardUse.read

    def reading(self: CardUse, *heard: Any) -> object:
        if slow:
            slow.clear()
            self._bench.scheduler.hold(timedelta(minutes=1))
            self._bench.limits.check("the card")
        return read(self, *heard)

    monkeypatch.setattr(CardUse, "read", reading)
    result, records = play(tmp_path, VIRTUAL, "steps: [{retry: 1, steps: [{device.power_on: , timeout: 9 s}]}]\n")
    assert result.passed, message(result)
    told = [record.text for record in records if record.text.startswith("power o")]
    assert told == ["power on", "power off", "power on"]


# -- steps of other packages


class Hang(StepModel):
    """A step that waits where dmrig does not know of it."""

    how: str


def _sleep() -> None:
    time.sleep(300)


def _look_and_sleep() -> None:
    while True:
        time.sleep(0.001)


def _cling() -> None:
    """Catches what it should let through, once."""
    with suppress(Exception):
        time.sleep(300)
    time.sleep(300)


def _break() -> None:
    """Says of what came to an end behind the limit that it broke."""
    try:
        time.sleep(300)
    except TimedOut as error:
        raise PartBroke("the lamp does not answer") from error


WAYS: dict[str, tuple[Callable[[], None], str]] = {
    "sleeps": (_sleep, ""),
    "looks": (_look_and_sleep, ""),
    "clings": (_cling, ""),
    "breaks": (_break, ": the lamp does not answer"),
}
"""And what the message has besides."""


@pytest.mark.parametrize("how", WAYS)
def test_a_step_of_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    def hang(run: Run, wanted: Hang) -> None:
        WAYS[wanted.how][0]()

    monkeypatch.setitem(step_kinds(), "lamp.hang", StepKind("lamp.hang", Hang, hang))  # type: ignore[arg-type]
    text = f"steps: [{{lamp.hang: {{how: {how}}}, timeout: 300 ms}}]\n"
    result, _ = play(tmp_path, external("  trigger: 'true'\n"), text)
    assert message(result) == f"time-out: this step may take 0.3 s, and that time is over{WAYS[how][1]}"


def test_its_programs_are_ended_before_it_is_interrupted(tmp_path: Path) -> None:
    """A program that does not end when it is asked to: what dmrig does about it is not cut short."""
    (tmp_path / "stays.py").write_text(
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('begun', flush=True)\nopen('pids', 'a').write(f'{os.getpid()} {os.getpid()}\\n')\ntime.sleep(300)\n"
    )
    rig = external(f"  trigger: {{run: [{sys.executable}, stays.py], within: 10 min}}\n")
    _, result = begun(
        tmp_path, lambda limit: play(tmp_path, rig, f"steps: [{{device.connect: , timeout: {limit}}}]\n")[0]
    )
    assert message(result).endswith("its last words: begun")
    all_gone(tmp_path)
