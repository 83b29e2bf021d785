"""Several runs at a time: as one after the other, in less time; and what is shown of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hil.errors import ExitCode

ROOT = Path(__file__).parents[2]
PASSES = "name: passes\nsteps:\n  - wait: 1 s\n"
FAILS = """name: fails, 100% of the time
vars: {uri: ./Nothing}
steps:
  - expect.node: {uri: '${uri}', value: x}
"""
NAMES = ["passes 0", "passes 1", "fails, 100% of the time", "passes 3"]
FILES = [f"{number}.yaml" for number in range(4)]
LASTS = "name: lasts\nsteps:\n" + "  - wait: 10 s\n" * 30
REAL_TIME = (
    "server: {kind: url, url: 'http://127.0.0.1:9/dm'}\n"
    "card: virtual\nmodem: virtual\npush: sms\ndevice: simulated\n"
)
"""A rig on which a wait takes as long as it says: whoever is interrupted is in the middle of one."""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hil", "run", *arguments]


def environment(**more: str) -> dict[str, str]:
    left = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    return {**left, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more}


def run(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def started(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A run, at the head of a group of processes of which none is left behind."""
    with subprocess.Popen(
        command(*arguments), cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file, name in zip(FILES, NAMES, strict=True):
        (tmp_path / file).write_text(PASSES.replace("passes", name) if name.startswith("passes") else FAILS)
    return tmp_path


def test_one_after_the_other_and_together_come_to_the_same(folder: Path) -> None:
    told = []
    for jobs in ("1", "3"):
        out = f"out{jobs}"
        done = run(*FILES, "--jobs", jobs, "--out", out, "--junit", f"{out}.xml", cwd=folder)
        assert done.returncode == ExitCode.EXPECTATION_FAILED, done.stdout + done.stderr
        assert not done.stderr
        told.append(re.sub(r"[0-9]+\.[0-9]+ s|out[13]", "", done.stdout))
        cases = list(ElementTree.parse(folder / f"{out}.xml").iter("testcase"))
        assert [case.get("name") for case in cases] == [
            "passes 0",
            "passes 1",
            "fails, 100% of the time",
            "passes 3",
        ]
        assert [case.find("failure") is not None for case in cases] == [False, False, True, False]
        assert sorted(path.name for path in (folder / out).iterdir()) == ["0", "1", "2", "3"]
        assert all((folder / out / name / "trace.jsonl").stat().st_size for name in "0123")
    assert told[0] == told[1]
    assert "3 of 4 scenarios passed" in told[0]


def test_quiet_is_one_line_a_run_and_more_of_a_failure(folder: Path) -> None:
    done = run(*FILES, "-q", "--jobs", "2", cwd=folder)
    lines = done.stdout.splitlines()
    assert next(line for line in lines if line.startswith("passed ")).endswith("passes 0")
    assert "bench" not in done.stdout
    assert any(re.match(r"  2\.yaml:4:\d+: step 1, expect\.node", line) for line in lines), done.stdout


def test_the_command_that_is_told_does_it_again(folder: Path) -> None:
    done = run("2.yaml", "--seed", "7", "--set", "uri=./Other", cwd=folder)
    (told,) = re.findall(r"^  again: dmrig run (.*)$", done.stdout, re.MULTILINE)
    again = run(*told.split(), cwd=folder)
    assert again.returncode == done.returncode == ExitCode.EXPECTATION_FAILED

    def verdict(text: str) -> list[str]:
        return [line for line in text[text.index("FAILED") :].splitlines() if "trace:" not in line]

    assert verdict(again.stdout) == verdict(done.stdout)
    assert "./Other" in again.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_all_of_them_and_is_reported(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "a.yaml").write_text(PASSES)
    for name in ("b", "c", "d"):
        (tmp_path / f"{name}.yaml").write_text(LASTS)
    (tmp_path / "real.yaml").write_text(REAL_TIME)
    files = ("a.yaml", "b.yaml", "c.yaml", "d.yaml")
    arguments = (*files, "--rig", "real.yaml", "--jobs", "2", "-q", "--junit", "j.xml", "--out", "out")
    with started(*arguments, cwd=tmp_path) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.endswith("passes\n"), first
        # As a terminal does it, to all of them; SIGTERM to the parent alone, as a job's end.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        # To the end of the stream: no worker is left that could still write to it.
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED, rest
    assert "Traceback" not in rest, rest
    assert "1 of 2 scenarios passed" in rest
    assert len(list(ElementTree.parse(tmp_path / "j.xml").iter("testcase"))) == 2


def test_a_rig_that_has_something_to_itself_has_one_run_at_a_time(folder: Path) -> None:
    done = run("0.yaml", "1.yaml", "--jobs", "2", "--rig", "pcscd-pyserial", cwd=folder)
    assert done.returncode == ExitCode.USAGE
    assert "vpcd 127.0.0.1:35963 to themselves" in done.stderr
    assert "--shard" in done.stderr


def test_reports_are_written_whatever_a_folder_is_called(folder: Path) -> None:
    (folder / "my (old)").mkdir()
    (folder / "my (old)" / "x.yaml").write_text(FAILS)
    done = run("my (old)/x.yaml", "-q", "--junit", "old.xml", cwd=folder, GITHUB_ACTIONS="true")
    assert done.returncode == ExitCode.EXPECTATION_FAILED, done.stdout + done.stderr
    assert "::error file=my (old)/x.yaml," in done.stdout
    assert len(list(ElementTree.parse(folder / "old.xml").iter("failure"))) == 1


def test_github_shows_what_broke_beside_its_line(folder: Path) -> None:
    done = run("1.yaml", "2.yaml", "-q", cwd=folder, GITHUB_ACTIONS="true")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert re.match(r"::error file=2\.yaml,title=fails%2C 100%25 of the time,line=4,col=\d+::", line), line
    assert "%0Aagain: dmrig run 2.yaml" in line
    assert "::error" not in run("1.yaml", "2.yaml", "-q", cwd=folder).stdout


def test_github_shows_mistakes_beside_their_lines(folder: Path) -> None:
    (folder / "2.yaml").write_text("name: x\nsteps:\n  - wiat: 1 s\n")
    done = run("1.yaml", "2.yaml", cwd=folder, GITHUB_ACTIONS="true")
    assert done.returncode == ExitCode.USAGE
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert re.match(r"::error file=2\.yaml,line=3,col=5,title=dmrig::.*'wait'", line), line
