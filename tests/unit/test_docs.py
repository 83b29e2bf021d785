"""Docs say what the code says."""

from __future__ import annotations

import runpy
from pathlib import Path

from hil.cli.main import COMMANDS
from hil.errors import ExitCode

ROOT = Path(__file__).parents[2]


def test_the_state_machines_page_is_made_from_the_tables() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "state_machines.py"))
    made, kept = script["page"](), script["PAGE"].read_text()
    assert kept == made, "run: python docs/state_machines.py"


def test_every_exit_code_is_documented() -> None:
    text = (ROOT / "docs" / "reference.md").read_text()
    documented = {int(row.split("|")[1]) for row in text.splitlines() if row.startswith("| ") and row[2].isdigit()}
    assert documented == set(map(int, ExitCode))


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    for name in COMMANDS:
        assert f"dmrig {name}" in text, name
