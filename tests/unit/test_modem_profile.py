"""Profiles of modems: files read, families found, lists read from answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil import data
from hil.errors import InvalidFile, UsageError
from hil.modem.profile.files import (
    FAMILIES,
    FOLDER,
    STANDARD,
    load_family,
    load_profile,
    recognise,
    standard,
    write,
)
from hil.modem.profile.observed import Observed, values

PROFILES = data.names(FOLDER)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_written_as_it_stands_in_its_file(name: str) -> None:
    assert write(load_profile(name).observed) == data.find(FOLDER, name).read_text()


@pytest.mark.parametrize("name", PROFILES)
def test_a_family_is_known_by_what_its_modem_says(name: str) -> None:
    observed = load_profile(name).observed
    assert recognise(observed.manufacturer, observed.model) == observed.family
    others = [each for each in data.names(FAMILIES) if each != observed.family]
    assert not [each for each in others if load_family(each).matches(observed.manufacturer, observed.model)]


def test_every_family_has_a_profile() -> None:
    assert {load_profile(name).observed.family for name in PROFILES} == set(data.names(FAMILIES))


def test_an_unknown_modem_has_no_quirks() -> None:
    assert recognise("ACME", "Quectel-like") == STANDARD
    assert standard().family.indications is None


@pytest.mark.parametrize("name", PROFILES)
def test_what_a_profile_says_fits_together(name: str) -> None:
    observed = load_profile(name).observed
    assert len(values(observed.indications)) == 5
    for allowed, value in zip(
        values(observed.indications), (observed.indications_set or "").split(","), strict=True
    ):
        assert value in allowed
    lists = values(observed.memories)
    assert all(memory in allowed for memory, allowed in zip(observed.memories_set, lists, strict=True))
    assert set(observed.places) == set(observed.memories_set)
    assert observed.errors_set in values(observed.errors)[0]


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        (None, []),
        ("(0-2),(0,2)", [{"0", "1", "2"}, {"0", "2"}]),
        ("0,1", [{"0", "1"}]),
        ('("SM","ME"),("SM")', [{"SM", "ME"}, {"SM"}]),
        ("(2),(0-1,3),(0,2)", [{"2"}, {"0", "1", "3"}, {"0", "2"}]),
        ("()", [set()]),
        ("(0-99999)", [set()]),
        ("(5-3)", [set()]),
    ],
)
def test_lists_of_values(text: str | None, lists: list[set[str]]) -> None:
    assert values(text) == lists


@given(st.text(max_size=200))
def test_any_answer_gives_lists(text: str) -> None:
    assert sum(len(each) for each in values(text)) <= 1024 * (len(text) + 1)


def test_written_and_read_again(tmp_path: Path) -> None:
    odd = Observed(manufacturer="yes", model="0123", revision=": - '\"", information=("", "1_000"), echo=False)
    path = tmp_path / "odd.yaml"
    path.write_text(write(odd))
    assert load_profile(str(path)).observed == odd


def test_mistakes_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("manufacturer: x\nmodel: y\nrevision: z\nindication: (0)\n")
    with pytest.raises(InvalidFile, match="did you mean 'indications'"):
        load_profile(str(path))
    with pytest.raises(UsageError, match="no file 'quektel'") as refused:
        load_profile("quektel")
    assert refused.value.hint == "did you mean 'quectel'?"
