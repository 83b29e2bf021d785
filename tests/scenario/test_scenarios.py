"""Every scenario that comes with dmrig passes on virtual hardware, and on the real stacks; and can fail."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hil import data
from hil.errors import ExitCode
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.find import shipped
from hil.scenario.load import expand, load_scenario
from hil.scenario.model import Scenario
from hil.scenario.runner import run_scenario
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from tests.pcscd import pcscd
from tests.peers import require

ROOT = Path(__file__).parents[2]
SCENARIOS = [run for path in shipped().values() for run in expand(path)]


def play(path: Path, rig: str = "virtual") -> tuple[RunResult, list[Record]]:
    records: list[Record] = []
    result = run_scenario(load_scenario(path), load_rig(rig), lambda recorder: recorder.subscribe(records.append))
    return result, records


def identity(scenario: Scenario) -> str:
    return str(scenario.path.relative_to(data.scenarios()).with_name(scenario.stem))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=identity)
def test_on_virtual_hardware(scenario: Scenario) -> None:
    result = run_scenario(scenario, load_rig())
    assert result.passed, (result.message, result.broken)


def test_two_runs_show_the_same_at_the_same_time() -> None:
    """Time, nonces and messages follow from the scenario alone; only the server's port differs."""

    def told(records: list[Record]) -> list[str]:
        return [f"{r.at} {r.part} {r.kind} {r.way} {r.text} {r.fields}" for r in records if r.kind != "http"]

    def without_ports(lines: list[str]) -> list[str]:
        return [re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", line) for line in lines]

    _, first = play(data.scenarios() / "quickstart.yaml")
    assert len(first) > 100
    for _ in range(5):
        _, again = play(data.scenarios() / "quickstart.yaml")
        assert without_ports(told(again)) == without_ports(told(first))


def test_two_days_pass_in_no_time() -> None:
    result, records = play(data.scenarios() / "quickstart.yaml")
    assert result.scenario_seconds >= 2 * 86400
    assert (records[-1].at - records[0].at).days == 2
    assert result.seconds < 60


def broken(tmp_path: Path, *changes: tuple[str, str]) -> RunResult:
    """The quickstart with changes, each of which must hit."""
    text = (data.scenarios() / "quickstart.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    return play(path)[0]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("card.insert: operator-sim", "card.insert: bare-sim", "there is no account for dm.example.com"),
        ("{value: dmrig}", "{value: somebody}", "Get ./DevInfo/Man: value 'dmrig', not 'somebody'"),
        ("alert: 1200, id: A7", "alert: 1200, id: A8", "the session's id is A7, not A8"),
        ("alert: 1201, server", "alert: 1200, server", "the session's alert is 1201, not 1200"),
        ("session: 0x00A7,", "session: 0x00A7, secret: wrong,", "; the last thing it ignored: push"),
        ("value: hello again}\n\n", "value: hello}\n\n", "is 'hello again', not 'hello'"),
        ("device: generic", "account: {auth: DIGEST}\ndevice: generic", ""),
        (
            "device: generic",
            "account: {auth: BASIC}\ndevice: generic",
            "showed credentials of type basic, not md5",
        ),
        ("padding: 120", "padding: 120, network: last missing", "the device has not opened a session"),
        ("padding: 120", "padding: 120, network: reversed", ""),
    ],
)
def test_the_quickstart_can_fail(tmp_path: Path, old: str, new: str, says: str) -> None:
    result = broken(tmp_path, (old, new))
    if not says:
        assert result.passed
        return
    assert not result.passed
    assert result.code == ExitCode.EXPECTATION_FAILED
    assert result.broken is not None
    assert says in result.broken.message
    assert re.fullmatch(r".*broken\.yaml:\d+:5", result.broken.where)
    assert all(step.outcome == "skipped" for step in result.steps[result.broken.index :])


def test_a_modem_that_vanishes_ends_the_run_as_a_broken_part(tmp_path: Path) -> None:
    result = broken(tmp_path, ("  - wait: 2 days\n", "  - modem.unplug\n  - wait: 2 days\n"))
    assert not result.passed
    assert result.code == ExitCode.PART
    assert result.broken is not None
    assert result.broken.message


def dmrig(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_run_leaves_a_directory_that_shows_no_secret(tmp_path: Path) -> None:
    done = dmrig("run", "quickstart", "--out", "out", "--junit", "junit.xml", cwd=tmp_path)
    assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
    assert "PASSED  10 steps" in done.stdout
    assert "\x1b" not in done.stdout
    out = tmp_path / "out"
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert stat.S_IMODE((out / "private").stat().st_mode) == 0o700
    lines = [json.loads(line) for line in (out / "trace.jsonl").read_text().splitlines()]
    kinds = {line["kind"] for line in lines}
    assert kinds >= {"apdu", "at", "sms", "push", "http", "dm", "device", "step"}
    assert [line["seq"] for line in lines] == sorted(line["seq"] for line in lines)
    shown = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    shown |= {"junit.xml": (tmp_path / "junit.xml").read_bytes(), "console": done.stdout.encode()}
    assert len(shown) == 4
    # secrets; and who device, card and sender are, as text and as semi-octets
    for secret in (
        "device-secret-3f9c", "server-secret-b71e", "001010123456789", "004999010640000", "15550100", "51550010"
    ):  # fmt: skip
        for name, content in shown.items():
            assert secret.encode() not in content, (name, secret)
    assert bytes.fromhex("51550010") not in shown["run.pcapng"]
    assert b"testcase" in shown["junit.xml"]


@pytest.mark.pcsc
@pytest.mark.parametrize(
    "scenario",
    ["quickstart", "bootstrap/card-pulled-out", "bootstrap/card-swapped", "bootstrap/pin", "bootstrap/plain-sim"],
)
def test_behind_pcscd_and_pyserial(tmp_path: Path, scenario: str) -> None:
    """The same files on another rig: pyscard, pcscd and vpcd for the card, pyserial for the modem."""
    require("pcscd", "vpcd", "pyscard")
    with pcscd() as running:
        rig = tmp_path / "rig.yaml"
        shipped = data.find("rigs", "pcscd-pyserial").read_text()
        assert "card: {kind: vpcd}" in shipped
        rig.write_text(shipped.replace("{kind: vpcd}", f"{{kind: vpcd, port: {running.port}}}"))
        env = {"PCSCLITE_CSOCK_NAME": str(running.socket)}
        done = dmrig("run", scenario, "--rig", "rig.yaml", "--out", "out", cwd=tmp_path, env=env)
        assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
        lines = (tmp_path / "out" / "trace.jsonl").read_text().splitlines()
        assert sum(json.loads(line)["kind"] == "apdu" for line in lines) > 20


def test_a_rig_without_pcscd_says_so(tmp_path: Path) -> None:
    require("pyscard")
    env = {"PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody")}
    done = dmrig("run", "quickstart", "--rig", "pcscd-pyserial", cwd=tmp_path, env=env)
    assert done.returncode == ExitCode.PART
    assert "pcscd" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["check", "quickstart"], ExitCode.PASSED, "10 steps, can be run on virtual"),
        (["run", "quikstart"], ExitCode.USAGE, "did you mean 'quickstart'?"),
        (["run"], ExitCode.USAGE, "name a SCENARIO"),
        (["run", "quickstart", "--rig", "virtuel"], ExitCode.USAGE, "did you mean 'virtual'?"),
        (["runn"], ExitCode.USAGE, "No such command"),
    ],
)
def test_commands_say_what_is_wrong(tmp_path: Path, arguments: list[str], code: ExitCode, says: str) -> None:
    done = dmrig(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stdout + done.stderr


def test_check_names_all_mistakes_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nsteps: [{wiat: 1 day}]\n")
    (tmp_path / "b.yaml").write_text("nam: b\nsteps: [device.power_on]\n")
    (tmp_path / "c.yaml").write_text("name: c\nsteps: [device.power_on]\n")
    done = dmrig("check", ".", cwd=tmp_path)
    assert done.returncode == ExitCode.USAGE
    assert "a.yaml:1:" not in done.stdout
    assert "a.yaml:2:10: there is no step 'wiat'; did you mean 'wait'?" in done.stdout
    assert "b.yaml:1:1: 'nam' is no word here; did you mean 'name'?" in done.stdout
    assert "c.yaml: 1 step, can be run on virtual" in done.stdout


@pytest.mark.parametrize("command", ["check", "run"])
def test_mistakes_of_the_rig_and_of_scenarios_are_told_together(tmp_path: Path, command: str) -> None:
    (tmp_path / "s.yaml").write_text("name: s\nsteps: [{wiat: 1 day}]\n")
    (tmp_path / "rig.yaml").write_text("server: bultin\ncard: virtual\nmodem: virtual\ndevice: simulated\n")
    done = dmrig(command, "s.yaml", "--rig", "rig.yaml", cwd=tmp_path)
    said = done.stdout + done.stderr
    assert done.returncode == ExitCode.USAGE
    assert "s.yaml:2:10: there is no step 'wiat'" in said
    assert "rig.yaml:1:" in said
    assert "did you mean 'builtin'?" in said


def test_the_recorder_is_the_only_witness() -> None:
    """Subscribers see records in order, numbered from one, whoever made them."""
    _, records = play(data.scenarios() / "quickstart.yaml")
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert isinstance(Recorder(lambda: records[0].at).note("x"), Record)
