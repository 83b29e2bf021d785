"""``dmrig init`` makes a project: the commands that it prints, and those of its CI file, run as they are.

docs/ci.md shows the CI files.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from packaging.requirements import Requirement

from hil import data
from hil.cli import origin
from hil.cli.init import CI, FILES, command

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shell(tmp_path: Path) -> Any:
    """A shell that has dmrig and pytest, in an empty directory."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, module in {"dmrig": "hil", "pytest": "pytest"}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        (programs / name).chmod(0o755)
    folder = tmp_path / "work"
    folder.mkdir()

    def run(command: str, within: str = ".", **more: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), **more}
        env = {name: value for name, value in env.items() if name not in ("GITHUB_ACTIONS", "PYTEST_ADDOPTS")}
        return subprocess.run(
            ["sh", "-ec", command],
            cwd=folder / within,
            env=env,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    return run


def commands(ci: str, text: str) -> list[str]:
    """What a CI file runs, but for installing."""
    if ci == "jenkins":
        found = re.findall(r"sh '([^']*)'", text)
    else:
        jobs = yaml.safe_load(text)
        jobs = jobs["jobs"] if ci == "github" else {name: job for name, job in jobs.items() if name != "default"}
        found = [
            line if isinstance(line, str) else line.get("run", "")
            for job in jobs.values()
            for line in job.get("steps", job.get("script", []))
        ]
    return [line for line in found if line and "pip install" not in line]


@pytest.mark.parametrize("ci", CI)
def test_a_project_works_as_it_says(shell: Any, ci: str) -> None:
    done = shell(f"dmrig init my-device --ci {ci}")
    assert done.returncode == 0, done.stderr
    _, printed = done.stdout.split("next:\n")
    text = shell(f"cat {CI[ci][1]}", "my-device").stdout
    lines = commands(ci, text)
    assert len([line for line in lines if line.startswith(("dmrig", "pytest"))]) == 3
    if ci == "github":
        again = shell(printed)
        assert again.returncode == 0, again.stdout + again.stderr
        assert "PASSED" in again.stdout
        assert "2 passed" in again.stdout
    for line in lines:
        ran = shell(line, "my-device", SHARD="1/2", CI_NODE_INDEX="1", CI_NODE_TOTAL="2")
        assert ran.returncode == 0, line + ran.stdout + ran.stderr
    there = shell("ls dmrig.xml pytest.xml runs/ci runs/tests", "my-device")
    assert there.returncode == 0, there.stderr


def test_a_share_without_runs_passes(shell: Any) -> None:
    assert shell("dmrig init --ci none").returncode == 0
    done = shell("dmrig run scenarios --rig rig.yaml --jobs 4 --quiet --shard 2/2 --junit dmrig.xml --out runs/ci")
    assert done.returncode == 0, done.stdout + done.stderr


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (None, "dmrig"),
        (
            {"url": "https://example.com/dmrig.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            f"dmrig @ git+https://example.com/dmrig.git@{COMMIT}",
        ),
        (
            {"url": "ssh://example.com/a", "vcs_info": {"vcs": "hg", "commit_id": "1f"}, "subdirectory": "dm"},
            "dmrig @ hg+ssh://example.com/a@1f#subdirectory=dm",
        ),
        ({"url": "https://example.com/dmrig.whl", "archive_info": {}}, "dmrig @ https://example.com/dmrig.whl"),
        ({"url": "file:///home/me/dmrig", "dir_info": {"editable": True}}, None),
        ({"url": "file:///home/me/dmrig.whl", "archive_info": {}}, None),
        ({"url": "file:///home/me/dmrig", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, None),
    ],
)
def test_the_ci_machine_installs_the_same_dmrig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any] | None, line: str | None
) -> None:
    """What only this machine has, a person is told to replace."""
    monkeypatch.setattr(origin, "direct_url", lambda: None if said is None else json.dumps(said))
    done = CliRunner().invoke(command, [str(tmp_path)], standalone_mode=False)
    assert done.exception is None
    needed = [
        text for text in (tmp_path / "requirements.txt").read_text().splitlines() if text.startswith("dmrig")
    ]
    assert needed == [line or "dmrig"]
    assert Requirement(needed[0]).name == "dmrig"
    told = f"# say in requirements.txt where dmrig comes from: this one is from {(said or {}).get('url')}"
    assert (told in done.output) == (line is None)


def test_nothing_is_overwritten(shell: Any) -> None:
    shell("echo mine > rig.yaml")
    done = shell("dmrig init")
    assert "kept   rig.yaml" in done.stdout
    assert shell("cat rig.yaml").stdout == "mine\n"
    assert done.stdout.count("wrote") == len(FILES)
    assert shell("dmrig init rig.yaml").returncode == 2


def test_the_page_shows_the_files() -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    shown = re.findall(r"```(?:yaml|groovy)\n(.*?)```", page, flags=re.DOTALL)
    assert shown == [(data.fixtures("project") / template).read_text() for template, _ in CI.values()]


def test_the_pipeline_is_balanced() -> None:
    """As far as that can be told without Groovy: brackets and quotes close, in order."""
    text = (data.fixtures("project") / "Jenkinsfile").read_text()
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "", text)
    assert not {"'", '"'} & set(bare)
    while (less := re.sub(r"\{[^{}]*\}|\([^()]*\)", "", bare)) != bare:
        bare = less
    assert bare.split() == ["pipeline"]


@pytest.mark.parametrize("ci", CI)
def test_artefacts_leave_secrets_out(ci: str) -> None:
    text = (data.fixtures("project") / CI[ci][0]).read_text()
    kept = text.count("archiveArtifacts") + text.count("upload-artifact@") + text.count("artifacts:\n")
    assert kept == text.count("runs/**/private/**")
    assert kept >= 1
