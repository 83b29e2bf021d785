"""What docs/pytest.md shows is so: its files are written as shown, and its commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.scenario.test_pytest_plugin import pytest_run

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text()
FILES = {
    name: text for text, name in re.findall(r"```(?:yaml|python|ini)\n(# (\S+)\n.*?)```", PAGE, flags=re.DOTALL)
}
COMMANDS = re.findall(r"^ {4}pytest(.*)$", PAGE, flags=re.MULTILINE)

PASS = {" scenarios/first.yaml": 1, " -m smoke": 1, " 'scenarios/both.yaml::both[md5]'": 1}
"""How many tests pass; all of them with the commands that are not here."""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    for name, text in FILES.items():
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return pytester


def test_the_page_has_examples() -> None:
    assert len(FILES) == 5
    assert set(PASS) < set(COMMANDS)
    assert len(COMMANDS) == 6


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_does_what_the_page_says(project: pytest.Pytester, command: str) -> None:
    done = pytest_run(project, *shlex.split(command))
    assert done.parseoutcomes().get("passed") == PASS.get(command, 5)
    assert done.ret == 0


def test_a_failure_looks_as_shown(project: pytest.Pytester) -> None:
    path = project.path / "scenarios/both.yaml"
    path.write_text(path.read_text().replace("alert: 1201", "alert: 1200"))
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)
    done = pytest_run(project, "scenarios/both.yaml::both[md5]")
    done.stdout.fnmatch_lines([line.replace("...", "*") for line in shown.splitlines()])
