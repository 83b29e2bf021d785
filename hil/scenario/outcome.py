"""What is known of a run's outcome before anything of it was played, or when its process has gone."""

from __future__ import annotations

from pathlib import Path

from hil.errors import ExitCode
from hil.report.result import RunResult
from hil.rig.load import RigPlan
from hil.scenario.model import Scenario, ScenarioHead
from hil.scenario.repeat import command
from hil.scenario.step import secrets_in
from hil.trace.mask import Masker
from hil.yamlwords import is_secret

INTERRUPTED = "interrupted"
"""The message of a run that a person ended, or whoever ends jobs."""


def secrets_of(scenario: Scenario) -> list[str]:
    """What must not be shown of a scenario's account, steps and variables. A label of its matrix may be shown: it
    is in the run's name."""
    given = {name: value for name, value in scenario.given.items() if name not in scenario.variant}
    return [
        *scenario.head.account.secrets(),
        *(secret for step in scenario.steps for secret in secrets_in(step.model)),
        *(value for name, value in given.items() if is_secret((name,))),
    ]


def said_of(head: ScenarioHead, plan: RigPlan) -> dict[str, str]:
    """What reports say of any run under the circumstances that ``head`` names."""
    found = {"rig": str(plan.path), "seed": str(head.seed)}
    found |= {"features": " ".join(head.features)} if head.features else {}
    return found | ({"tags": " ".join(head.tags)} if head.tags else {})


def begun(scenario: Scenario, plan: RigPlan, masker: Masker) -> RunResult:
    """The result of a run that begins on the rig of ``plan``, with all that a report says of it in any case."""
    result = RunResult(scenario.name, scenario.path, passed=False, repeat=command(scenario, plan, masker))
    result.properties = said_of(scenario.head, scenario.rig(plan))
    result.properties |= {f"matrix {name}": label for name, label in scenario.variant.items()}
    return result


def cut_off(scenario: Scenario, plan: RigPlan, directory: Path, message: str, code: ExitCode) -> RunResult:
    """The result of a run of which nobody was left to tell how far it came."""
    masker = Masker()
    for secret in secrets_of(scenario):
        masker.add(secret)
    result = begun(scenario, plan, masker)
    result.properties["run"] = str(directory)
    result.message, result.exit_code = message, code
    return result
