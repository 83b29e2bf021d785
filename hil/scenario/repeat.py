"""The one command that plays a run again."""

from __future__ import annotations

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
    hidden = False
    for name, value in {**scenario.given, **scenario.variant}.items():
        shown = value if name in scenario.variant else shown_value(name, value, masker)
        hidden |= shown != value
        words += ["--set", f"{name}={shown}"]
    if (standards := source()) is not None:
        words += ["--standards", standards]
    return command_line(words) + (PUT_IN if hidden else "")


def shown_value(name: str, value: str, masker: Masker) -> str:
    """The value of a variable, without what is secret in it."""
    return HIDDEN if is_secret((name,)) else masker.text(value)
