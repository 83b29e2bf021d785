"""However a run ends, its exit code, its verdict and its reports say so."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hil import data
from hil.errors import ExitCode
from tests.pcscd import pcscd
from tests.peers import require

ROOT = Path(__file__).parents[2]
START = "  - card.insert: operator-sim\n  - device.power_on\n  - expect.session: {alert: 1201}\n"


def start(*arguments: str, cwd: Path, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hil", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, cwd=cwd, env=env, stdout=stdout, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts
    )


def heed_interrupts() -> None:
    """In the child, before it becomes dmrig: a job in the background ignores SIGINT, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(*arguments: str, cwd: Path) -> tuple[int, str]:
    with start(*arguments, cwd=cwd) as process:
        out, err = process.communicate(timeout=120)
        return process.returncode, out + err


def scenario(tmp_path: Path, steps: str, name: str = "s.yaml") -> str:
    (tmp_path / name).write_text(f"name: x\nsteps:\n{steps}")
    return name


def report(tmp_path: Path) -> ElementTree.Element:
    return ElementTree.parse(tmp_path / "j.xml").getroot()


@pytest.mark.parametrize(
    ("step", "code", "says"),
    [
        ("server.notify: {server: " + "x" * 300 + "}", ExitCode.USAGE, "256"),
        ("server.notify: {age: 36500 days}", ExitCode.USAGE, "TIMESTAMP"),
        ("device.power_on", ExitCode.PART, "the device is on already"),
        ("expect.answers", ExitCode.EXPECTATION_FAILED, "no commands were given"),
    ],
)
def test_what_a_step_cannot_do_is_its_failure(tmp_path: Path, step: str, code: ExitCode, says: str) -> None:
    name = scenario(tmp_path, f"{START}  - {step}\n")
    returned, said = run("run", name, "--junit", "j.xml", cwd=tmp_path)
    assert returned == code, said
    assert says in said
    assert re.search(r"s\.yaml:6:\d+: ", said)
    assert "Traceback" not in said
    assert len(list(report(tmp_path).iter("testcase"))) == 1


def test_time_that_no_clock_has_ends_the_run_with_a_report(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("name: x\nstart: 9999-12-31T23:00:00Z\nsteps:\n  - wait: 2 days\n")
    returned, said = run("run", "s.yaml", "--junit", "j.xml", cwd=tmp_path)
    assert returned != 0
    assert "Traceback" not in said
    assert (tmp_path / "j.xml").exists()


def test_a_secret_of_a_step_is_shown_nowhere(tmp_path: Path) -> None:
    name = scenario(
        tmp_path, START + "  - server.notify: {secret: hunter2hunter2, session: 7}\n  - expect.silence\n"
    )
    returned, said = run("run", name, "--junit", "j.xml", "--out", "out", cwd=tmp_path)
    assert returned == 0, said
    shown = said + (tmp_path / "j.xml").read_text() + (tmp_path / "out" / "trace.jsonl").read_text()
    assert "hunter2hunter2" not in shown
    assert "secret •••" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_reported(tmp_path: Path, number: signal.Signals) -> None:
    """In the middle of the second of three scenarios: the third is not begun."""
    scenario(tmp_path, START, "a.yaml")
    scenario(tmp_path, START + "  - wait: 1 s\n" * 9_000, "b.yaml")
    scenario(tmp_path, START, "c.yaml")
    arguments = ("run", "a.yaml", "b.yaml", "c.yaml", "--out", "out", "--junit", "j.xml")
    with start(*arguments, cwd=tmp_path) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "0:00:09.000" in line:
                process.send_signal(number)
                break
        said += process.stdout.readlines()
    out = "".join(said)
    assert process.returncode == ExitCode.INTERRUPTED, out[-2000:]
    assert "\n  interrupted\n" in out
    assert "c.yaml" not in out
    assert (tmp_path / "j.xml").exists()
    assert (tmp_path / "out" / "a" / "run.pcapng").exists()


def test_a_reader_that_goes_away_does_not_change_the_verdict(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with start("run", "quickstart", "--junit", "j.xml", cwd=tmp_path, stdout=writing) as process:
        os.close(writing)
        os.read(reading, 3)
        os.close(reading)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert err == ""
    assert len(list(report(tmp_path).iter("testcase"))) == 1


def test_a_report_that_cannot_be_written_is_known_before_the_run(tmp_path: Path) -> None:
    for junit in (".", "nowhere/j.xml"):
        returned, said = run("run", "quickstart", "--junit", junit, "--out", "out", cwd=tmp_path)
        assert returned == ExitCode.USAGE
        assert not (tmp_path / "out").exists()
        assert "PASSED" not in said


def test_scenarios_of_one_name_have_a_directory_each(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        scenario(tmp_path / folder, START)
    returned, said = run("run", "one/s.yaml", "two/s.yaml", "--out", "out", cwd=tmp_path)
    assert returned == 0, said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"s", "s-2"}


@pytest.mark.pcsc
def test_a_pcscd_that_dies_is_no_card_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bench that has broken is not taken for a device without a card, whatever is expected of the device."""
    require("pcscd", "vpcd", "pyscard")
    with pcscd() as running:
        shipped = data.find("rigs", "pcscd-pyserial").read_text()
        (tmp_path / "rig.yaml").write_text(
            shipped.replace("{kind: vpcd}", f"{{kind: vpcd, port: {running.port}}}")
        )
        steps = "  - card.insert: operator-sim\n" + "  - wait: 1 s\n" * 3_000
        name = scenario(tmp_path, steps + "  - device.power_on\n  - expect.silence: 1 hour\n")
        # Put back afterwards: other tests of this process may have a pcscd of their own there already.
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(running.socket))
        with start("run", name, "--rig", "rig.yaml", cwd=tmp_path) as process:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if "0:00:09.000" in line:
                    os.kill(running.pid, signal.SIGKILL)
                    break
            said += process.stdout.readlines()
    out = "".join(said)
    assert process.returncode == ExitCode.PART, out[-2000:]
    assert "pcscd" in out[-2000:]
