"""Which files the words after ``dmrig run`` and ``dmrig check`` mean, and what is said of those that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hil import data
from hil.cli import check, run
from hil.errors import ExitCode, InvalidFile, UsageError
from hil.rig.load import load_rig
from hil.scenario.check import untried
from hil.scenario.find import scenario_files, shipped, titles
from hil.scenario.foreign import OTHERS, looks_like
from hil.scenario.load import load_scenario

SCENARIO = "name: x\nsteps: [{wait: 1 s}]\n"
RIG = "server: builtin\ncard: virtual\nmodem: virtual\npush: sms\ndevice: simulated\n"

KINDS = {
    "cards": "card image",
    "devices": "device model",
    "servers": "server file",
    "standards": "standards file",
    "profile": "client profile",
    "rigs": "rig file",
}
"""Folders of fixtures: what is in them."""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def refused(*words: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        scenario_files(words)
    return caught.value


@pytest.mark.parametrize("folder", KINDS)
def test_every_other_file_of_ours_is_recognised(folder: str) -> None:
    # What is shown in part is a list for the pages alone: nobody takes it for a scenario.
    names = [name for name in data.names(folder) if (folder, name) != ("profile", "partial")]
    paths = [data.fixtures(folder) / f"{name}.yaml" for name in names]
    assert {looks_like(path) for path in paths} == {KINDS[folder]}
    assert set(KINDS.values()) == set(OTHERS)
    with pytest.raises(InvalidFile) as caught:
        scenario_files([str(path) for path in paths])
    assert len(caught.value.mistakes) == len(paths)
    assert all(f"this looks like a {KINDS[folder]}, not a scen" in str(each) for each in caught.value.mistakes)


def test_no_scenario_is_taken_for_something_else() -> None:
    assert {looks_like(path) for path in shipped().values()} == {None}


@pytest.mark.parametrize(
    "text", ["name: x\ndevice: generic\naccount: {}\n", "nmae: x\nstpes: []\n", "[a]", "", "a: [", "name: x"]
)
def test_a_scenario_with_mistakes_is_left_to_who_reads_it(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"s.yaml": text})
    assert scenario_files([str(tmp_path / "s.yaml")]) == [tmp_path / "s.yaml"]


def test_a_folder_gives_its_scenarios_and_says_what_it_passes_over(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.yaml": SCENARIO,
            "c.yml": SCENARIO,
            "deep/a.yaml": "name: x\nstpes: []\n",
            "rig.yaml": RIG,
            "cards/bare.yaml": "iccid: '894'\nimsi: '001'\n",
            "compose.yaml": "services: {}\n",
            ".hidden.yaml": SCENARIO,
            ".github/workflows/ci.yaml": SCENARIO,
            "deep/.venv/x.yaml": SCENARIO,
        },
    )
    notes: list[str] = []
    found = scenario_files([str(tmp_path)], notes.append)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["b.yaml", "c.yml", "deep/a.yaml"]
    (note,) = notes
    assert "3 files that are no scenarios" in note
    assert "rig.yaml (rig file)" in note
    assert "bare.yaml (card image)" in note
    assert "compose.yaml (nothing of dmrig's)" in note
    assert "\n" not in note


def test_a_folder_of_yml_alone_is_one_of_scenarios(tmp_path: Path) -> None:
    write(tmp_path, {"s.yml": SCENARIO, "rig.yml": RIG})
    notes: list[str] = []
    assert scenario_files([str(tmp_path)], notes.append) == [tmp_path / "s.yml"]
    assert "rig.yml (rig file)" in notes[0]


def test_a_folder_named_like_a_file_is_none(tmp_path: Path) -> None:
    write(tmp_path, {"old.yaml/s.yaml": SCENARIO})
    assert scenario_files([str(tmp_path)]) == [tmp_path / "old.yaml" / "s.yaml"]


def test_many_files_that_are_passed_over_are_counted(tmp_path: Path) -> None:
    write(tmp_path, {"s.yaml": SCENARIO} | {f"{number:02}.yaml": RIG for number in range(20)})
    notes: list[str] = []
    scenario_files([str(tmp_path)], notes.append)
    assert notes[0].count("rig file") == 4
    assert notes[0].endswith("and 16 more")


def test_a_hidden_folder_that_is_named_is_looked_into(tmp_path: Path) -> None:
    write(tmp_path, {".mine/s.yaml": SCENARIO})
    assert scenario_files([str(tmp_path / ".mine")]) == [tmp_path / ".mine" / "s.yaml"]


def test_a_folder_without_scenarios_says_what_is_in_it(tmp_path: Path) -> None:
    assert "there is no scenario (*.yaml, *.yml)" in str(refused(str(tmp_path)))
    write(tmp_path, {"rig.yaml": RIG})
    assert str(refused(str(tmp_path))).endswith("rig.yaml (rig file)")


@pytest.mark.parametrize("word", ["nosuch.yaml", "a/nosuch.yaml", "/nowhere/at/all.yml"])
def test_a_missing_file_is_called_a_file(word: str) -> None:
    assert str(refused(word)) == f"no such file: {word!r}"


def test_the_nearest_file_or_name_is_offered(tmp_path: Path) -> None:
    write(tmp_path, {"morning.yaml": SCENARIO})
    assert refused(str(tmp_path / "mornin.yaml")).hint == f"did you mean {str(tmp_path / 'morning.yaml')!r}?"
    assert refused("quikstart.yaml").hint == "did you mean 'quickstart'?"
    assert refused(str(tmp_path / "15.yaml")).hint != f"did you mean {str(tmp_path / 'morning.yaml')!r}?"
    assert refused(str(tmp_path / "morning.yml")).hint == f"did you mean {str(tmp_path / 'morning.yaml')!r}?"
    error = refused("session/drp")
    assert "no scenario of that name comes with dmrig" in str(error)
    assert error.hint == "did you mean 'session/drop'?"


def test_shipped_names_stand_one_on_a_line() -> None:
    error = refused("zzzzzz")
    assert str(error) == "there is no scenario 'zzzzzz'"
    first, *names = (error.hint or "").splitlines()
    assert "dmrig run --list" in first
    assert [name.strip() for name in names] == list(shipped())


def test_the_list_has_every_name_with_its_title() -> None:
    ran = CliRunner().invoke(run.command, ["--list"], standalone_mode=False)
    assert ran.exit_code == 0
    lines = ran.output.splitlines()
    assert [line.split()[0] for line in lines] == list(titles())
    assert "A bare SIM becomes a managed device" in ran.output
    assert all(scenario_files([name]) for name in titles())
    assert all(titles().values())


def test_a_shipped_scenario_begins_with_what_it_is_about() -> None:
    texts = {name: path.read_text() for name, path in shipped().items()}
    heads = {name: text.partition("\nsteps:")[0] for name, text in texts.items()}
    assert [name for name, head in heads.items() if not head.startswith("# ") and "\nabout: " not in head] == []


def test_a_run_of_nothing_says_how_to_find_something() -> None:
    ran = CliRunner().invoke(run.command, [])
    assert ran.exit_code == ExitCode.USAGE
    assert "dmrig run --list" in ran.output


# What a check promises


def test_a_check_tells_github_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path,
        {
            "rig.yaml": RIG.replace("push: sms\n", ""),
            "good.yaml": SCENARIO,
            "bad.yaml": "name: x\nsteps: [{wait: long}]\n",
            "far.yaml": "name: x\nsteps:\n  - server.notify: 7\n",
            "card.yaml": "iccid: '894'\nimsi: '001'\n",
        },
    )

    def told(*names: str) -> list[str]:
        ran = CliRunner().invoke(check.command, ["--rig", "rig.yaml", *names], standalone_mode=False)
        return [line for line in ran.output.splitlines() if line.startswith("::")]

    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert told("bad.yaml", "far.yaml") == []
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    bad, far = told("good.yaml", "bad.yaml", "far.yaml")
    assert bad.startswith("::error file=bad.yaml,line=2,col=16,title=dmrig::")
    assert far.startswith("::error file=far.yaml,line=3,col=5,title=dmrig::server.notify needs push.")
    (card,) = told("card.yaml")
    assert card.startswith("::error file=card.yaml,line=1,col=1,title=dmrig::this looks like a card image")
    assert told("good.yaml") == []


@pytest.mark.parametrize(
    ("change", "tried"),
    [
        ({}, True),
        ({"modem: virtual": "modem: virtual-serial"}, False),
        ({"modem: virtual": "modem: {kind: serial, port: /dev/ttyUSB9}", "push: sms\n": ""}, False),
        ({"card: virtual": "card: pcsc"}, False),
        ({"server: builtin": "server: {kind: url, url: 'http://192.0.2.1/dm'}"}, False),
    ],
)
def test_a_check_says_that_it_did_not_try_real_parts(change: dict[str, str], tried: bool, tmp_path: Path) -> None:
    text = RIG
    for before, after in change.items():
        text = text.replace(before, after)
    write(tmp_path, {"rig.yaml": text, "s.yaml": SCENARIO})
    rig = load_rig(str(tmp_path / "rig.yaml"))
    scenario = load_scenario(shipped()["quickstart"])
    assert untried(scenario, rig) == ("" if tried else " (the rig's parts were not tried)")
    arguments = ["--rig", str(tmp_path / "rig.yaml"), str(tmp_path / "s.yaml")]
    ran = CliRunner().invoke(check.command, arguments, standalone_mode=False)
    assert ran.return_value == ExitCode.PASSED
    assert ran.output.endswith(
        "1 step, can be run on rig\n" if tried else "on rig (the rig's parts were not tried)\n"
    )
