"""What docs/scenarios.md shows is so: every scenario on it passes, and the package with steps works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hil import data
from hil.rig.load import load_rig
from hil.scenario.load import expand
from hil.scenario.registry import known_steps
from hil.scenario.runner import run_scenario

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text()
BLOCKS = {name: text for text, name in re.findall(r"```(?:yaml|python)\n(# (\S+)\n.*?)```", PAGE, flags=re.DOTALL)}
SCENARIOS = sorted(name for name, text in BLOCKS.items() if "\nname:" in text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in BLOCKS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_page_has_examples() -> None:
    assert len(SCENARIOS) >= 6
    assert set(BLOCKS) - set(SCENARIOS) == {"bootstrapped.yaml", "lamp_steps.py", "rig-with-a-fault.yaml"}
    assert PAGE.count("```yaml") == len(BLOCKS) - 1


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_example_passes(folder: Path, name: str) -> None:
    runs = expand(folder / name)
    assert len(runs) == (3 if name == "matrix.yaml" else 1)
    for scenario in runs:
        result = run_scenario(scenario, load_rig())
        assert result.passed, (result.message, result.broken)


def test_the_table_of_what_is_wrong_has_every_word_for_it() -> None:
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", PAGE, flags=re.MULTILINE)
    steps = {word.strip("`") for word, stands in rows if stands == "a step"}
    assert steps == {name for name in known_steps() if name == "slips" or name.endswith("fault")}
    settings = {word.strip("`") for words, stands in rows if "rig's" in stands for word in words.split(", ")}
    assert settings == {"faults", "holds", "says", "hears", "misbehaves"}


def test_a_rig_with_a_fault_turns_a_scenario_red(folder: Path) -> None:
    (scenario,) = expand(data.scenarios() / "tree" / "commands.yaml")
    result = run_scenario(scenario, load_rig(str(folder / "rig-with-a-fault.yaml")))
    assert result.broken is not None
    assert "status 200, not 418" in result.broken.message


def test_a_package_brings_steps(folder: Path) -> None:
    """Installed beside dmrig: its metadata names the module, which nothing else imports."""
    info = folder / "lamp-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lamp\nVersion: 1.0\n")
    (points,) = re.findall(
        r"```toml\n\[project\.entry-points\.\"(dmrig\.steps)\"\]\n(.*?)```", PAGE, flags=re.DOTALL
    )
    (info / "entry_points.txt").write_text(f"[{points[0]}]\n{points[1].replace(chr(34), '')}")
    scenario = folder / "lamp.yaml"
    scenario.write_text("name: x\ndevice: lamp\nsteps: [{lamp.expect: no}]\n")

    def dmrig(*arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": f"{ROOT}:{folder}"}
        command = [sys.executable, "-m", "hil", *arguments]
        return subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=100, check=False
        )

    done = dmrig("run", "lamp.yaml")
    assert "lamp.expect: on no" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout
    scenario.write_text("name: x\ndevice: lamp\nsteps: [{lamp.expect: yes}]\n")
    assert "the lamp is" in dmrig("run", "lamp.yaml").stdout
    scenario.write_text("name: x\nsteps: [{lamp.expct: yes}]\n")
    assert "did you mean 'lamp.expect'?" in dmrig("check", "lamp.yaml").stdout
    assert "The lamp is on, or off." in dmrig("schema").stdout
    (folder / "lamp_steps.py").write_text("1 / 0\n")
    broken = dmrig("check", "lamp.yaml")
    assert broken.returncode == 2
    assert "the steps of 'lamp' (lamp_steps) cannot be loaded: ZeroDivisionError" in broken.stderr
