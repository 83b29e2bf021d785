"""The table of the client profile, and scenarios that name its features."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.errors import InvalidFile
from hil.profile import client_profile, in_part
from hil.scenario.load import load_scenario


def test_the_table_has_all_rows_with_their_places() -> None:
    profile = client_profile()
    assert len(profile.features) == 148
    assert {name: len(each.features) for name, each in profile.specifications.items()} == {
        "PRO": 24, "REP": 47, "SEC": 12, "TND": 9, "TNDS": 2, "OBJ": 4, "BOOT": 13, "META": 6, "NOTI": 9,
        "REPORT": 6, "HTTP": 12, "PUSH": 4,
    }  # fmt: skip
    for name, specification in profile.specifications.items():
        ids = [f"{name}-{number:02}" for number in range(1, len(specification.features) + 1)]
        assert list(specification.features) == ids
    assert all(row.section and row.feature for row in profile.features.values())
    assert profile.features["BOOT-12"].only_with == "smartcard"
    assert profile.features["NOTI-07"].section == "6.4.10"


def test_what_is_shown_in_part_says_what_is_lacking() -> None:
    assert set(in_part()) <= set(client_profile().features)
    assert "WTLS" in in_part()["PUSH-02"]
    page = (Path(__file__).parents[2] / "docs" / "profile.md").read_text()
    (row,) = (line for line in page.splitlines() if line.startswith("| PUSH-02 "))
    assert "**in part**: There is no WTLS" in row
    assert "`notification/secure-port`" in row


def test_a_feature_that_is_none_is_a_mistake_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("name: x\nfeatures: [NOTI-03, NOTI-3,\n  TND-99]\nsteps: [device.power_on]\n")
    with pytest.raises(InvalidFile) as error:
        load_scenario(path)
    first, second = error.value.mistakes
    assert (first.line, first.column, first.nearest) == (2, 21, "NOTI-03")
    assert "no feature 'NOTI-3'" in first.message
    assert (second.line, second.column) == (3, 3)
