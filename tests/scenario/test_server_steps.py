"""What scenarios expect of the server's side can fail, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.errors import ExitCode
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario

HEAD = """name: x
steps:
  - card.insert: operator-sim
  - user.answers: [yes, {chooses: 1}]
  - server.commands:
      - get: ./DevInfo/Man
      - confirm: {text: Go on?, options: {DR: 1}}
  - device.power_on
  - expect.session
  - device.alert: {type: text/plain, data: hello, source: ./DevInfo, mark: minor}
  - expect.session
"""


def play(folder: Path, step: str) -> RunResult:
    path = folder / "scenario.yaml"
    path.write_text(f"{HEAD}  - {step}\n")
    return run_scenario(load_scenario(path), load_rig("virtual"))


@pytest.mark.parametrize(
    "step",
    [
        "expect.alert: {code: 1226, source: ./DevInfo, type: text/plain, data: hello, mark: minor, items: 1}",
        "expect.messages: {device: {count: 1, path: /dm}, server: {at_least: 1}, order: [device Alert 1226]}",
        "expect.messages: {order: device Final, absent: [device Alert 1223]}",
        "expect.status: {command: Alert, status: [200, 200], by: server}",
        "expect.notes: {none: yes}",
        "expect.asked: {code: 1101, text: Go on?, options: {default: 1}}",
    ],
)
def test_holds(tmp_path: Path, step: str) -> None:
    result = play(tmp_path, step)
    assert result.passed, result.broken


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("expect.alert: {code: 1226, data: other}", "the alert's data is 'hello', not 'other'"),
        ("expect.alert: 1224", "the alert's code is 1226, not 1224"),
        ("expect.alert: {code: 1226, source: ''}", "the alert's source is './DevInfo', not ''"),
        ("expect.messages: {device: 7}", "the device sent 1 messages, not 7"),
        ("expect.messages: {server: {at_least: 7}}", "the server sent 1 messages, not 7 or more"),
        ("expect.messages: {device: {octets: 10}}", "octets, more than 10"),
        ("expect.messages: {device: {path: /other}}", "last message went to /dm, not to /other"),
        ("expect.messages: {order: [device Final, device Alert 1226]}", "'device Alert 1226' is not said"),
        ("expect.messages: {absent: device Alert 1226}", "it was said: 'device Alert 1226'"),
        ("expect.status: {command: Alert, status: 200, by: server}", "Alert was answered with 200, 200, not 200"),
        ("expect.status: {command: Get, status: 200}", "Get was answered with nothing, not 200"),
        ("expect.notes: {contain: nonsense}", "no note says 'nonsense'"),
        ("expect.asked: {text: Stop?}", "text was 'Go on?', not 'Stop?'"),
        ("expect.asked: {options: {default: 0}}", "default was '1', not '0'"),
    ],
)
def test_fails(tmp_path: Path, step: str, says: str) -> None:
    result = play(tmp_path, step)
    assert not result.passed
    assert result.code == ExitCode.EXPECTATION_FAILED
    assert result.broken is not None
    assert says in result.broken.message


def test_a_second_alert_is_waited_for(tmp_path: Path) -> None:
    result = play(tmp_path, "expect.alert: 1226\n  - expect.alert: {code: 1226, within: 5 s}")
    assert result.broken is not None
    assert "no (further) alert" in result.broken.message


def test_nonces_of_nobody_cannot_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("name: x\nsteps: [server.nonces: {client: lost}]\n")
    result = run_scenario(load_scenario(path), load_rig("virtual"))
    assert result.broken is not None
    assert "no device has come" in result.broken.message


def test_a_file_that_is_not_there_is_told_before_the_run(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("name: x\nsteps:\n  - server.commands: [{add: {uri: ./A, file: gone.bin}}]\n")
    with pytest.raises(Exception, match=r"gone\.bin"):
        load_scenario(path)
