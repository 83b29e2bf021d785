"""GitHub shows what broke beside its line, whatever file and message are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.place import Place
from hil.report.github import results
from hil.report.result import RunResult, StepResult

ROOT = Path("/checkout")


def broken(place: Place, message: str = "no") -> RunResult:
    step = StepResult(1, "wait", place, "failed", message)
    return RunResult("x", Path("x.yaml"), passed=False, steps=[step], repeat="dmrig run x.yaml")


@pytest.mark.parametrize("folder", ["my (old)", "a:b", "a (included at b:1:2)", "50%, ä"])
def test_a_file_may_be_called_anything(folder: str) -> None:
    (line,) = results([broken(Place(Path(folder) / "x.yaml", 4, 7))], ROOT)
    shown = folder.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    assert line == f"::error file={shown}/x.yaml,title=x,line=4,col=7::no%0Aagain: dmrig run x.yaml"


def test_a_step_of_an_included_file_is_shown_in_that_file() -> None:
    place = Place(ROOT / "parts" / "steps.yaml", 3, 5, Place(ROOT / "x.yaml", 9, 5))
    (line,) = results([broken(place)], ROOT)
    assert line.startswith("::error file=parts/steps.yaml,title=x,line=3,col=5::")


def test_a_run_that_ended_outside_of_its_steps_is_shown_at_its_file() -> None:
    result = RunResult("x", Path("x.yaml"), passed=False, message="no reader", hint="plug one in")
    assert results([result], ROOT) == ["::error file=x.yaml,title=x::no reader%0Atry: plug one in"]
    assert results([RunResult("x", Path("x.yaml"), passed=True)], ROOT) == []


def test_what_is_odd_about_a_run_that_passed_is_a_warning() -> None:
    result = RunResult("x", Path("x.yaml"), passed=True, notes=["never looked at"])
    assert results([result], ROOT) == ["::warning file=x.yaml,title=x::never looked at"]
