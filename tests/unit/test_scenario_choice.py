"""Which runs are played: by tag, and shared among machines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.errors import UsageError
from hil.scenario.choose import Choice, Shard
from hil.scenario.load import expand
from hil.scenario.model import Scenario
from hil.scenario.play import prepare


@given(st.lists(st.integers(), max_size=60), st.integers(1, 12))
def test_every_run_is_in_exactly_one_shard_and_shards_are_alike(runs: list[int], of: int) -> None:
    numbered = list(enumerate(runs))
    shares = [Shard(number, of).share(numbered) for number in range(1, of + 1)]
    assert sorted(run for share in shares for run in share) == numbered
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "1", "a/b", "1/4/2", "-1/4", "1/1001", ""])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(ValueError, match="shard"):
        Shard.parse(text)


def test_a_shard_as_it_is_written() -> None:
    assert Shard.parse("3/4") == Shard(3, 4)


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    found, _ = prepare(["quickstart", "session/atomic", "session/sequence", "bootstrap/bare-card"], None)
    return found


def names(scenarios: list[Scenario]) -> list[str]:
    return [scenario.path.stem for scenario in scenarios]


def test_by_tag_and_by_feature(scenarios: list[Scenario]) -> None:
    assert names(Choice(only=("atomic", "sequence")).of(scenarios)) == ["atomic", "sequence"]
    assert "atomic" not in names(Choice(without=("atomic",)).of(scenarios))
    feature = next(each for each in scenarios if each.path.stem == "bare-card").head.features[0]
    assert "bare-card" in names(Choice(only=(feature,)).of(scenarios))


def test_a_tag_that_nothing_has(scenarios: list[Scenario]) -> None:
    with pytest.raises(UsageError, match="did you mean 'atomic'") as caught:
        Choice(only=("atmic",)).of(scenarios)
    assert caught.value.hint is not None
    assert "atomic" in caught.value.hint


def test_tags_that_leave_nothing(scenarios: list[Scenario]) -> None:
    with pytest.raises(UsageError, match="leave no scenario"):
        Choice(only=("atomic",), without=("atomic",)).of(scenarios)


def test_a_shard_may_be_empty(scenarios: list[Scenario]) -> None:
    assert Choice(shard=Shard(9, 9)).of(scenarios) == []


def test_runs_of_a_matrix_are_chosen_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("name: m\nmatrix: {time: [1 s, 2 s, 3 s]}\nsteps: [wait: '${time}']\n")
    runs = expand(path)
    assert Choice(shard=Shard(2, 2)).of(runs) == [runs[1]]
