"""Scenario and rig files: what a wrong one says, and what a rig cannot do."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil import data
from hil.errors import CannotDo, InvalidFile, UsageError
from hil.fields import duration, show_duration
from hil.rig.load import load_rig
from hil.scenario.check import obstacles, refuse_obstacles
from hil.scenario.find import scenario_files
from hil.scenario.load import known_steps, load_scenario


def write(tmp_path: Path, text: str, name: str = "s.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        load_scenario(path)
    return [str(mistake).removeprefix(f"{path.parent}/") for mistake in caught.value.mistakes]


def test_every_mistake_of_a_scenario_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "name: broken\n"
        "devise: generic\n"
        "steps:\n"
        "  - wiat: 2 days\n"
        "  - wait: two days\n"
        "  - card.insert: {image: x, colour: red}\n"
        "  - server.notify: {ui_mode: loud}\n"
        "  - {a: 1, b: 2}\n",
    )
    notify = "'loud' is not one of not-specified, background, informative, user-interaction"
    assert refused(path) == [
        "s.yaml:2:1: 'devise' is no word here; did you mean 'device'?",
        "s.yaml:4:5: there is no step 'wiat'; did you mean 'wait'?",
        "s.yaml:5:11: 'two days' is no length of time; write it like '2 days', '1 h 30 min' or '500 ms'",
        "s.yaml:6:29: 'colour' is no word here",
        f"s.yaml:7:30: {notify}",
        "s.yaml:8:5: a step is one name with what it wants, such as 'wait: 2 days'",
    ]


@pytest.mark.parametrize("text", ["", "[a]", "\xe9"])
def test_a_file_that_is_no_scenario_says_so_in_plain_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(text.encode("latin-1"))
    (said,) = refused(path)
    assert "ScenarioHead" not in said
    assert "input should" not in said
    assert "UTF-8" in said or "'name:' and 'steps:'" in said


def test_an_empty_rig_says_what_a_rig_is(tmp_path: Path) -> None:
    path = write(tmp_path, "", "rig.yaml")
    with pytest.raises(InvalidFile, match=r"the file is empty; a rig file names .* 'server: builtin'"):
        load_rig(str(path))


TEXTS = ("0123", "0000", "no", "12:30:00", "001010123456789")


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_a_step_arrives_as_written(tmp_path: Path, text: str) -> None:
    add = f"add: {{uri: ./DMAcc/dm.example.com/Ext/Text, value: {text}}}"
    node = f"expect.node: {{uri: ./DMAcc/dm.example.com/Ext/Text, value: {text}}}"
    scenario = load_scenario(write(tmp_path, f"name: {text}\nsteps: [{{server.commands: [{add}]}}, {{{node}}}]\n"))
    assert scenario.name == text
    assert scenario.steps[0].model.commands[0].add.value == text  # type: ignore[attr-defined]
    assert scenario.steps[1].model.value == text  # type: ignore[attr-defined]


def test_text_fields_of_a_scenario_arrive_as_written(tmp_path: Path) -> None:
    path = write(
        tmp_path, "name: 0123\naccount: {client_secret: 0000, client_name: no}\nsteps: [device.power_on]\n"
    )
    scenario = load_scenario(path)
    assert scenario.name == "0123"
    assert (scenario.head.account.client_secret, scenario.head.account.client_name) == ("0000", "no")


@pytest.mark.parametrize("name", sorted(known_steps()))
def test_every_step_has_a_description_and_no_unnamed_need(name: str) -> None:
    kind = known_steps()[name]
    assert kind.name == name
    assert all("." in need for need in kind.model.needs)
    short = kind.model.short
    assert short is None or short in kind.model.model_fields


def test_a_real_rig_refuses_a_long_wait_before_it_starts(tmp_path: Path) -> None:
    rig = write(
        tmp_path,
        "server: builtin\ncard: {kind: pcsc}\nmodem: {kind: serial, port: /dev/ttyUSB9}\ndevice: simulated\n",
        "rig.yaml",
    )
    scenario = load_scenario(write(tmp_path, "name: x\nsteps: [{wait: 2 days}, {card.insert: operator-sim}]\n"))
    plan = load_rig(str(rig))
    found = obstacles(scenario, plan)
    assert len(found) == 2
    assert "waits 2 days, and time is real on this rig (because of its card and modem)" in found[0]
    assert "card.insert needs card.insert, which no part of rig.yaml has" in found[1]
    with pytest.raises(CannotDo, match="2 days"):
        refuse_obstacles(scenario, plan)
    assert obstacles(scenario, load_rig("virtual")) == []


def test_a_part_that_needs_what_no_other_part_has_is_a_mistake_of_the_rig(tmp_path: Path) -> None:
    lines = "server: builtin\ncard: virtual\nmodem: {kind: serial, port: /dev/ttyUSB9}\ndevice: simulated\n"
    with pytest.raises(InvalidFile, match=r"rig.yaml:5:1: the push of kind sms needs sms.deliver, which no other"):
        load_rig(str(write(tmp_path, lines + "push: sms\n", "rig.yaml")))
    plan = load_rig(str(write(tmp_path, lines, "rig.yaml")))
    assert "push" not in plan.parts
    scenario = load_scenario(write(tmp_path, "name: x\nsteps: [{server.notify: 7}]\n"))
    assert "needs push.deliver, which no part of rig.yaml has" in "".join(obstacles(scenario, plan))


def test_a_wrong_rig_names_every_mistake(tmp_path: Path) -> None:
    rig = write(tmp_path, "server: builtin\ncard: {kind: pcsk}\nmodm: virtual\npush: sms\n", "rig.yaml")
    with pytest.raises(InvalidFile) as caught:
        load_rig(str(rig))
    text = str(caught.value)
    assert re.search(r"rig.yaml:2:8: a card can be virtual, .*, not 'pcsk'; did you mean 'pcsc'\?", text)
    assert "rig.yaml:3:1: 'modm' is no role; did you mean 'modem'?" in text
    assert "the rig has no modem" in text
    assert "the rig has no device" in text


def test_a_name_that_is_no_file_says_what_there_is() -> None:
    with pytest.raises(UsageError) as caught:
        data.find("rigs", "virtul")
    assert caught.value.hint == "did you mean 'virtual'?"
    with pytest.raises(UsageError) as caught:
        scenario_files(["quikstart"])
    assert caught.value.hint == "did you mean 'quickstart'?"


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_a_duration_reads_back(length: timedelta) -> None:
    length = timedelta(seconds=int(length.total_seconds()))
    assert duration(show_duration(length)) == length


@pytest.mark.parametrize("text", ["", "5", "days", "5 parsecs", "-1 day", "2 days ago", "9" * 400 + " days"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError):
        duration(text)
