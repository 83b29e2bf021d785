"""``pip install .`` into an empty environment gives a working dmrig, with its data, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of a new virtual environment with dmrig in it."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run([sys.executable, "-m", "venv", str(folder)])
    run([str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", str(ROOT)], seconds=600)
    return folder / "bin"


def run(
    arguments: list[str], *, cwd: Path | None = None, seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        arguments, cwd=cwd, env=env, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run([str(installed / "dmrig"), "demo"], cwd=tmp_path)
    assert "PASSED" in done.stdout
    where = run([str(installed / "python"), "-c", "import hil; print(hil.__file__)"], cwd=tmp_path)
    assert str(ROOT) not in where.stdout


def test_the_wheel_finds_every_kind_of_data(installed: Path, tmp_path: Path) -> None:
    code = "from hil import data; print(data.root(), *(len(data.names(f)) for f in ('cards', 'rigs', 'devices')))"
    done = run([str(installed / "python"), "-c", code], cwd=tmp_path)
    root, *counts = done.stdout.split()
    assert root.endswith("hil/_data")
    assert all(int(count) >= 2 for count in counts)


def test_pcsc_is_an_extra(installed: Path, tmp_path: Path) -> None:
    """Nothing of the core is compiled: pyscard, which is, comes only when asked for."""
    names = run([str(installed / "pip"), "list", "--format", "freeze"], cwd=tmp_path).stdout
    assert "pyscard" not in names
    assert "dmrig==" in names


def test_packages_hold_what_they_should(tmp_path: Path) -> None:
    run([sys.executable, "-m", "build", "--outdir", str(tmp_path), str(ROOT)], seconds=600)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"simulator", "hil"}
    assert "hil/_data/scenarios/quickstart.yaml" in names
    assert {"hil/_data/fixtures/devices/lamp.ddf", "hil/_data/fixtures/standards/default.yaml"} <= set(names)
    assert "hil/py.typed" in names
    points = next(name for name in names if name.endswith(".dist-info/entry_points.txt"))
    assert "fumo = simulator.behaviour.fumo:Fumo" in zipfile.ZipFile(wheel).read(points).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert list(tmp_path.glob("*.tar.gz"))
