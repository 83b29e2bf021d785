"""Runs of which nobody could tell the end: what is known of them is shown and reported all the same."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from hil.errors import ExitCode
from hil.place import Place
from hil.report.result import RunResult, StepResult
from hil.rig.load import load_rig
from hil.scenario import jobs
from hil.scenario.choose import Choice, Shard
from hil.scenario.load import Options, load_scenario
from hil.scenario.one import Shown
from hil.scenario.play import play
from hil.trace.jsonl import JsonlTrace

TEXT = "name: lasts\ntags: [long]\nvars: {long: 1 s}\nsteps:\n  - wait: ${long}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for name in "ab":
        Path(f"{name}.yaml").write_text(TEXT)
    return tmp_path


def interrupted(*arguments: object, **more: object) -> None:
    raise KeyboardInterrupt


def two(shown: Shown = Shown.TIMELINE) -> list[RunResult]:
    given = Options({"long": "2 s"}, 7)
    return play(["a.yaml", "b.yaml"], None, given, out=Path("out"), junit=Path("j.xml"), shown=shown)


@pytest.mark.parametrize("shown", [Shown.TIMELINE, Shown.VERDICT])
@pytest.mark.parametrize("at", ["one.run_scenario", "play.play_one"])
def test_a_second_interrupt_takes_no_verdict_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shown: Shown, at: str
) -> None:
    monkeypatch.setattr(f"hil.scenario.{at}", interrupted)
    (result,) = two(shown)
    assert result.code is ExitCode.INTERRUPTED
    out = capsys.readouterr().out
    assert "lasts\n  a.yaml on virtual, seed 7\n" in out
    verdict = (
        "\nERROR  trace: out/a\n  a.yaml\n  interrupted\n  again: dmrig run a.yaml --seed 7 --set 'long=2 s'\n"
    )
    assert out.count(verdict) == 1
    assert "0 of 1 scenarios passed" in out
    (case,) = ElementTree.parse("j.xml").iter("testcase")
    said = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert (said["seed"], said["tags"], said["run"]) == ("7", "long", "out/a")


def test_an_interrupt_when_all_was_played_keeps_what_was_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    close = JsonlTrace.close
    monkeypatch.setattr(JsonlTrace, "close", lambda trace: interrupted(close(trace)))
    (result,) = two()
    assert not result.passed
    assert result.code is ExitCode.INTERRUPTED
    assert [step.outcome for step in result.steps] == ["passed"]
    assert "\n  interrupted\n" in capsys.readouterr().out


def test_an_interrupt_behind_a_failure_ends_the_runs_behind_it() -> None:
    step = StepResult(1, "wait", Place(Path("a.yaml"), 1, 1), "failed", exit_code=ExitCode.EXPECTATION_FAILED)
    result = RunResult("x", Path("a.yaml"), passed=False, steps=[step])
    assert result.code is ExitCode.EXPECTATION_FAILED
    result.exit_code = ExitCode.INTERRUPTED
    assert result.code is ExitCode.INTERRUPTED


def test_a_process_that_dies_leaves_a_report(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "work_together", lambda *arguments: [(0, None)])
    scenario = load_scenario(Path("a.yaml"), Options({"long": "2 s"}))
    ((result, text),) = jobs.play_together([scenario], load_rig(), [Path("out/a")], "utf-8", 2)
    assert result.code is ExitCode.INTERNAL
    assert result.repeat == "dmrig run a.yaml --seed 1 --set 'long=2 s'"
    assert (result.properties["seed"], result.properties["run"]) == ("1", "out/a")
    assert text.startswith("lasts\n  a.yaml on virtual, seed 1\nERROR  trace: out/a\n")
    assert f"  again: {result.repeat}\n" in text


def test_a_shard_without_runs_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(["a.yaml"], None, out=None, junit=Path("j.xml"), choice=Choice(shard=Shard(2, 2))) == []
    assert capsys.readouterr().out == "nothing to play: shard 2/2 has none of these runs\n"
    assert list(ElementTree.parse("j.xml").iter("testcase")) == []
