"""What commands expect and no step looks at is noted when a run has passed: it is green for nothing."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from hil.scenario.find import shipped
from hil.scenario.load import expand
from hil.scenario.one import Shown
from hil.scenario.play import play

START = """name: x
steps:
  - card.insert: operator-sim
  - server.commands:
      - get: {uri: ./DevInfo/Man, expect: {value: somebody else}}
      - get: ./DevInfo/Mod
      - sequence: [{get: ./DevInfo/Mod}, {get: {uri: ./DevInfo/DevId, expect: {status: 404}}}]
  - device.power_on
  - expect.session: {alert: 1201}
"""
NOTE = (
    "2 commands with an 'expect' were never looked at (Get ./DevInfo/Man, Sequence of 2): "
    "the step expect.answers does that"
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")


def played(text: str, shown: Shown = Shown.TIMELINE) -> tuple[bool, list[str]]:
    Path("s.yaml").write_text(text)
    (result,) = play(["s.yaml"], None, out=None, junit=Path("j.xml"), shown=shown)
    return result.passed, result.notes


@pytest.mark.parametrize("shown", [Shown.TIMELINE, Shown.VERDICT])
def test_it_is_said_and_is_no_failure(capsys: pytest.CaptureFixture[str], shown: Shown) -> None:
    assert played(START, shown) == (True, [NOTE])
    out = capsys.readouterr().out
    _, _, verdict = out.partition("\nPASSED  " if shown is Shown.TIMELINE else "passed  ")
    assert f"\n  note: {NOTE}\n" in verdict
    assert f"::warning file=s.yaml,title=x::{NOTE}\n" in verdict
    (trace,) = Path("runs").glob("*/trace.jsonl")
    assert "never looked at" in trace.read_text()
    if shown is Shown.TIMELINE:
        assert "never looked at" in out.partition("\nPASSED")[0]
    (said,) = ElementTree.parse("j.xml").iter("system-out")
    assert f"note: {NOTE}\n" in (said.text or "")


@pytest.mark.parametrize("last", ["  - expect.session: {alert: 1200, within: 1 s}\n", "  - expect.answers\n"])
def test_a_run_that_fails_says_why_and_no_more(capsys: pytest.CaptureFixture[str], last: str) -> None:
    assert played(START + last) == (False, [])
    assert "never looked at" not in capsys.readouterr().out


def test_what_comes_behind_the_last_look_is_counted() -> None:
    text = START.replace("somebody else", "dmrig").replace("404", "200") + "  - expect.answers\n"
    assert played(text) == (True, [])
    later = "  - server.commands: [{delete: {uri: ./Nothing, expect: {status: 404}}}]\n"
    passed, (note,) = played(text + later)
    assert passed
    assert note.startswith("1 command with an 'expect' was never looked at (Delete ./Nothing): ")
    assert played(text + later.replace(", expect: {status: 404}", "")) == (True, [])


def test_every_shipped_scenario_looks_at_what_it_expects() -> None:
    left = set()
    for path in shipped().values():
        for run in expand(path):
            kinds = [
                step.kind.name
                for step in run.steps
                if step.kind.name == "expect.answers"
                or (step.kind.name == "server.commands" and any(each.expects for each in step.model.commands))
            ]
            if kinds and kinds[-1] != "expect.answers":
                left.add(path.name)
    assert left == set()
