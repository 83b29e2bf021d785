"""The plug-in under pytest-xdist: runs in several processes at once, and rigs that allow one only."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.scenario.test_pytest_plugin import BAD, GOOD, MATRIX, pytest_run, write

pytest_plugins = ["pytester"]

HELD = "server: {{kind: builtin, port: {port}}}\ncard: virtual\nmodem: virtual\ndevice: simulated\n"
"""A port of its own: no two runs can have it."""

PYTHON = """
import os
import pytest

@pytest.mark.parametrize("number", range(3))
def test_workers(dmrig, number):
    dmrig.step("card.insert", "operator-sim")
    dmrig.step("device.power_on")
    dmrig.step("expect.session", alert=1201)
"""


def free_port() -> int:
    """Below those that systems hand out by themselves."""
    for port in random.sample(range(20000, 32000), 100):
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("a hundred ports are taken")


def test_each_run_has_its_own_directory_and_ports(pytester: pytest.Pytester) -> None:
    write(pytester, good=GOOD, bad=BAD, both=MATRIX, other__good=GOOD)
    pytester.makepyfile(test_workers=PYTHON)
    names = ["good.yaml", "bad.yaml", "both.yaml", "other/good.yaml", "test_workers.py"]
    done = pytest_run(pytester, "-n2", "--dist=worksteal", "--dmrig-out=out", "--junitxml=report.xml", *names)
    done.assert_outcomes(passed=7, failed=1)
    assert "again: dmrig run bad.yaml --seed 1" in done.stdout.str()
    cases = list(ElementTree.parse(pytester.path / "report.xml").iter("testcase"))
    said = [{p.attrib["name"]: p.attrib["value"] for p in case.iter("property")} for case in cases]
    assert len(said) == 8
    directories = {each["run"] for each in said}
    assert directories == {str(path.relative_to(pytester.path)) for path in Path(pytester.path, "out").iterdir()}
    assert len(directories) == 8
    assert {"out/good", "out/good-2"} < directories
    assert all(Path(pytester.path, each, "trace.jsonl").is_file() for each in directories)


def test_a_rig_with_something_to_itself_serves_one_worker_at_a_time(pytester: pytest.Pytester) -> None:
    write(pytester, rig=HELD.format(port=free_port()), both=MATRIX)
    pytester.makepyfile(test_workers=PYTHON)
    done = pytest_run(pytester, "-n2", "-v", "both.yaml", "test_workers.py", "--dmrig-rig=rig.yaml")
    done.assert_outcomes(passed=5)
    workers = {line.split("]")[0] for line in done.outlines if line.startswith("[gw") and "PASSED" in line}
    assert workers == {"[gw0", "[gw1"}


def test_what_is_wrong_is_told_by_every_worker(pytester: pytest.Pytester) -> None:
    write(pytester, both=MATRIX)
    done = pytest_run(pytester, "-n2", "both.yaml", "--dmrig-rig=virtuel")
    done.assert_outcomes(errors=2)
    done.stdout.fnmatch_lines(["no file 'virtuel'*", "try: did you mean 'virtual'?"])
    assert "Traceback" not in done.stdout.str()
