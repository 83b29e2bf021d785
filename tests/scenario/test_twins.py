"""Every scenario has a twin, a rig whose device, card or server has one fault, under which it turns red: for the
reason that it is there for, and not because the bench breaks.

The scenario itself is played unchanged. A new scenario takes its twin along: ``twins/<folder>.yaml``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hil.errors import ExitCode, InvalidFile
from hil.rig.load import RigPlan, load_rig
from hil.scenario.find import shipped
from hil.scenario.load import expand
from hil.scenario.model import Scenario
from hil.scenario.runner import run_scenario
from hil.yamlfile import read

TABLES = Path(__file__).parent / "twins"
VIRTUAL = {
    "server": {"kind": "builtin"},
    "card": {"kind": "virtual"},
    "modem": {"kind": "virtual"},
    "push": {"kind": "sms"},
    "device": {"kind": "simulated"},
}
"""The rig of ``fixtures/rigs/virtual.yaml``, to which a twin says one thing more."""

LOOSE = "general"
"""The table for scenarios that stand in no folder."""

Twin = dict[str, Any]


def read_twins() -> dict[str, Twin]:
    """By scenario, as `shipped` names it."""
    found = {}
    for path in sorted(TABLES.glob("*.yaml")):
        table = read(path).value
        assert isinstance(table, dict), path
        folder = "" if path.stem == LOOSE else f"{path.stem}/"
        found |= {f"{folder}{name}": twin for name, twin in table.items()}
    return found


TWINS = read_twins()
SCENARIOS = shipped()
PAIRS = [(name, run) for name in TWINS if name in SCENARIOS for run in expand(SCENARIOS[name])]


def faulty_rig(folder: Path, twin: Twin) -> RigPlan:
    path = folder / "rig.yaml"
    wrong = {role: {**VIRTUAL[role], **said} for role, said in twin.items() if role != "red"}
    path.write_text(json.dumps({**VIRTUAL, **wrong}))
    return load_rig(str(path))


def test_every_scenario_has_a_twin() -> None:
    assert set(SCENARIOS) - set(TWINS) == set(), "a fault under which it turns red belongs into a table of twins"
    assert set(TWINS) - set(SCENARIOS) == set(), "there is no such scenario"


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_has_one_fault_of_one_part(name: str) -> None:
    *roles, red = TWINS[name]
    assert red == "red"
    (role,) = roles
    assert role in ("device", "card", "server", "modem")
    ((setting, wrong),) = TWINS[name][role].items()
    assert len(wrong) == 1 or setting not in ("faults", "network", "says", "hears")
    assert len(TWINS[name]["red"]) > 10, "words that tell this failure from others"


@pytest.mark.parametrize(("name", "scenario"), PAIRS, ids=[f"{name}-{run.stem}" for name, run in PAIRS])
def test_the_twin_turns_red(name: str, scenario: Scenario, tmp_path: Path) -> None:
    twin = TWINS[name]
    result = run_scenario(scenario, faulty_rig(tmp_path, twin))
    assert not result.passed, "the scenario does not see this fault"
    assert result.broken is not None, result.message
    assert result.code is ExitCode.EXPECTATION_FAILED, result.broken.message
    assert twin["red"] in result.broken.message


def test_the_rig_without_a_fault_is_the_one_that_comes_with_dmrig(tmp_path: Path) -> None:
    """Else it might be the rig, and not its fault, that turns a scenario red."""
    whole, shipped_rig = faulty_rig(tmp_path, {"red": ""}), load_rig()
    assert whole.parts == shipped_rig.parts


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"misbehaves": "naps"}, "it is one of wakes-for-anything, deaf"),
        ({"says": [{"of": "Status"}]}, "a slip is one of"),
        ({"says": [{"of": "Status", "put": {"Data": "1"}, "twice": "yes"}]}, "a slip is one of"),
        (
            {"says": [{"of": "SyncHdr", "put": {"Data": "1"}}]},
            "nothing called 'Data' can be put there; there is VerDTD",
        ),
        ({"says": [{"of": "Get", "put": {"SessionID": "1"}}]}, "nothing called 'SessionID'"),
        ({"says": [{"of": "Final", "twice": "yes"}]}, "of Final, that cannot be"),
        ({"hears": [{"of": "HTTP", "left_out": "yes"}]}, "of HTTP, that cannot be"),
        ({"says": [{"of": " ", "left_out": "yes"}]}, "words of a message are expected"),
    ],
)
def test_a_fault_that_cannot_be_is_a_mistake_of_the_rig_file(
    settings: dict[str, object], says: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidFile) as caught:
        faulty_rig(tmp_path, {"device": settings})
    assert says in str(caught.value)
