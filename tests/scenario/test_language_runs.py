"""What blocks, retries, limits and cleanup come to when a scenario is played; and that each of them can fail."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hil.errors import ExitCode, PartBroke
from hil.report.junit import document
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.load import Options, load_scenario
from hil.scenario.run import Run
from hil.scenario.runner import run_scenario
from hil.trace.record import Record

ROOT = Path(__file__).parents[2]
START = "  - card.insert: operator-sim\n  - device.power_on\n  - expect.session: {alert: 1201}\n"


def play(tmp_path: Path, text: str, **variables: str) -> tuple[RunResult, list[Record]]:
    path = tmp_path / "s.yaml"
    path.write_text("name: x\n" + text)
    records: list[Record] = []
    scenario = load_scenario(path, Options(variables))
    result = run_scenario(scenario, load_rig(), lambda recorder: recorder.subscribe(records.append))
    return result, records


def outcomes(result: RunResult) -> list[tuple[str, int]]:
    return [(step.outcome, step.attempts) for step in result.steps]


def failed(result: RunResult) -> str:
    assert result.broken is not None
    assert not result.passed
    assert result.code is ExitCode.EXPECTATION_FAILED, result.broken
    return result.broken.message


LATE = "  - device.connect\n  - expect.session: {alert: 1201, within: 10 s}\n"
FAULTY = "steps:\n" + START + "  - server.fault: {kind: http-500, times: 2}\n"


def test_a_block_is_tried_again_until_it_holds(tmp_path: Path) -> None:
    block = "  - retry: {times: 3, every: 1 hour}\n    steps:\n" + LATE.replace("  - ", "      - ")
    result, records = play(tmp_path, FAULTY + block)
    assert result.passed, result.broken
    assert outcomes(result)[-2:] == [("passed", 3), ("passed", 3)]
    assert 7200 <= result.scenario_seconds < 7300
    assert [r.text for r in records if r.text.startswith("again")] == [
        "again, 3 times at most", "again, 2 times at most"
    ]  # fmt: skip


def test_a_retry_has_an_end(tmp_path: Path) -> None:
    block = "  - retry: 1\n    steps:\n" + LATE.replace("  - ", "      - ")
    result, _ = play(tmp_path, FAULTY + block + "  - wait: 1 s\n")
    assert "the session ended as failed" in failed(result)
    assert outcomes(result)[-3:] == [("passed", 2), ("failed", 2), ("skipped", 0)]


def test_a_step_is_tried_again_but_no_part_that_breaks(tmp_path: Path) -> None:
    text = "steps: [{expect.silence: 1 s, retry: 5}, device.power_on, {device.power_on: , retry: 5}]\n"
    result, _ = play(tmp_path, text)
    assert result.code is ExitCode.PART
    assert outcomes(result) == [("passed", 1), ("passed", 1), ("error", 1)]


@pytest.mark.parametrize(
    ("text", "says", "seconds"),
    [
        (
            "timeout: 1 min\nsteps: [{wait: 50 s}, {wait: 50 s}]\n",
            "the run may take 1 minute, and that time is over",
            60,
        ),
        (
            "steps:\n  - phase: First\n    timeout: 10 s\n    steps: [{wait: 1 s}, {wait: 1 day}]\n",
            "the phase 'First' may take 10 s, and that time is over",
            10,
        ),
        ("steps: [{wait: 1 min, timeout: 5 s}]\n", "this step may take 5 s, and that time is over", 5),
        (
            "steps: [{expect.node: {uri: ./Nothing}, timeout: 5 s}]\n",
            "this step may take 5 s, and that time is over: there is no node ./Nothing",
            5,
        ),
        ("steps: [{expect.node: {uri: ./No, within: 3 s}, timeout: 5 s}]\n", "there is no node ./No", 3),
        (
            "steps: [{expect.node: {uri: ./No, within: 3 s}, retry: {times: 9, every: 3 s}, timeout: 10 s}]\n",
            "this step may take 10 s, and that time is over",
            10,
        ),
        (
            "timeout: 7 s\nsteps: [{steps: [{wait: 5 s}, {wait: 5 s, timeout: 4 s}]}]\n",
            "the run may take 7 s, and that time is over",
            7,
        ),
        ("steps: [{steps: [{wait: 5 s}], timeout: 2 s}]\n", "the block at ", 2),
    ],
)
def test_the_limit_that_was_hit_is_named(tmp_path: Path, text: str, says: str, seconds: int) -> None:
    result, _ = play(tmp_path, text)
    assert says in failed(result)
    assert result.scenario_seconds == seconds


def test_a_step_that_is_late_is_tried_again_by_its_block(tmp_path: Path) -> None:
    """A limit within what is tried again is one of its mistakes; one around it ends it."""
    steps = "steps: [{retry: 2, steps: [{wait: 9 s, timeout: 2 s}]}]\n"
    result, _ = play(tmp_path, steps)
    assert outcomes(result) == [("failed", 3)]
    assert result.scenario_seconds == 6
    result, _ = play(tmp_path, "timeout: 3 s\n" + steps)
    assert outcomes(result) == [("failed", 2)]
    assert "the run may take 3 s" in failed(result)


def test_cleanup_is_played_whatever_happened(tmp_path: Path) -> None:
    text = (
        "timeout: 2 s\n"
        "steps:\n"
        "  - phase: One\n"
        "    steps: [{card.insert: operator-sim}, {wait: 1 min}, {wait: 1 s}]\n"
        "    finally: [{expect.node: ./A/B}, {card.remove: }]\n"
        "  - device.power_on\n"
        "finally: [{wait: 1 h}]\n"
    ).replace("expect.node: ./A/B", "expect.node: {uri: ./A/B}")
    result, records = play(tmp_path, text)
    assert "the run may take 2 s" in failed(result)
    assert [step.outcome for step in result.steps] == [
        "passed", "failed", "skipped", "failed", "passed", "skipped", "passed"
    ]  # fmt: skip
    assert result.scenario_seconds == 2 + 60 + 3600
    assert [r.text for r in records if r.fields.get("phase") == "One"][:2] == [
        "phase: One",
        "card.insert: image operator-sim",
    ]


def test_what_breaks_between_two_attempts_is_told_and_cleaned_up_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Run, length: timedelta) -> None:
        raise PartBroke("the line has gone")

    monkeypatch.setattr(Run, "pass_time", broken)
    node = "{expect.node: {uri: ./No, within: 1 s}, retry: {times: 3, every: 1 s}}"
    result, _ = play(tmp_path, f"steps: [{node}]\nfinally: [card.remove]\n")
    assert result.code is ExitCode.PART
    assert outcomes(result) == [("error", 1), ("passed", 1)]
    assert result.broken is not None
    assert result.broken.message == "the line has gone; there is no node ./No"


def test_cleanup_that_fails_is_a_failure(tmp_path: Path) -> None:
    result, _ = play(tmp_path, "steps: [{wait: 1 s}]\nfinally: [{expect.node: {uri: ./A/B}}]\n")
    assert "there is no node ./A/B" in failed(result)
    retried = "steps: [{retry: 3, steps: [{wait: 1 s}], finally: [{expect.node: {uri: ./A/B, within: 1 s}}]}]\n"
    result, _ = play(tmp_path, retried)
    assert outcomes(result) == [("passed", 1), ("failed", 1)]


def test_variables_of_the_rig_are_there_in_the_run(tmp_path: Path) -> None:
    text = (
        "vars: {path: dm}\nsteps:\n"
        + START
        + ("  - expect.node: {uri: ./DMAcc/dm.example.com/AppAddr/1/Addr, value: '${server.url}'}\n")
    )
    result, _ = play(tmp_path, text)
    assert result.passed, result.broken
    result, _ = play(tmp_path, text.replace("${server.url}", "${server.ulr}"))
    assert result.code is ExitCode.USAGE
    assert result.broken is not None
    assert "s.yaml:7:70: there is no variable ${server.ulr}; did you mean" in result.broken.message


def test_phases_and_attempts_are_in_the_report(tmp_path: Path) -> None:
    text = (
        "tags: [one, two]\nsteps:\n  - phase: Contact\n    steps:\n"
        + START.replace("  - ", "      - ")
        + "  - wait: 1 s\n"
    )
    result, _ = play(tmp_path, text)
    (case,) = document([result]).iter("testcase")
    said = case.findtext("system-out")
    assert said is not None
    assert [line.split("  ")[0] for line in said.splitlines()] == [
        "-- Contact",
        "",
        "",
        "",
        "-- without a phase",
        "",
    ]
    properties = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert properties["tags"] == "one two"
    assert properties["seed"] == "1"


def dmrig(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hil", *arguments]
    return subprocess.run(
        command,
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_failure_prints_the_command_that_repeats_it(tmp_path: Path) -> None:
    (tmp_path / "my file.yaml").write_text(
        "name: x\nvars: {long: 2 s, device_pin: 0000}\nmatrix: {auth: [DIGEST, BASIC]}\n"
        "account: {auth: '${auth}'}\n"
        "steps: [{expect.node: {uri: './${long}', within: '${long}'}}]\n"
    )
    done = dmrig(
        "run", "my file.yaml", "--set", "long=1 s", "--set", "device_pin=4711", "--seed", "7", "--out", "out",
        "--junit", "j.xml", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == ExitCode.EXPECTATION_FAILED, done.stderr
    again = "again: dmrig run 'my file.yaml' --seed 7 --set 'long=1 s' --set 'device_pin=•••' --set auth=BASIC"
    again += "  # put in what stands for •••"
    assert done.stdout.count(again) == 2
    assert "x [auth=BASIC]" in done.stdout
    assert "4711" not in done.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"my-file-DIGEST", "my-file-BASIC"}
    cases = list(ElementTree.parse(tmp_path / "j.xml").getroot().iter("testcase"))
    assert [case.get("name") for case in cases] == ["x [auth=DIGEST]", "x [auth=BASIC]"]
    assert again in "".join(case.findtext("failure") or "" for case in cases)
    repeated = dmrig(
        "run", "my file.yaml", "--seed", "7", "--set", "long=1 s", "--set", "auth=BASIC", cwd=tmp_path
    )
    assert repeated.returncode == ExitCode.EXPECTATION_FAILED
    assert "there is no node ./1 s" in repeated.stdout


def test_a_variable_that_nobody_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("name: x\nvars: {long: 2 s}\nsteps: [{wait: '${long}'}]\n")
    for command in ("run", "check"):
        done = dmrig(command, "s.yaml", "--set", "lomg=1 s", cwd=tmp_path)
        assert done.returncode == ExitCode.USAGE
        assert "did you mean 'long'?" in done.stderr
    done = dmrig("run", "s.yaml", "--set", "long", cwd=tmp_path)
    assert "NAME=VALUE is expected" in done.stderr


def test_the_seed_changes_what_is_random(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("name: x\nsteps:\n" + START)

    def nonces(seed: int | None) -> list[bytes]:
        records: list[Record] = []
        scenario = load_scenario(path, Options(seed=seed))
        result = run_scenario(scenario, load_rig(), lambda recorder: recorder.subscribe(records.append))
        assert result.properties["seed"] == str(seed or 1)
        seen = [record.data for record in records if record.kind == "http" and record.way == "in"]
        return [re.sub(rb"127.0.0.1:\d+", b"", each) for each in seen]

    assert nonces(None) == nonces(1) != nonces(2)
