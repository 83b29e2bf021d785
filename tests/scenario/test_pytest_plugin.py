"""The pytest plug-in in test runs of their own: what it collects, what a failure says, what reports get."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import pytest

import hil.testing.collect
from hil.rig import kinds
from hil.scenario.registry import known_steps

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

PLAIN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "--strict-markers")

# What comes in during a test run within this process is forgotten behind it, and could not register itself again.
known_steps()
for name in kinds.MODULES:
    kinds.load(*name.split("."))

START = "  - card.insert: operator-sim\n  - device.power_on\n"
GOOD = f"name: It holds\ntags: [smoke, field-bug, skip]\nfeatures: [BOOT-01]\nsteps:\n{START}  - expect.session\n"
BAD = f"name: It fails\ntags: [smoke]\nsteps:\n{START}  - expect.session: {{alert: 1200, within: 5 s}}\n"
MATRIX = (
    "name: Both\nmatrix: {auth: {md5: DIGEST, basic: BASIC}}\naccount: {auth: '${auth}'}\n"
    f"steps:\n{START}  - expect.session: {{alert: 1201}}\n"
)
FOREIGN = "name: a pipeline\non: push\nsteps:\n  - script: make\n  - task: publish\n"
"""Somebody's pipeline: has a name and steps as well."""


@pytest.fixture(autouse=True)
def _installed() -> None:
    """As pytest finds it, by the entry point of the installed package."""
    assert hil.testing.collect.__file__.startswith(str(ROOT))
    assert "dmrig" in {point.name for point in entry_points(group="pytest11")}, "install dmrig again: make setup"


def pytest_run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(*PLAIN, *arguments, timeout=200)


def pytest_within(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """In this process, which is quick: for what plays nothing."""
    return pytester.runpytest_inprocess(*PLAIN, *arguments)


def write(pytester: pytest.Pytester, **files: str) -> None:
    for name, text in files.items():
        path = pytester.path / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".yaml").write_text(text)


def test_a_failure_says_where_what_and_how_to_see_it_again(pytester: pytest.Pytester) -> None:
    write(pytester, good=GOOD, bad=BAD)
    done = pytest_run(pytester, "good.yaml", "bad.yaml", "--junitxml=report.xml", "--dmrig-seed=77")
    done.assert_outcomes(passed=1, failed=1)
    told = done.stdout.str()
    assert "Traceback" not in told + done.stderr.str()
    assert "Error" not in told
    done.stdout.fnmatch_lines(
        [
            "*scenario It fails*",
            "bad.yaml:6:5: step 3, expect.session: alert 1200, within 5 s",
            "the session's alert is 1201, not 1200",
            "again: dmrig run bad.yaml --seed 77",
            "run directory: *",
            "FAILED bad.yaml::bad - the session's alert is 1201, not 1200",
        ]
    )
    (directory,) = re.findall(r"run directory: (.*)", told)
    assert (Path(directory) / "trace.jsonl").is_file()
    (again,) = set(re.findall(r"again: dmrig (.*)", told))
    repeated = dmrig(pytester, *shlex.split(again))
    assert repeated.returncode == 1
    assert "the session's alert is 1201, not 1200" in repeated.stdout

    good, bad = ElementTree.parse(pytester.path / "report.xml").iter("testcase")
    said = {p.attrib["name"]: p.attrib["value"] for p in good.iter("property")}
    assert said["seed"] == "77"
    assert said["features"] == "BOOT-01"
    assert said["modem.imei"].startswith("•••")
    assert said["card.kind"] == "virtual"
    (failure,) = bad.iter("failure")
    assert failure.attrib["message"] == "the session's alert is 1201, not 1200"
    assert "again: dmrig run bad.yaml --seed 77" in (failure.text or "")


def dmrig(pytester: pytest.Pytester, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "hil", *arguments]
    return subprocess.run(
        command, cwd=pytester.path, env=env, capture_output=True, text=True, timeout=100, check=False
    )


def test_what_is_collected(pytester: pytest.Pytester) -> None:
    """Files that are named, and all below folders of the ini file; of these, scenarios alone."""
    write(
        pytester,
        outside=GOOD,
        pipeline=FOREIGN,
        life__both=MATRIX,
        life__rig="server: builtin\ncard: virtual\nmodem: virtual\ndevice: simulated\n",
        life__included=f"about: the start\nsteps:\n{START}",
        life__pipeline="on: push\njobs: {a: {steps: [{run: make}]}}\n",
        life__good=GOOD,
    )
    pytester.makeini("[pytest]\ndmrig_scenarios = life\n")

    def collected(*arguments: str) -> list[str]:
        done = pytest_within(pytester, "--collect-only", "-q", *arguments)
        return [line for line in done.outlines if "::" in line]

    both = ["life/both.yaml::both[md5]", "life/both.yaml::both[basic]"]
    assert collected() == [*both, "life/good.yaml::good"]
    assert collected("outside.yaml", "life") == ["outside.yaml::outside", *both, "life/good.yaml::good"]
    assert collected("-m", "field-bug and BOOT-01") == ["life/good.yaml::good"]
    assert collected("--dmrig-set", "auth=basic", "life/both.yaml") == both[1:]
    assert collected("life/both.yaml::both[md5]") == both[:1]
    assert collected("pipeline.yaml") == []
    assert "not found" in pytest_within(pytester, "pipeline.yaml").stderr.str()


def test_mistakes_are_told_before_anything_starts(pytester: pytest.Pytester) -> None:
    write(pytester, typo=GOOD.replace("power_on", "pwer_on"), good=GOOD, both=MATRIX)
    done = pytest_within(pytester, "typo.yaml", "good.yaml")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        ["typo.yaml:6:5: there is no step 'device.pwer_on'; did you mean 'device.power_on'?"]
    )
    assert "Traceback" not in done.stdout.str()

    for arguments, says in [
        (("good.yaml", "--dmrig-rig=virtuel"), "did you mean 'virtual'?"),
        (("both.yaml", "--dmrig-set=ath=BASIC"), "no scenario has a variable 'ath'"),
        (("both.yaml", "--dmrig-set=auth"), "NAME=VALUE is expected, not 'auth'"),
    ]:
        done = pytest_within(pytester, *arguments)
        assert done.ret == pytest.ExitCode.USAGE_ERROR
        assert says in done.stderr.str()
        assert "Traceback" not in done.stderr.str() + done.stdout.str()


def test_what_the_rig_cannot_do_is_an_error(pytester: pytest.Pytester) -> None:
    """The rig of the ini file is looked for beside it."""
    write(
        pytester,
        bare="server: builtin\ncard: virtual\nmodem: virtual\ndevice: simulated\n",
        notified=GOOD + "  - server.notify: 7\n",
    )
    pytester.makeini("[pytest]\ndmrig_rig = bare.yaml\n")
    done = pytest_within(pytester, "notified.yaml")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        ["notified.yaml:8:5: server.notify needs push.deliver, which no part of bare.yaml has*"]
    )
    pytest_run(pytester, "notified.yaml", "--dmrig-rig=virtual").assert_outcomes(passed=1)


TEST = """
import datetime
import sys
import pytest
from hil.errors import ExpectationFailed, PartError, UsageError


def test_a_life(dmrig, dmrig_device, dmrig_server):
    dmrig.step("card.insert", "operator-sim")
    dmrig.step("server.commands", [{"get": {"uri": "./DevInfo/Man", "expect": {"value": "dmrig"}}}])
    dmrig.step("device.power_on")
    dmrig.step("expect.session", alert=1201, server="${account.server_id}")
    dmrig.step("expect.answers")
    before = dmrig.now
    dmrig.step("wait", datetime.timedelta(days=2))
    assert dmrig.now - before == datetime.timedelta(days=2)
    dmrig.step("server.notify", session=0xA7)
    dmrig.until(lambda: len(dmrig_server.sessions) == 2, "there is no second session", within="1 min")
    assert "device Alert 1200" in dmrig.said
    assert dmrig_device.value("./DevInfo/Man") == "dmrig"
    assert type(sys.modules["hil.testing.fixture"].__loader__).__name__ == "SourceFileLoader"  # not rewritten


@pytest.mark.dmrig(device="generic-xml", account={"auth": "BASIC"}, seed=5, features=["NOTI-06"], tags=["a", "b"])
def test_circumstances(dmrig, dmrig_rig, dmrig_card, dmrig_modem, dmrig_push):
    dmrig.include("start.yaml", image="operator-sim")
    dmrig.step("expect.session", auth="basic")
    dmrig.step("wait", "10 s", not_before="10 s")
    assert dmrig_rig.path.stem == "virtual"
    assert dmrig_card.kind == dmrig_modem.kind == "virtual"


def test_what_does_not_hold(dmrig):
    with pytest.raises(UsageError, match="did you mean 'device.power_on'"):
        dmrig.step("device.pwer_on")
    with pytest.raises(ExpectationFailed, match="no device has come"):
        dmrig.step("expect.messages", absent="device Alert")
    dmrig.step("device.power_on")
    dmrig.step("expect.session", alert=1201, within="5 s")


@pytest.mark.dmrig(timeout="5 s")
def test_in_time(dmrig):
    with pytest.raises(ExpectationFailed, match="the test may take 5 s, and that time is over"):
        dmrig.step("wait", "10 s")


def test_that_waits(dmrig):
    with pytest.raises(UsageError, match="one value or fields, not both: alert"):
        dmrig.step("expect.session", {"alert": 1201}, alert=1200)
    dmrig.until(lambda: False, "it never held", within="1 hour")


@pytest.mark.dmrig(devise="generic")
def test_with_a_typo(dmrig):
    raise AssertionError


@pytest.mark.dmrig(features=["NOTI-99999"])
def test_of_no_feature(dmrig):
    raise AssertionError


@pytest.mark.dmrig(vars={"a": "1"}, matrix={"b": "2"}, steps=["wait"], **{"finally": ["wait"]})
def test_like_a_file(dmrig):
    raise AssertionError
"""


def test_tests_in_python(pytester: pytest.Pytester) -> None:
    write(pytester, start=f"vars: {{image: }}\nsteps:\n{START}".replace("operator-sim", "${image}"))
    pytester.makepyfile(test_life=TEST)
    done = pytest_run(pytester, "--junitxml=report.xml", "--dmrig-out=out")
    done.assert_outcomes(passed=3, failed=2, errors=3)
    done.stdout.fnmatch_lines(
        [
            "'devise' is no word here; did you mean 'device'?",
            "the client profile has no feature 'NOTI-99999'*",
            "'steps' is for scenario files: the test plays them: dmrig.step(...)",
            "'finally' is for scenario files: *",
            "'vars' is for scenario files: *",
            "'matrix' is for scenario files: say @pytest.mark.parametrize",
            '>       dmrig.step("expect.session", alert=1201, within="5 s")',
            "E       hil.errors.ExpectationFailed: the device has not opened a session*",
            "test_life.py:*: ExpectationFailed",
            "run directory: out/test_what_does_not_hold",
            "again: pytest test_life.py::test_what_does_not_hold --dmrig-seed 1",
            '>       dmrig.until(lambda: False, "it never held", within="1 hour")',
            "E       hil.errors.ExpectationFailed: it never held",
            "test_life.py:*: ExpectationFailed",
        ],
    )
    told = done.stdout.str()
    assert "hil/scenario" not in told
    assert "During handling" not in told
    names = {"test_a_life", "test_circumstances", "test_in_time", "test_that_waits", "test_what_does_not_hold"}
    assert {path.name for path in (pytester.path / "out").iterdir()} == names
    assert "card.insert: image operator-sim" in (pytester.path / "out/test_a_life/trace.jsonl").read_text()
    cases = {
        case.attrib["name"]: case for case in ElementTree.parse(pytester.path / "report.xml").iter("testcase")
    }
    seeds = {
        name: [p.attrib["value"] for p in case.iter("property") if p.attrib["name"] == "seed"]
        for name, case in cases.items()
    }
    assert (seeds["test_a_life"], seeds["test_circumstances"]) == (["1"], ["5"])
    said = {p.attrib["name"]: p.attrib["value"] for p in cases["test_circumstances"].iter("property")}
    assert (said["features"], said["tags"]) == ("NOTI-06", "a b")
    assert any(p.attrib["name"] == "modem.imei" for p in cases["test_a_life"].iter("property"))


@pytest.mark.parametrize("options", [(), ("-c", "other.ini", "--rootdir", "..")], ids=["plain", "options"])
def test_the_command_of_a_test_is_for_where_pytest_was_called(
    pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    deep = pytester.mkdir("tests") / "deep"
    deep.mkdir()
    (deep / "test_a.py").write_text("class TestA:\n    def test_b(self, dmrig):\n        assert dmrig is None\n")
    (pytester.path / "pytest.ini").write_text("[pytest]\n")
    (pytester.path / "tests" / "other.ini").write_text("[pytest]\n")
    os.chdir(pytester.path / "tests")
    done = pytest_run(pytester, *options, "--dmrig-set", "text=a\n'b'", "--dmrig-set", "pin=4711")
    (again,) = re.findall(r"again: pytest (.*)", done.stdout.str())
    assert again.startswith("deep/test_a.py::TestA::test_b ")
    assert again.endswith("--dmrig-set 'pin=•••'  # put in what stands for •••")
    command = f"{sys.executable} -m pytest -p no:cacheprovider {again}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    pasted = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=env, check=False)
    assert pasted.returncode == 1, pasted.stdout + pasted.stderr
    assert f"again: pytest {again.partition('  #')[0]}" in pasted.stdout


def test_it_costs_nothing_when_it_is_not_used(pytester: pytest.Pytester) -> None:
    """A test run without scenarios and fixtures imports one small module of dmrig, and no library for it."""
    write(pytester, others=FOREIGN, good=GOOD)
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            ours = {name for name in sys.modules if name.split(".")[0] in ("hil", "simulator")}
            assert ours == {"hil", "hil.pytest_plugin"}
            assert not {"yaml", "pydantic", "click", "rich", "lxml", "cryptography", "serial"} & set(sys.modules)
        """
    )
    pytest_run(pytester, ".").assert_outcomes(passed=1)
    pytest_run(pytester, "-p", "no:dmrig", ".").assert_outcomes(failed=1)


@pytest.mark.parametrize("rig", ["tests/mine.yaml", "mine.yaml"], ids=["beside the test", "beside the ini file"])
def test_a_rig_of_a_test_is_found_wherever_pytest_is_called(pytester: pytest.Pytester, rig: str) -> None:
    (pytester.mkdir("tests") / "test_a.py").write_text(
        "import pytest\n\n@pytest.mark.dmrig(rig='mine.yaml')\ndef test_a(dmrig, dmrig_rig):\n"
        "    assert dmrig_rig.about == 'mine'\n"
    )
    (pytester.path / "pytest.ini").write_text("[pytest]\n")
    text = "about: mine\nserver: builtin\ncard: virtual\nmodem: virtual\npush: sms\ndevice: simulated\n"
    (pytester.path / rig).write_text(text)
    elsewhere = pytester.mkdir("elsewhere")
    for folder, tests in ((pytester.path, "tests"), (pytester.path / "tests", "."), (elsewhere, "../tests")):
        os.chdir(folder)
        pytest_run(pytester, tests).assert_outcomes(passed=1)
