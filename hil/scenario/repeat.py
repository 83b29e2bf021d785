"""The one command that plays a run again."""

from __future__ import annotations

from collections.abc import Container, Iterable

from hil import data
from hil.rig.load import DEFAULT_RIG, RigPlan
from hil.scenario.model import Scenario
from hil.shellwords import command_line
from hil.standards import source
from hil.trace.mask import Masker
from hil.trace.structure import HIDDEN
from hil.yamlwords import is_secret

PUT_IN = f"  # put in what stands for {HIDDEN}"
"""Behind a command with a hidden value; a comment, so that it may be pasted with it."""


def command(scenario: Scenario, plan: RigPlan, masker: Masker) -> str:
    """With file, rig, seed and variables. Hidden are the values of variables that were given and are secrets, and
    nothing else: a command has to name its file, and a label of a matrix is in the run's name as well."""
    shipped = scenario.path.is_relative_to(data.scenarios())
    named = scenario.path.relative_to(data.scenarios()).with_suffix("") if shipped else scenario.path
    words = ["dmrig", "run", str(named)]
    rig = plan.path.stem if plan.path.parent == data.fixtures("rigs") else str(plan.path)
    words += ["--rig", rig] if rig != DEFAULT_RIG else []
    words += ["--ask"] if plan.choice.ask else []
    words += ["--seed", str(scenario.head.seed)]
    values = {**scenario.given, **scenario.variant}
    settings, comment = given("--set", values.items(), masker, labels=scenario.variant)
    words += settings
    if (standards := source()) is not None:
        words += ["--standards", standards]
    return command_line(words) + comment


def given(
    option: str, values: Iterable[tuple[str, str]], masker: Masker, *, labels: Container[str] = ()
) -> tuple[list[str], str]:
    """The words that give variables their values, without what is secret in them, and what stands behind the
    command then. ``labels``: the names of those whose values are shown in any case."""
    words: list[str] = []
    hidden = False
    for name, value in values:
        shown = value
        if name not in labels:
            shown = HIDDEN if is_secret((name,)) else masker.text(value)
        hidden |= shown != value
        words += [option, f"{name}={shown}"]
    return words, PUT_IN if hidden else ""
