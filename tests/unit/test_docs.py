"""Docs say what the code says."""

from __future__ import annotations

import runpy
from pathlib import Path

from hil.cli.main import COMMANDS
from hil.errors import ExitCode
from hil.scenario.registry import own_steps

ROOT = Path(__file__).parents[2]


def test_generated_pages_say_what_the_code_says() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    assert len(script["PAGES"]) == 7
    for path, page in script["PAGES"].items():
        assert path.read_text() == page(), "run: python docs/generate.py"


def test_a_step_has_an_example_that_is_played() -> None:
    """From a scenario that comes with dmrig."""
    examples = runpy.run_path(str(ROOT / "docs" / "generate.py"))["step_examples"]()
    assert set(own_steps()) - set(examples) <= {"device.complete"}
    assert examples["wait"][0].startswith("- wait: ")
    assert all(lines[0].startswith("- ") for lines in examples.values())


def test_every_exit_code_is_documented() -> None:
    text = (ROOT / "docs" / "reference.md").read_text()
    documented = {int(row.split("|")[1]) for row in text.splitlines() if row.startswith("| ") and row[2].isdigit()}
    assert documented == set(map(int, ExitCode))


def test_every_command_is_in_the_readme_or_on_a_page() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "".join(page.read_text() for page in pages)
    for name in COMMANDS:
        assert f"dmrig {name}" in text, name
