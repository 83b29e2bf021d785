"""The words for how a session ends, where a scenario says them and where the session does."""

from __future__ import annotations

from typing import get_args

from hil.steps.expect_session import Outcome as Said
from simulator.session.events import Outcome


def test_a_scenario_can_say_every_outcome_and_no_other() -> None:
    assert set(get_args(Said)) == {*map(str, Outcome), "abandoned"}
