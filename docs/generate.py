"""Writes the pages of these docs that say what the code says: state machines, steps, features that are shown.

A test holds them equal.

python docs/generate.py
"""

from __future__ import annotations

import ast
import collections.abc
import dataclasses
import inspect
import itertools
import sys
import textwrap
import types
import typing
from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pydantic import BaseModel  # noqa: E402

from hil import data, objects  # noqa: E402
from hil.card.image import CardImage  # noqa: E402
from hil.device.model import DeviceModel  # noqa: E402
from hil.device.recipe import ObjectPlace  # noqa: E402
from hil.fielddocs import field_docs  # noqa: E402
from hil.fields import show_duration  # noqa: E402
from hil.modem.profile.files import FAMILIES, load_family  # noqa: E402
from hil.modem.profile.observed import Observed  # noqa: E402
from hil.modem.profile.told import Family, Told  # noqa: E402
from hil.part import OPTIONAL, ROLES, kinds_of  # noqa: E402
from hil.profile import client_profile, in_part  # noqa: E402
from hil.rig import kinds  # noqa: E402
from hil.scenario.find import shipped  # noqa: E402
from hil.scenario.load import expand  # noqa: E402
from hil.scenario.model import (  # noqa: E402
    BlockWords,
    IncludedFile,
    IncludeWords,
    ScenarioHead,
    StepModifiers,
)
from hil.scenario.registry import own_steps  # noqa: E402
from hil.scenario.step import StepModel  # noqa: E402
from hil.server import transitions as server  # noqa: E402
from simulator.session import transitions as client  # noqa: E402

Edge = tuple[str, str, str, str]
"""From, to, what happens, what is done."""


def client_edges() -> Iterable[Edge]:
    for state, row in client.TRANSITIONS.items():
        for what, (then, action) in row.items():
            if action is not client.Action.MISUSE:
                yield state.name, then.name, what.name, action.name


def server_edges() -> Iterable[Edge]:
    for state, row in server.TRANSITIONS.items():
        for heard, (say, then, _) in row.items():
            yield state.name, then.name, heard.name, say.name


def diagram(edges: Iterable[Edge], first: str, last: str) -> str:
    """One arrow for each pair of states, labelled with all that leads along it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for origin, target, what, does in edges:
        if origin != last:
            arrows.setdefault((origin, target), []).append(f"{what.lower()} / {does.lower()}")
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {a} --> {b}: {'<br/>'.join(labels)}" for (a, b), labels in arrows.items()]
    return "\n".join([*lines, f"    {last} --> [*]"])


def state_machines() -> str:
    return f"""# State machines

Made by `docs/generate.py` from the tables that the engines run on; a label says *what happens / what is done*.
What a caller may not do at all is left out.

## The device's session

`simulator/session/transitions.py` says what each word means.

```mermaid
{diagram(client_edges(), "IDLE", "ENDED")}
```

## The server's session

`hil/server/transitions.py` says what each word means.

```mermaid
{diagram(server_edges(), "NEW", "ENDED")}
```
"""


def shown_type(annotation: Any) -> str:
    """A field's type as a person says it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return shown_type(arguments[0])
    if origin is typing.Literal:
        return " or ".join(f"`{each}`" for each in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(shown_type(each) for each in arguments if each is not type(None))
    if origin in (list, tuple):
        return f"list of {shown_type(arguments[0])}"
    if origin in (dict, collections.abc.Mapping):
        return "mapping"
    if isinstance(annotation, type) and issubclass(annotation, Enum) and not docs_of_words(annotation):
        return " or ".join(f"`{each.value}`" for each in annotation)
    names = {
        "Path": "file",
        "str": "text",
        "int": "number",
        "bool": "yes or no",
        "timedelta": "time",
        "bytes": "hex",
        "Any": "entries",
    }
    name = getattr(annotation, "__name__", str(annotation))
    return names.get(name, name)


def docs_of_words(words: type[Enum]) -> dict[str, str]:
    """What stands below the words of an enumeration in its source, by word."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(words))).body
    found: dict[str, str] = {}
    for one, following in itertools.pairwise(typing.cast(ast.ClassDef, body).body):
        match one, following:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                found[words[name].value] = " ".join(text.split())
    return found


def words_of(words: type[Enum]) -> list[str]:
    docs = docs_of_words(words)
    return ["| word | |", "|---|---|", *(f"| `{each.value}` | {docs.get(each.value, '')} |" for each in words)]


def fields(model: type[BaseModel]) -> list[str]:
    docs = field_docs(model)
    rows = []
    for name, field in model.model_fields.items():
        default = "needed" if field.is_required() else shown_default(field.get_default(call_default_factory=True))
        takes = shown_type(field.annotation)
        rows.append(f"| `{field.alias or name}` | {takes} | {default} | {docs.get(name, '')} |")
    return ["| field | takes | default | |", "|---|---|---|---|", *rows] if rows else []


def settings(cls: type[Any]) -> list[str]:
    """The same for a plain dataclass, and for those that it holds."""
    docs, hints = field_docs(cls), typing.get_type_hints(cls)
    rows = ["| field | takes | default | |", "|---|---|---|---|"]
    inner: list[type[Any]] = []
    for field in dataclasses.fields(cls):
        default = shown_default(field.default) if field.default is not dataclasses.MISSING else ""
        rows.append(
            f"| `{field.name}` | {shown_type(hints[field.name])} | {default} | {docs.get(field.name, '')} |"
        )
        inner += [each for each in typing.get_args(hints[field.name]) if dataclasses.is_dataclass(each)]
    for each in inner:
        rows += ["", f"Each {each.__name__}:", "", *settings(each)]
    return rows


def devices() -> str:
    lines = [
        "# Device models",
        "",
        "Made by `docs/generate.py` from the models that read the files.",
        "",
        "A device model is a YAML file, beside a scenario or in `fixtures/devices`; a scenario names it:",
        "`device: lamp`. Everything has a default, so that a file says only what is special. With `ddf` the tree",
        "follows a maker's device description; with `nodes` it has nodes of its own, which may come late or",
        "change by themselves; with `objects` it has Management Objects that do something.",
        "",
        *fields(DeviceModel),
    ]
    for part in parts_of(DeviceModel):
        lines += ["", f"## {part.__name__}", "", *([doc(part), ""] if doc(part) else []), *fields(part)]
    lines += [
        "",
        "# Objects",
        "",
        "Each can be told where it stands, and by whom it can be used:",
        "",
        *fields(ObjectPlace),
        "",
        "Another Python package brings an object of its own with an entry point in the group `dmrig.objects`: a",
        "class derived from `simulator.behaviour.objects.ManagedObject`, which says what there is to know.",
    ]
    for name in sorted(objects.OWN):
        cls = objects.load(name)
        lines += ["", f"## {name}", "", f"{doc(cls)} `{cls.kind.identifier}`", "", *settings(cls.Settings)]
        events = ", ".join(f"`device.event: {event}`" for event in sorted(cls().names))
        lines += ["", f"What can happen to it: {events}."] if events else []
    return "\n".join(lines) + "\n"


def card_images() -> str:
    lines = [
        "# Card images",
        "",
        "Made by `docs/generate.py` from the models that read the files.",
        "",
        "A card image is a YAML file, beside a scenario or in `fixtures/cards`, and becomes a virtual card:",
        "`card.insert: operator-sim` in a scenario, `dmrig card read --image FILE` by hand. There are two",
        "ways to say what is on the card, and they can be combined.",
        "",
        "**In words.** `iccid`, `imsi`, `pin` and `bootstrap` say what the card is for; `layout` says how its",
        "issuer wrote that down where the standards leave a choice, and `faults` what is wrong with it:",
        "",
        *block(data.fixtures("cards") / "bootstrap-server-sim.yaml"),
        "",
        "**File by file.** `pins`, `applications` and `files` say what stands where, and who may read or",
        "change it. Hex may have blanks in it. EF(DIR) is made of the applications, and EF(ARR) of the access",
        "rules, unless the image gives them; what the FCP of a file tells is what the card enforces. What the",
        "words make is put on top, so that an image that describes a SIM gets a bootstrap with one more word:",
        "",
        *block(data.fixtures("cards") / "test-usim.yaml"),
        "",
        "Any text may contain variables, such as `${server.url}`, which get values when the card is inserted.",
        "",
        "## The image",
        "",
        *fields(CardImage),
    ]
    for part in parts_of(CardImage):
        lines += ["", f"## {part.__name__}", "", *([doc(part), ""] if doc(part) else []), *fields(part)]
    return "\n".join(lines) + "\n"


def block(path: Path) -> list[str]:
    return ["```yaml", *path.read_text().splitlines(), "```"]


def shown_default(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"`{show_duration(value)}`" if value else ""
    return f"`{value}`" if isinstance(value, str | int) and value not in ("", 0, False) else ""


def parts_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that fields of a model hold, and those that they hold."""
    found: list[type[BaseModel]] = []

    def look(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in found:
            found.append(annotation)
            for field in annotation.model_fields.values():
                look(field.annotation)
        for argument in typing.get_args(annotation):
            if not isinstance(argument, str | int):
                look(argument)

    for field in model.model_fields.values():
        look(field.annotation)
    return found


def enumerations_of(models: Iterable[type[BaseModel]]) -> list[type[Enum]]:
    """Those of the fields of models whose words are explained in their source."""
    found: list[type[Enum]] = []

    def look(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, Enum) and annotation not in found:
            found.extend([annotation] if docs_of_words(annotation) else [])
        for argument in typing.get_args(annotation):
            look(argument)

    for model in models:
        for field in model.model_fields.values():
            look(field.annotation)
    return found


def parts(inner: dict[str, type[BaseModel]], outer: Iterable[type[BaseModel]]) -> list[str]:
    """A section for each model and each enumeration that fields hold, by name."""
    sections: dict[str, list[str]] = {
        name: [*([doc(part), ""] if doc(part) else []), *fields(part)] for name, part in inner.items()
    }
    for each in enumerations_of([*outer, *inner.values()]):
        assert each.__name__ not in sections, f"two things are called {each.__name__}"
        sections[each.__name__] = [*([doc(each), ""] if doc(each) else []), *words_of(each)]
    return [line for name, lines in sorted(sections.items()) for line in ("", f"## {name}", "", *lines)]


def doc(model: type[Any]) -> str:
    own = model.__dict__.get("__doc__")
    return inspect.cleandoc(own) if own else ""


GROUPS: dict[str, type[BaseModel]] = {
    "Beside a step": StepModifiers,
    "A block": BlockWords,
    "An include": IncludeWords,
    "An included file": IncludedFile,
}


def step_examples() -> dict[str, list[str]]:
    """Of each step, how a scenario that comes with dmrig uses it: in few lines, and saying much."""
    best: dict[str, tuple[int, list[str]]] = {}
    for path in shipped().values():
        for step in expand(path)[0].steps:
            lines = source(step.place.path, step.place.line)
            said = len(step.model.model_fields_set) - 10 * max(0, len(lines) - 4)
            if step.kind.name not in best or said > best[step.kind.name][0]:
                best[step.kind.name] = (said, lines)
    return {name: lines for name, (_, lines) in best.items()}


def source(path: Path, line: int) -> list[str]:
    """The entry of a list that begins on a line, as it stands in its file."""
    first, *rest = path.read_text().splitlines()[line - 1 :]
    indent = len(first) - len(first.lstrip())
    found = [first[indent:]]
    for each in rest:
        if each.strip() and len(each) - len(each.lstrip()) <= indent:
            break
        found.append(each[indent:])
    while found and (not found[-1].strip() or found[-1].lstrip().startswith("#")):
        found.pop()
    return found


def steps() -> str:
    lines = [
        "# Scenarios and their steps",
        "",
        "Made by `docs/generate.py` from the models that read the files.",
        "",
        "A scenario is a YAML file. Text stays text: `0123`, `no` and `12:30:00` arrive as written. A time is",
        "written like `2 days`, `1 h 30 min` or `500 ms`. `dmrig check FILE` names every mistake with its line.",
        "",
        *fields(ScenarioHead),
        "",
        "A step is its name with what it wants: `wait: 2 days`, `card.insert: {image: operator-sim}`, or the name",
        "alone. Where a step has a *short form*, a single value fills that field. The examples are from the",
        "scenarios that come with dmrig, which the tests play. [scenarios.md](scenarios.md) leads through the",
        "language.",
    ]
    for title, part in GROUPS.items():
        lines += ["", f"## {title}", "", doc(part), "", *fields(part)]
    examples = step_examples()
    everything: list[type[BaseModel]] = [ScenarioHead]
    for name, kind in sorted(own_steps().items()):
        everything.append(kind.model)
        model: type[StepModel] = kind.model
        lines += ["", f"## {name}", ""]
        text = doc(model)
        assert text, f"the step {name} needs a docstring"
        lines += [text, ""]
        lines += ["```yaml", *examples[name], "```", ""] if name in examples else []
        if model.short:
            lines += [f"Short form: `{name}: <{model.short}>`.", ""]
        if model.needs:
            lines += [f"Needs: {', '.join(f'`{need}`' for need in sorted(model.needs))}.", ""]
        if model.may_need:
            needs = ", ".join(f"`{need}`" for need in sorted(model.may_need))
            lines += [f"Needs, as the case may be: {needs}.", ""]
        lines += fields(model)
    everything += GROUPS.values()
    inner = {part.__name__: part for model in everything for part in parts_of(model)}
    lines += ["", "# What fields hold", *parts(inner, everything)]
    return "\n".join(lines).rstrip() + "\n"


def rig_parts() -> str:
    """Every kind of part that a rig file may name: what may be said about it, and what it can do."""
    lines = [
        "# What may stand in a rig file",
        "",
        "Made by `docs/generate.py` from the models that read the files. A rig names a kind for each role, as",
        '`card: virtual` or `card: {kind: pcsc, reader: "Gemalto*"}`, and may say what it is `about`.',
        f"{' and '.join(f'`{role}`' for role in ROLES if role in OPTIONAL)} may be left out.",
        "[rigs.md](rigs.md) says how rigs are made and shared.",
    ]
    inner: dict[str, type[BaseModel]] = {}
    outer: list[type[BaseModel]] = []
    for role in ROLES:
        for kind in kinds.kinds(role):
            kinds.load(role, kind)
            cls = kinds_of(role)[kind]
            can = sorted(cls.capabilities)
            lines += ["", f"## {role}: {kind}", "", " ".join(inspect.getdoc(cls).split()), ""]
            lines += [f"Can: {', '.join(f'`{each}`' for each in can)}.", ""] if can else []
            if cls.requires:
                lines += [f"Needs of other parts: {', '.join(f'`{each}`' for each in sorted(cls.requires))}.", ""]
            lines += [] if cls.jumps else ["Time is real on a rig with it.", ""]
            lines += fields(cls.Settings)
            inner |= {part.__name__: part for part in parts_of(cls.Settings)}
            outer.append(cls.Settings)
    lines += ["", "# What fields hold", *parts(inner, outer)]
    return "\n".join(lines).rstrip() + "\n"


def shown_by_scenarios() -> dict[str, list[str]]:
    """Scenarios that say that they show a feature, by its id."""
    found: dict[str, list[str]] = {}
    for name, path in shipped().items():
        for id_ in expand(path)[0].head.features:
            found.setdefault(id_, []).append(name)
    return found


def shown_by_tests() -> dict[str, list[str]]:
    """Test files with a ``pytest.mark.shows(...)`` that names a feature, by its id."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.shows":
                for argument in node.args:
                    files = found.setdefault(ast.literal_eval(argument), [])
                    if path.stem not in files:
                        files.append(path.stem)
    return found


def profile() -> str:
    table, scenarios, tests = client_profile(), shown_by_scenarios(), shown_by_tests()
    partial = in_part()
    unknown = {*scenarios, *tests, *partial} - set(table.features)
    assert not unknown, f"the client profile has no {', '.join(sorted(unknown))}"
    shown = [id_ for id_ in table.features if id_ in scenarios or id_ in tests]
    assert set(partial) <= set(shown), "what is shown in part is shown by something"
    whole = [id_ for id_ in shown if id_ not in partial]
    by_scenario = [id_ for id_ in whole if id_ in scenarios]
    lines = [
        "# The client profile, feature by feature",
        "",
        "Made by `docs/generate.py` from `fixtures/profile/client-1.0.yaml`, from what each scenario says in",
        "`features:`, and from the tests' marks (`pytest.mark.shows`). A scenario shows a feature when it would",
        "fail without it; a test is named where no scenario can look, or not as closely.",
        "",
        f"Of {len(table.features)} features, {len(whole)} are shown, {len(by_scenario)} of them by scenarios;",
        f"{len(partial)} more in part (`fixtures/profile/partial.yaml` says what is lacking).",
    ]
    for name, specification in table.specifications.items():
        lines += [
            "",
            f"## {name}: {specification.title}",
            "",
            "| id | in | feature | shown by |",
            "|---|---|---|---|",
        ]
        for id_, row in specification.features.items():
            where = [f"`{each}`" for each in scenarios.get(id_, [])]
            where += [f"test `{each}`" for each in tests.get(id_, [])]
            condition = f" (with a {row.only_with})" if row.only_with else ""
            shown_by = ", ".join(where) or "**not yet**"
            if id_ in partial:
                shown_by = f"**in part**: {' '.join(partial[id_].split())} {shown_by}"
            lines.append(f"| {id_} | {row.section} | {row.feature}{condition} | {shown_by} |")
    return "\n".join(lines) + "\n"


def modem_profiles() -> str:
    """What a modem's profile holds, and what is told of each family of modems, by whom."""
    lines = [
        "# Profiles of modems",
        "",
        "Made by `docs/generate.py` from the models that read the files, and from the files of `fixtures/modems`.",
        "",
        "A profile is what a modem answers when it is asked: `dmrig modem learn` writes one, the virtual modem",
        "gives the same answers. They are kept letter for letter, without their prefix (`+CNMI: `); a missing one",
        "says that the modem refuses the command. `${imei}`, `${imsi}` and `${iccid}` stand for numbers.",
        "",
        *fields(Observed),
        "",
        "# Families",
        "",
        "What cannot be asked for is told, for a family of modems: each with a `value` and the `source` that",
        "tells it. What is not said is as TS 27.005 and TS 27.007 have it.",
        "",
    ]
    docs = field_docs(Family)
    lines += [
        "| field | |",
        "|---|---|",
        *(f"| `{name}` | {docs.get(name, '')} |" for name in Family.model_fields),
    ]
    for name in data.names(FAMILIES):
        family = load_family(name)
        lines += [
            "",
            f"## {name}",
            "",
            f"{family.about}.",
            "",
            f"Its profile's answers: {family.answers_from}",
            "",
        ]
        told = {each: value for each in Family.model_fields if isinstance(value := getattr(family, each), Told)}
        if told or family.notes:
            lines += ["| quirk | value | source |", "|---|---|---|"]
        for field, each in told.items():
            values = each.value if isinstance(each.value, tuple) else (each.value,)
            value = ", ".join(f"`{line}`" for line in values) or "nothing"
            lines.append(f"| `{field}` | {escaped(value)} | {escaped(each.source)} |")
        lines += [f"| not played | {escaped(note.says)} | {escaped(note.source)} |" for note in family.notes]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """For a cell of a table."""
    return text.replace("|", "\\|")


PAGES = {
    ROOT / "docs" / "state-machines.md": state_machines,
    ROOT / "docs" / "steps.md": steps,
    ROOT / "docs" / "devices.md": devices,
    ROOT / "docs" / "card-images.md": card_images,
    ROOT / "docs" / "modem-profiles.md": modem_profiles,
    ROOT / "docs" / "profile.md": profile,
    ROOT / "docs" / "rig-parts.md": rig_parts,
}

if __name__ == "__main__":
    for path, page in PAGES.items():
        path.write_text(page())
