"""Every command in README and docs is executed, and prints what is shown there.

In a ``console`` block, ``...`` stands for anything: within a line, or as a line of its own for any lines.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"^(?: {4}|\$ )((?:dmrig|make|pip|sudo|git|python) .*)$", re.MULTILINE)

ENDLESS = {"dmrig server --config sample"}
"""Runs until it is interrupted; is shown up to its first line."""

ELSEWHERE = {
    command: where
    for where, commands in yaml.safe_load((Path(__file__).parent / "commands.yaml").read_text()).items()
    for command in commands
}
"""Commands that pages only name, and where each is played."""


def shown(page: Path) -> list[tuple[str, str]]:
    """Commands of a page's console blocks, with the output shown."""
    return [
        (command, output)
        for block in BLOCK.findall(page.read_text())
        for command, _, output in (
            part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        )
    ]


EXAMPLES = [(page, command, output) for page in PAGES for command, output in shown(page)]


def pattern(output: str) -> re.Pattern[str]:
    """What the output has to be."""
    lines = ["(?:.*\n)*?" if line.strip() == "..." else _line(line) for line in output.splitlines()]
    return re.compile("".join(lines))


def _line(line: str) -> str:
    return ".*".join(re.escape(piece) for piece in line.split("...")) + "\n"


def environment() -> dict[str, str]:
    """With ``dmrig`` on the path, wherever the tests' Python has it or not."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}


def argv(command: str) -> list[str]:
    name, *arguments = shlex.split(command)
    assert name == "dmrig"
    return [sys.executable, "-m", "hil", *arguments]


@pytest.mark.parametrize(("page", "command", "output"), EXAMPLES, ids=[command[:40] for _, command, _ in EXAMPLES])
def test_a_command_prints_what_is_shown(page: Path, command: str, output: str, tmp_path: Path) -> None:
    if command in ENDLESS:
        printed = interrupted(command, tmp_path)
    else:
        done = subprocess.run(
            argv(command),
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        printed = done.stdout
    printed = printed.replace(f"{ROOT}/", "")
    assert pattern(output).match(printed), f"{page.name} shows:\n{output}\nprinted was:\n{printed}"


def interrupted(command: str, folder: Path) -> str:
    """What a command printed until it was interrupted, after its first line."""
    arguments = [*argv(command), "--port", "0"]
    with subprocess.Popen(
        arguments, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", first + rest)


def test_every_command_that_is_only_named_runs_somewhere() -> None:
    run = {command for _, command, _ in EXAMPLES}
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        text = BLOCK.sub("", page.read_text())
        for command in INLINE.findall(text):
            command = command.split("  #")[0].strip()
            assert command in run or command in ELSEWHERE, f"{page.name}: nothing runs {command!r}"


def test_a_pattern_can_fail() -> None:
    assert pattern("a\n...\nb ... c\n").match("a\nx\ny\nb 12 c\n")
    assert not pattern("a\n...\nb ... c\n").match("a\nx\ny\nb 12 d\n")
    assert not pattern("a\n").match("b\n")
