"""A whole run with another standards file, and a device that knows nothing of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hil import data
from hil.device.simulated import SimulatedDevice
from hil.errors import ExitCode
from hil.rig.load import load_rig
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from hil.standards import default, load_standards, using
from hil.trace.record import Record
from simulator.device.wakeup import Assumptions
from tests.unit.test_standards import OTHER_HEADER

ROOT = Path(__file__).parents[2]
WOKEN = """\
name: Woken
steps:
  - card.insert: operator-sim
  - device.power_on
  - expect.session: {alert: 1201}
  - server.notify: {session: 0x00A7, timeout_days: 200}
  - expect.session: {alert: 1200, id: A7}
  - server.notify: {session: 0x00A8, timeout_days: 200, age: 201 days}
  - expect.silence: {duration: 1 hour, because: too old}
"""
IGNORED = """\
name: Ignored
steps:
  - card.insert: operator-sim
  - device.power_on
  - expect.session: {alert: 1201}
  - server.notify: {session: 0x00A7}
  - expect.silence: {duration: 1 hour, because: cannot be read}
"""


def dmrig(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "hil", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
        timeout=60,
    )


def test_a_run_with_another_layout(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(OTHER_HEADER)
    (tmp_path / "woken.yaml").write_text(WOKEN)
    done = dmrig("run", "woken.yaml", "--standards", "other.yaml", cwd=tmp_path)
    assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
    assert "notification of dm.example.com, session A7" in done.stdout


EVERYTHING = """\
integrity: {formula: hmac-sha256, algorithm: HMAC-SHA256}
bootstrap: {mac_hash: sha256, network_id: digits}
session: {ver_proto: DM/1.3.0, cache_control: no-store, default_nonces: [aabbccdd]}
notification: {version: 3, digest: sha256}
"""


@pytest.mark.parametrize(
    "name",
    ["security/integrity", "security/resynchronisation", "bootstrap/push-networkid", "notification/wrong-version"],
)
def test_scenarios_hold_with_everything_otherwise(tmp_path: Path, name: str) -> None:
    (tmp_path / "other.yaml").write_text(EVERYTHING)
    with using(load_standards(str(tmp_path / "other.yaml"))):
        result = run_scenario(load_scenario(data.scenarios() / f"{name}.yaml"), load_rig("virtual"))
    assert result.passed, (result.message, result.broken)


def test_a_mistake_in_the_file_ends_the_command(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("notification:\n  versoin: 2\n")
    done = dmrig("check", "quickstart", "--standards", "other.yaml", cwd=tmp_path)
    assert done.returncode == ExitCode.USAGE
    assert "other.yaml:2:3: 'versoin' is no word here; did you mean 'version'?" in done.stderr


def test_decode_follows_the_file(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("notification: {version: 2, digest_types: {7: none}}\n")
    octets = "02 16 70 00 5de097c0 0001 07 10 03 737276".replace(" ", "")
    done = dmrig("decode", "--as", "notification-1.3", octets, "--standards", "other.yaml", cwd=tmp_path)
    assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
    assert "srv" in done.stdout
    assert dmrig("decode", "--as", "notification-1.3", octets, cwd=tmp_path).returncode == ExitCode.USAGE


def test_a_device_with_the_default_ignores_such_a_notification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network's end follows the file, the device does not."""
    (tmp_path / "other.yaml").write_text(OTHER_HEADER)
    (tmp_path / "ignored.yaml").write_text(IGNORED)
    start = SimulatedDevice.start

    def start_as_shipped(self: SimulatedDevice) -> None:
        start(self)
        self.device.assumed = Assumptions(default().layout)

    monkeypatch.setattr(SimulatedDevice, "start", start_as_shipped)
    records: list[Record] = []
    with using(load_standards(str(tmp_path / "other.yaml"))):
        scenario = load_scenario(tmp_path / "ignored.yaml")
        result = run_scenario(scenario, load_rig("virtual"), lambda recorder: recorder.subscribe(records.append))
    assert result.passed, (result.message, result.broken)
    assert any("push ignored: the notification cannot be read" in record.text for record in records)
