"""The scenarios with pushes, the same files, on rigs whose pushes go another way than by SMS."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hil.rig.load import load_rig
from hil.scenario.check import obstacles
from hil.scenario.find import shipped
from hil.scenario.load import expand, load_scenario
from hil.scenario.model import Scenario
from hil.scenario.runner import run_scenario
from hil.trace.record import Record

pytestmark = pytest.mark.shows("NOTI-09", "PUSH-03", "PUSH-04")

PORTS = ["secure-port"]
"""Scenarios about the ports of a bearer, which HTTP has none of."""

ABOUT_SMS = re.compile(r"\bmodem\.(deliver|fault|network|unplug)\b|part: modem|^tags:.*\bmodem\b", re.MULTILINE)
"""What scenarios say that are about the modem and its network, which other bearers pass by."""

RIGS = ["virtual-udp", "virtual-http", "virtual-https"]
PUSHED = [
    run
    for name, path in shipped().items()
    if re.search(r"server\.(notify|bootstrap)\b", text := path.read_text()) and not ABOUT_SMS.search(text)
    for run in expand(path)
]


def play(scenario: Scenario, rig: str) -> list[Record]:
    records: list[Record] = []
    result = run_scenario(scenario, load_rig(rig), lambda recorder: recorder.subscribe(records.append))
    assert result.passed, (result.message, result.broken)
    return records


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("scenario", PUSHED, ids=lambda run: run.stem)
def test_on_another_bearer(scenario: Scenario, rig: str) -> None:
    if scenario.stem in PORTS and "http" in rig:
        (obstacle,) = obstacles(scenario, load_rig(rig))
        assert "server.notify needs push.port, which no part of" in obstacle
        return
    records = play(scenario, rig)
    assert not any(record.kind == "sms" for record in records)
    assert any(record.part == "push" and record.way == "in" for record in records)


@pytest.mark.parametrize("rig", RIGS)
def test_two_runs_show_the_same_at_the_same_time(rig: str) -> None:
    def told() -> list[str]:
        records = play(load_scenario(shipped()["notification/segments"]), rig)
        lines = [f"{r.at} {r.part} {r.kind} {r.way} {r.text}" for r in records]
        return [re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", line) for line in lines]

    first = told()
    assert len(first) > 50
    assert all(told() == first for _ in range(3))


def test_a_rig_whose_device_does_not_listen_is_refused(tmp_path: Path) -> None:
    from hil.errors import InvalidFile

    rig = tmp_path / "rig.yaml"
    rig.write_text("server: builtin\ncard: virtual\nmodem: virtual\npush: udp\ndevice: simulated\n")
    with pytest.raises(InvalidFile, match=r"the push of kind udp needs device\.listen\.udp"):
        load_rig(str(rig))
    rig.write_text(rig.read_text().replace("push: udp", 'push: {kind: udp, to: "192.0.2.7:2948"}'))
    assert load_rig(str(rig)).parts["push"].settings.to.port == 2948  # type: ignore[attr-defined]
