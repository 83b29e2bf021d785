"""The one command that plays a run again."""

from __future__ import annotations

import shlex

from hil import data
from hil.rig.load import DEFAULT_RIG, RigPlan
from hil.scenario.model import Scenario
from hil.standards import source
from hil.trace.structure import HIDDEN
from hil.yamlwords import is_secret


def command(scenario: Scenario, plan: RigPlan) -> str:
    """With file, rig, seed and variables; a variable that is called a secret is hidden."""
    shipped = scenario.path.is_relative_to(data.scenarios())
    named = scenario.path.relative_to(data.scenarios()).with_suffix("") if shipped else scenario.path
    words = ["dmrig", "run", str(named)]
    rig = plan.path.stem if plan.path.parent == data.fixtures("rigs") else str(plan.path)
    words += ["--rig", rig] if rig != DEFAULT_RIG else []
    words += ["--ask"] if plan.choice.ask else []
    words += ["--seed", str(scenario.head.seed)]
    for name, value in {**scenario.given, **scenario.variant}.items():
        words += ["--set", f"{name}={HIDDEN if is_secret((name,)) else value}"]
    if (standards := source()) is not None:
        words += ["--standards", standards]
    return shlex.join(words)
