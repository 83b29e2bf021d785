"""What an editor is told about dmrig's files: every file of ours is right by it, and mistakes are found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from hil import data
from hil.cli import schema as command
from hil.cli.main import run
from hil.scenario.foreign import INCLUDED, looks_like
from hil.schema import KINDS, schema

FOLDERS = {"rigs": "rig", "cards": "card", "devices": "device", "servers": "server", "standards": "standards"}
FILES = [
    ("include" if looks_like(path) == INCLUDED else "scenario", path) for path in data.scenarios().rglob("*.yaml")
]
FILES += [(kind, path) for folder, kind in FOLDERS.items() for path in data.fixtures(folder).glob("*.yaml")]
VALIDATORS = {kind: Draft202012Validator(schema(kind)) for kind in KINDS}


class Editor(yaml.CSafeLoader):
    """What an editor makes of a file: numbers and truth, as in YAML 1.2; no dates."""


Editor.yaml_implicit_resolvers = {
    letter: [(tag, found) for tag, found in resolvers if not tag.endswith(("timestamp", "bool", "int"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def mistakes(kind: str, text: str, loader: Any = Editor) -> list[str]:
    found = yaml.load(text, Loader=loader)
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATORS[kind].iter_errors(found)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))
    assert kind in command.KINDS


@pytest.mark.parametrize("loader", [Editor, yaml.CBaseLoader])
def test_every_file_of_ours_is_right(loader: Any) -> None:
    wrong = {}
    for kind, path in FILES:
        text = path.read_text()
        found = mistakes(kind, text, loader)
        if found:
            wrong[str(path)] = found
    assert not wrong, "\n".join(f"{path}: {found[0]}" for path, found in wrong.items())
    assert len(FILES) > 100


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("scenario", "steps: [device.power_on]"),
        ("scenario", "name: x"),
        ("scenario", "name: x\nsteps: []"),
        ("scenario", "name: x\ndevise: y\nsteps: [device.power_on]"),
        ("scenario", "name: x\nsteps: [device.power_onn]"),
        ("scenario", "name: x\nsteps: [{wiat: 2 days}]"),
        ("scenario", "name: x\nsteps: [{wait: soon}]"),
        ("scenario", "name: x\nsteps: [{wait: 2 dayz}]"),
        ("scenario", "name: x\nsteps: [{wait: 1 h 30}]"),
        ("scenario", "name: x\nsteps: [{wait: 2 s, tiemout: 3 s}]"),
        ("scenario", "name: x\nsteps: [{wait: 2 s, retry: often}]"),
        ("scenario", "name: x\nsteps: [{server.notify: {ui_mode: loud}}]"),
        ("scenario", "name: x\nsteps: [{expect.node: {uri: ./A, colour: red}}]"),
        ("scenario", "name: x\nsteps: [{expect.node: {value: red}}]"),
        ("scenario", "name: x\nsteps: [{phase: A, steps: [{phase: B, steps: [{wiat: 1 s}]}]}]"),
        ("scenario", "name: x\nsteps: [{fault: {part: card, what: explode}}]"),
        ("scenario", "name: x\nsteps: [{server.commands: [{gte: ./A}]}]"),
        ("include", "name: x\nsteps: [device.power_on]"),
        ("rig", "server: builtin"),
        ("rig", "server: bultin\ncard: virtual\nmodem: virtual\ndevice: simulated"),
        ("rig", "server: builtin\ncard: {kind: virtual, colour: red}\nmodem: virtual\ndevice: simulated"),
        ("card", "icccid: '89'"),
        ("device", "modell: x"),
        ("server", "acounts: []"),
    ],
)
def test_mistakes_are_found(kind: str, text: str) -> None:
    assert mistakes(kind, text)


def test_what_a_person_may_write_is_right() -> None:
    text = (
        "name: 0123\nvars: {n: 3, codes: [200]}\nmatrix: {auth: [DIGEST, BASIC], exclude: [{auth: BASIC}]}\n"
        "timeout: 1.5 Hours, 30min 2s 500 ms\naccount: {auth: '${auth}'}\n"
        "steps:\n"
        "  - device.power_on\n"
        "  - device.power_off:\n"
        "  - expect.status: {command: Get, status: '${codes}'}\n"
        "  - expect.node: {uri: ./A, value: 0123, present: yes}\n"
        "    retry: {times: '${n}', every: 1 s}\n"
        "  - include: other.yaml\n"
        "    with: {n: 3}\n"
        "finally: [{steps: [card.remove], timeout: 3 s}]\n"
    )
    assert mistakes("scenario", text) == []
    assert mistakes("scenario", text.replace("power_off:", "power_off: {}"), yaml.CBaseLoader) == []


def test_an_editor_is_told_what_words_mean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["properties"]["patience"]["description"].startswith("How long an expectation waits")
    entry = shown["$defs"]["Entry"]["anyOf"][1]["properties"]
    assert entry["wait"]["description"].startswith("Let the scenario's time pass")
    assert entry["retry"]["description"].startswith("An expectation in it that does not hold")


def test_an_unknown_kind_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "sceanrio"]) == 2
    assert Path("sceanrio").name in capsys.readouterr().err


def test_an_editor_offers_the_names_that_come_with_dmrig() -> None:
    whole = schema("scenario")

    def offered(of: Any) -> set[object]:
        choices = of.get("anyOf", [])
        return {word for choice in choices for word in choice.get("enum", [])}.union(*map(offered, choices))

    image = whole["$defs"]["CardInsert"]["properties"]["image"]
    assert offered(image) == set(data.names("cards"))
    assert offered(whole["properties"]["device"]) >= {"generic"}
    (features,) = [each["items"] for each in whole["properties"]["features"]["anyOf"] if "items" in each]
    assert "NOTI-06" in offered(features)
    # What is offered is not all that may be said.
    assert not mistakes("scenario", "name: x\ndevice: mine.yaml\nsteps: [{card.insert: my-sim.yaml}]\n")
