"""A device is killed some two hundred times: what its file then holds is a state that it had, and no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KILLS = 200
SEED = 1


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All the kills, in a process of its own: to fork takes one without threads."""
    folder = tmp_path_factory.mktemp("kills")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.kills", str(folder), str(SEED), str(KILLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_life_that_is_cut_short_has_something_in_it(found: dict[str, Any]) -> None:
    seen = found["seen"]
    states = seen["states"]
    assert len(states) > 15
    assert len(set(states)) == len(states), "a state that comes twice would not tell where a life ended"
    tables = {sql.split()[2] for sql in seen["statements"] if sql.startswith(("REPLACE", "DELETE"))}
    assert {"node", "acl", "origin", "due", "alert", "job", "counter"} <= tables
    assert seen["statements"].count("COMMIT") > len(states) - 1
    assert any(later > before + 1 for before, later in zip(seen["told"], seen["told"][1:], strict=False)), (
        "no message was answered that had several commands with a change each"
    )


def test_two_hundred_were_killed_around_every_statement_and_within(found: dict[str, Any]) -> None:
    killed = [one for one in found["killed"] if one["killed"]]
    assert len(killed) >= KILLS
    before = {one["how"] for one in killed}
    assert {f"before {number}" for number in range(len(found["seen"]["statements"]))} <= before
    assert sum(one["how"].startswith("within") for one in killed) >= 10


def test_what_is_left_is_what_was_before_the_command_or_after_it(found: dict[str, Any]) -> None:
    assert [one for one in found["killed"] if one["state"] is None] == []


def test_a_change_is_kept_exactly_when_its_transaction_has_ended(found: dict[str, Any]) -> None:
    known = [one for one in found["killed"] if one["expected"] is not None]
    assert len(known) > 100
    assert [one for one in known if one["state"] != one["expected"]] == []


def test_nothing_that_the_server_has_heard_of_is_lost(found: dict[str, Any]) -> None:
    assert found["seen"]["not_kept"] == []
    assert any(one["told"] > 3 for one in found["killed"])
    assert [one for one in found["killed"] if one["state"] is None or one["state"] < one["told"]] == []


def test_a_device_that_was_killed_goes_on(found: dict[str, Any]) -> None:
    went = [one["goes_on"] for one in found["killed"] if one["goes_on"]]
    assert len(went) > 5
    assert set(went) == {"completed"}
