"""Faults are counted, wait for what they fit, and damage by the seed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hil.errors import InvalidFile
from hil.faults import Fault, Faults, Way, What
from hil.scenario.load import load_scenario
from hil.steps.fault import FaultStep


def faults(*wanted: Fault, seed: int = 1) -> Faults:
    found = Faults(random.Random(seed).randbytes, lambda _: None)
    for each in wanted:
        found.add(each)
    return found


@given(st.integers(0, 5), st.integers(1, 5), st.integers(0, 12))
def test_the_nth_and_the_next_ones_go_wrong(after: int, times: int, exchanges: int) -> None:
    these = faults(Fault(What.DROP, after=after, times=times))
    wrong = [n for n in range(exchanges) if these.next(b"x") is not None]
    assert wrong == [n for n in range(exchanges) if after <= n < after + times]


@given(st.lists(st.sampled_from([b"\x00\xa4", b"\x00\xb0", b"\x00\xa4\x01"])))
def test_only_what_fits_counts(said: list[bytes]) -> None:
    second_select = Fault(What.DROP, after=1, beginning=b"\x00\xa4")
    these = faults(second_select, Fault(What.DELAY, containing=b"\x01", times=99))
    wrong = [fault and fault.what for fault in map(these.next, said)]
    selects = [n for n, octets in enumerate(said) if octets.startswith(b"\x00\xa4")]
    dropped = selects[1] if len(selects) > 1 else None
    assert wrong == [
        What.DROP if n == dropped else What.DELAY if b"\x01" in octets else None for n, octets in enumerate(said)
    ]


def test_one_thing_goes_wrong_at_a_time_and_the_next_waits() -> None:
    these = faults(Fault(What.DROP), Fault(What.DELAY))
    assert [fault and fault.what for fault in (these.next(b""), these.next(b""), these.next(b""))] == [
        What.DROP, What.DELAY, None
    ]  # fmt: skip
    these = faults(Fault(What.DROP, way=Way.REQUEST), Fault(What.DELAY))
    assert [fault and fault.what for fault in (these.next(b"", Way.ANSWER), these.next(b"", Way.ANSWER))] == [
        What.DELAY, None
    ]  # fmt: skip
    these.clear()
    assert these.next(b"", Way.REQUEST) is None


@given(st.binary(min_size=1, max_size=300), st.integers(0, 99))
def test_damage_is_damage_and_the_same_for_a_seed(octets: bytes, seed: int) -> None:
    for what in (What.TRUNCATE, What.CORRUPT):
        one, two = (faults(seed=seed).damaged(Fault(what), octets) for _ in range(2))
        assert one == two != octets
        if what is What.TRUNCATE:
            assert octets.startswith(one)
        else:
            assert sum(a != b for a, b in zip(one, octets, strict=True)) == 1
    assert faults().damaged(Fault(What.TRUNCATE, keep=3), octets) == octets[:3]
    assert faults().damaged(Fault(What.CORRUPT), b"") == b""


def test_what_does_not_go_together_is_told_in_so_many_words(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("name: x\nsteps:\n  - fault: {part: card, what: drop, containing: x, octets: '00'}\n")
    with pytest.raises(InvalidFile) as error:
        load_scenario(path)
    assert [str(mistake) for mistake in error.value.mistakes] == [
        f"{path}:3:12: give either 'containing' or 'octets'"
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"part": "push", "what": "lose"},
        {"part": "card", "what": "drop", "containing": "x", "octets": "00"},
        {"part": "device", "what": "drop"},
    ],
)
def test_what_cannot_go_wrong_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FaultStep.model_validate(wrong)
