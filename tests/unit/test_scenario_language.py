"""Variables, includes, matrices and blocks of scenario files, and what is said of those that are wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.errors import InvalidFile, UsageError
from hil.scenario.load import Options, check_given, expand, load_scenario
from hil.scenario.matrix import Matrix
from hil.scenario.model import Block, Scenario
from hil.scenario.variables import Scope, fill, names_in

HEAD = "name: x\n"
BESIDE = "timeout, retry, not_before; did you mean 'timeout'?"


def write(tmp_path: Path, text: str, name: str = "s.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def read(tmp_path: Path, text: str, **variables: str) -> Scenario:
    return load_scenario(write(tmp_path, HEAD + text), Options(variables))


def refused(tmp_path: Path, text: str, **variables: str) -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        expand(write(tmp_path, HEAD + text), Options(variables))
    return [str(mistake).replace(f"{tmp_path}/", "") for mistake in caught.value.mistakes]


# -- variables

words = st.text(alphabet=st.sampled_from("abc${}. /"), max_size=12)
values = st.recursive(words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))
names = st.sampled_from(["a", "b", "c"])


def never(at: Any, name: str) -> Any:
    raise AssertionError(f"{name} at {at}")


@given(values)
def test_what_is_escaped_stays_as_it_was(value: Any) -> None:
    """`$${` stands for `${` in any text, whatever is around it."""

    def escaped(each: Any) -> Any:
        match each:
            case str():
                return re.sub(r"\$(?=\{[^{}]*\})", "$$", each)
            case list():
                return [escaped(one) for one in each]
            case _:
                return {name: escaped(one) for name, one in each.items()}

    if "$$" not in repr(value):  # a dollar in front of a variable escapes it
        assert fill(escaped(value), {}, never) == value


@given(st.lists(names | st.sampled_from(["-", "./", " "]), max_size=8), st.dictionaries(names, words))
def test_a_text_is_put_together_from_its_variables(pieces: list[str], variables: dict[str, str]) -> None:
    text = "".join(f"${{{piece}}}" if piece in variables else piece for piece in pieces)
    assert fill(text, variables, never) == "".join(variables.get(piece, piece) for piece in pieces)
    assert names_in(text) == {piece for piece in pieces if piece in variables}


@given(values)
def test_a_variable_alone_is_its_value_and_is_not_looked_into(value: Any) -> None:
    assert fill({"x": ["${v}"]}, {"v": value}, never) == {"x": [value]}


@given(values)
def test_names_without_a_value_are_told_each_in_its_place(value: Any) -> None:
    told: list[str] = []

    def unknown(at: Any, name: str) -> str:
        found: Any = value
        for part in at:
            found = found[part]
        assert f"{{{name}" in found.replace(" ", "") or name in found
        told.append(name)
        return ""

    fill(value, {}, unknown)
    assert set(told) == names_in(value)


def test_variables_have_defaults_and_may_use_those_above_them() -> None:
    scope = Scope({"root": "./A", "node": "${root}/B"})
    assert scope.values(never) == {"root": "./A", "node": "./A/B"}
    assert Scope({"root": "./A", "node": "${root}/B"}, {"root": "./C"}).values(never)["node"] == "./C/B"


def test_variables_stand_in_any_value(tmp_path: Path) -> None:
    scenario = read(
        tmp_path,
        "about: about ${node}\n"
        "vars: {node: ./A, codes: [200, 404], long: 2 days, n: 5}\n"
        "account: {server_id: '${node}'}\n"
        "steps:\n"
        "  - wait: ${long}\n"
        "  - expect.status: {command: Get, uri: '${node}/x', status: '${codes}'}\n"
        "  - server.notify: {padding: '${n}', session: '${n}'}\n"
        "    timeout: ${long}\n",
        n="7",
    )
    assert scenario.head.about == "about ./A"
    assert scenario.head.account.server_id == "./A"
    wait, status, notify = (step.model.model_dump() for step in scenario.steps)
    assert wait["duration"] == timedelta(days=2)
    assert (status["uri"], status["status"]) == ("./A/x", (200, 404))
    assert (notify["padding"], notify["session"]) == (7, 7)
    assert scenario.steps[2].modifiers.timeout == timedelta(days=2)
    assert scenario.given == {"n": "7"}


def test_variables_of_a_part_get_their_values_in_the_run(tmp_path: Path) -> None:
    scenario = read(
        tmp_path,
        "vars: {where: '${server.url}/x'}\n"
        "steps:\n"
        "  - expect.node: {uri: ./A, value: '${where} of ${account.server_id}, not $${x}'}\n"
        "  - wait: 1 s\n",
    )
    node, wait = scenario.steps
    assert wait.late is None
    assert node.late is not None
    model = node.late.model({"server.url": "http://s/${a}", "account.server_id": "S"})
    assert model.model_dump()["value"] == "http://s/${a}/x of S, not ${x}"
    with pytest.raises(InvalidFile, match=r"s.yaml:2:15: there is no variable \$\{server.url\}; did you mean"):
        node.late.model({"server.uri": "", "account.server_id": "S"})


def test_mistakes_in_variables(tmp_path: Path) -> None:
    assert refused(
        tmp_path,
        "vars:\n"
        "  node: ./A\n"
        "  9: x\n"
        "  list: [a]\n"
        "  imei:\n"
        "steps:\n"
        "  - expect.node: {uri: '${nod}', value: 'x${list}'}\n"
        "  - wait: ${node}\n",
    ) == ["s.yaml:4:3: '9' is no name for a variable: letters, digits, - and _ are expected"]
    assert refused(
        tmp_path,
        "vars:\n"
        "  node: ./A\n"
        "  list: [a]\n"
        "  imei:\n"
        "start: ${server.url}\n"
        "steps:\n"
        "  - expect.node: {uri: '${nod}', value: 'x${list}'}\n"
        "  - wait: ${node}\n"
        "  - expect.session: {server: '${account.serverid}', reason: '${server.whatever}'}\n",
    ) == [
        "s.yaml:5:3: 'imei' has no value of its own: give it one, --set imei=VALUE",
        "s.yaml:6:1: ${server.url} has its value only while the rig runs: steps may use it, this may not",
        "s.yaml:6:8: a date and time is expected, such as '2026-01-31T12:00:00Z' (here: '${server.url}')",
        "s.yaml:8:24: there is no variable ${nod}; did you mean '${node}'?",
        "s.yaml:8:41: ${list} cannot stand here: it is no text, or is declared further down",
        "s.yaml:9:11: './A' is no length of time; write it like '2 days', '1 h 30 min' or '500 ms'",
        "s.yaml:10:30: there is no variable ${account.serverid}; did you mean '${account.server_id}'?",
    ]


def test_a_variable_that_no_scenario_has_is_a_mistake_of_the_command(tmp_path: Path) -> None:
    scenario = read(tmp_path, "vars: {node: ./A}\nsteps: [device.power_on]\n", node="./B", other="x")
    assert scenario.given == {"node": "./B"}
    check_given(Options({"node": "./B"}), [scenario])
    with pytest.raises(UsageError, match="no scenario has a variable 'nod'") as caught:
        check_given(Options({"nod": "./B"}), [scenario])
    assert caught.value.hint == "did you mean 'node'?"


# -- matrices

MATRIX = (
    "matrix:\n"
    "  auth: [DIGEST, BASIC]\n"
    "  model: {small: plain, large: generic}\n"
    "  exclude: [{auth: BASIC, model: small}]\n"
    "device: ${model}\n"
    "account: {auth: '${auth}'}\n"
    "steps: [device.power_on]\n"
)


def test_a_matrix_makes_a_run_of_each_combination(tmp_path: Path) -> None:
    runs = expand(write(tmp_path, HEAD + MATRIX))
    assert [(run.name, run.stem) for run in runs] == [
        ("x [auth=DIGEST, model=small]", "s-DIGEST-small"),
        ("x [auth=DIGEST, model=large]", "s-DIGEST-large"),
        ("x [auth=BASIC, model=large]", "s-BASIC-large"),
    ]
    assert [(run.head.account.auth, run.head.device.model) for run in runs] == [
        ("DIGEST", "plain"), ("DIGEST", "generic"), ("BASIC", "generic")
    ]  # fmt: skip


def test_a_run_of_a_matrix_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + MATRIX)
    assert [run.variant for run in expand(path, Options({"auth": "BASIC"}))] == [
        {"auth": "BASIC", "model": "large"}
    ]
    with pytest.raises(UsageError, match="stands for 3 runs"):
        load_scenario(path)
    with pytest.raises(UsageError, match="auth is never 'BASI'") as caught:
        expand(path, Options({"auth": "BASI"}))
    assert caught.value.hint == "did you mean 'BASIC'?"
    with pytest.raises(UsageError, match="leaves this combination out: auth=BASIC, model=small"):
        expand(path, Options({"auth": "BASIC", "model": "small"}))


def test_mistakes_in_a_matrix(tmp_path: Path) -> None:
    assert refused(
        tmp_path,
        "matrix:\n"
        "  auth: [DIGEST, BASIC]\n"
        "  same: [a, a]\n"
        "  none: []\n"
        "  made: ['${auth}']\n"
        "  exclude: [{auht: BASIC}, {auth: BASC}, x]\n"
        "steps: [device.power_on]\n",
    ) == [
        "s.yaml:4:3: a list of different values is expected, or labels with the value that each stands for",
        "s.yaml:5:3: a list of different values is expected, or labels with the value that each stands for",
        "s.yaml:6:3: a matrix stands for itself: it cannot use ${auth}",
        "s.yaml:7:14: the matrix has no 'auht'; did you mean 'auth'?",
        "s.yaml:7:29: auth is never 'BASC'; did you mean 'BASIC'?",
        "s.yaml:7:42: combinations to leave out are expected, such as '- {auth: BASIC, encoding: xml}'",
    ]
    (said,) = refused(tmp_path, "matrix: {a: [x], exclude: {a: x}}\nsteps: [device.power_on]\n")
    assert said == "s.yaml:2:18: every combination is excluded"
    axis = "[" + ", ".join(map(str, range(40))) + "]"
    (said,) = refused(tmp_path, f"matrix: {{a: {axis}, b: {axis}}}\nsteps: [device.power_on]\n")
    assert said == "s.yaml:2:1: these are 1600 combinations; at most 1000 can be run"


labels = st.lists(st.sampled_from("uvwxyz"), min_size=1, max_size=4, unique=True)


@given(st.dictionaries(names, labels, min_size=1, max_size=3), st.data())
def test_combinations_are_all_and_each_once(axes: dict[str, list[str]], data: st.DataObject) -> None:
    whole = Matrix({name: {label: label for label in found} for name, found in axes.items()})
    everything = whole.combinations()
    count = 1
    for found in axes.values():
        count *= len(found)
    assert len(everything) == count == len({tuple(run.items()) for run in everything})
    assert all(run[name] in axes[name] for run in everything for name in axes)
    name = data.draw(st.sampled_from(sorted(axes)))
    label = data.draw(st.sampled_from(axes[name]))
    without = Matrix(whole.axes, ({name: label},)).combinations()
    assert without == [run for run in everything if run[name] != label]
    assert whole.combinations({name: label}) == [run for run in everything if run[name] == label]


# -- blocks and includes


def test_blocks_have_names_limits_and_cleanup(tmp_path: Path) -> None:
    scenario = read(
        tmp_path,
        "timeout: 1 hour\n"
        "steps:\n"
        "  - device.power_on\n"
        "  - phase: Contact\n"
        "    timeout: 5 min\n"
        "    retry: {times: 2, every: 10 s}\n"
        "    steps:\n"
        "      - wait: 1 s\n"
        "      - steps: [{wait: 2 s}]\n"
        "        retry: 3\n"
        "    finally: [device.power_off]\n"
        "finally: [card.remove]\n",
    )
    walked = [(step.kind.name, phases) for step, phases in scenario.body.walk()]
    assert walked == [
        ("device.power_on", ()), ("wait", ("Contact",)), ("wait", ("Contact",)),
        ("device.power_off", ("Contact",)), ("card.remove", ()),
    ]  # fmt: skip
    assert scenario.body.modifiers.timeout == timedelta(hours=1)
    phase = scenario.body.items[1]
    assert isinstance(phase, Block)
    assert phase.modifiers.retry is not None
    assert (phase.modifiers.retry.times, phase.modifiers.retry.every) == (2, timedelta(seconds=10))
    assert phase.modifiers.timeout == timedelta(minutes=5)
    inner = phase.items[1]
    assert inner.modifiers.retry is not None
    assert inner.modifiers.retry.times == 3


def test_mistakes_in_blocks(tmp_path: Path) -> None:
    assert refused(
        tmp_path,
        "steps:\n"
        "  - wait: 1 s\n"
        "    tiemout: 3 s\n"
        "  - wait: 1 s\n"
        "    retry: often\n"
        "  - phase: Contact\n"
        "  - phase: Contact\n"
        "    retyr: 3\n"
        "    steps: [{wiat: 1 s}]\n"
        "  - steps: []\n"
        "  - retry: 3\n"
        "finaly: []\n",
    ) == [
        "s.yaml:4:5: 'tiemout' is no word here: beside a step stand " + BESIDE,
        "s.yaml:6:12: a whole number is expected (here: 'often')",
        "s.yaml:7:5: 'steps' is missing here",
        "s.yaml:9:5: 'retyr' is no word here; did you mean 'retry'?",
        "s.yaml:10:14: there is no step 'wiat'; did you mean 'wait'?",
        "s.yaml:11:12: at least 1 entry is expected, and there is none",
        "s.yaml:12:5: a step is one name with what it wants, such as 'wait: 2 days'",
        "s.yaml:13:1: 'finaly' is no word here; did you mean 'finally'?",
    ]


def test_an_include_has_parameters(tmp_path: Path) -> None:
    write(
        tmp_path,
        "vars: {image: , long: 1 s, text: '${image} for ${long}'}\n"
        "steps:\n"
        "  - card.insert: ${image}\n"
        "  - expect.node: {uri: ./A, value: '${text} at ${server.url}'}\n"
        "finally: [{wait: '${long}'}]\n",
        "inc.yaml",
    )
    scenario = read(
        tmp_path,
        "vars: {card: operator-sim}\n"
        "steps:\n"
        "  - include: inc.yaml\n"
        "    with: {image: '${card}'}\n"
        "    phase: Card\n"
        "    timeout: 1 h\n"
        "  - include: inc.yaml\n"
        "    with: {image: bare-sim, long: '2 s'}\n",
    )
    walked = [(str(step), phases) for step, phases in scenario.body.walk()]
    assert walked == [
        ("card.insert: image operator-sim", ("Card",)),
        ("expect.node: uri ./A, value operator-sim for 1 s at ${server.url}", ("Card",)),
        ("wait: 1 s", ("Card",)),
        ("card.insert: image bare-sim", ()),
        ("expect.node: uri ./A, value bare-sim for 2 s at ${server.url}", ()),
        ("wait: 2 s", ()),
    ]
    place = str(scenario.steps[3].place).replace(f"{tmp_path}/", "")
    assert place == "inc.yaml:3:5 (included at s.yaml:8:5)"
    late = scenario.steps[4].late
    assert late is not None
    assert late.model({"server.url": "http://s"}).model_dump()["value"] == "bare-sim for 2 s at http://s"


def test_what_is_given_to_an_include_may_be_a_parts(tmp_path: Path) -> None:
    write(tmp_path, "vars: {url: }\nsteps: [{expect.node: {uri: ./A, value: '<${url}>'}}]\n", "inc.yaml")
    scenario = read(tmp_path, "steps: [{include: inc.yaml, with: {url: '${server.url}'}}]\n")
    late = scenario.steps[0].late
    assert late is not None
    assert late.model({"server.url": "http://s"}).model_dump()["value"] == "<http://s>"


def test_mistakes_in_includes_are_told_where_they_are(tmp_path: Path) -> None:
    write(tmp_path, "vars: {image: }\nsteps:\n  - wiat: 1 s\n  - wait: ${image}\n", "inc.yaml")
    write(tmp_path, "vars: {image: operator-sim}\nname: y\nsteps: [device.power_on]\n", "other.yaml")
    write(tmp_path, "steps: [\n", "broken.yaml")
    assert refused(
        tmp_path,
        "steps:\n"
        "  - include: inc.yaml\n"
        "    with: {image: soon}\n"
        "  - include: inc.yaml\n"
        "  - include: inc.yaml\n"
        "    with: {image: 1 s, imgae: 2 s}\n"
        "  - include: in.yaml\n"
        "  - include: other.yaml\n"
        "  - include: broken.yaml\n"
        "  - {include: inc.yaml, wiht: {}}\n",
    ) == [
        "s.yaml:5:5: inc.yaml needs a value for 'image': with: {image: ...}",
        "s.yaml:7:24: inc.yaml has no variable 'imgae'; did you mean 'image'?",
        "s.yaml:8:5: there is no file 'in.yaml' beside this one; did you mean 'inc.yaml'?",
        "s.yaml:11:25: 'wiht' is no word here; did you mean 'with'?",
        "broken.yaml:2:1: not YAML: did not find expected node content",
        "inc.yaml:3:5: there is no step 'wiat' (included at s.yaml:3:5); did you mean 'wait'?",
        "inc.yaml:3:5: there is no step 'wiat' (included at s.yaml:5:5); did you mean 'wait'?",
        "inc.yaml:3:5: there is no step 'wiat' (included at s.yaml:6:5); did you mean 'wait'?",
        (
            "inc.yaml:4:11: 'soon' is no length of time; write it like '2 days', '1 h 30 min' or '500 ms' "
            "(included at s.yaml:3:5)"
        ),
        "other.yaml:2:1: 'name' is no word here",
    ]


def test_includes_have_an_end(tmp_path: Path) -> None:
    write(tmp_path, "steps: [{include: b.yaml}]\n", "a.yaml")
    write(tmp_path, "steps: [{include: a.yaml}]\n", "b.yaml")
    (said,) = refused(tmp_path, "steps: [{include: a.yaml}]\n")
    assert said.startswith("b.yaml:1:10: 'a.yaml' includes itself (included at a.yaml:1:10")
    (said,) = refused(tmp_path, "steps: [{include: ./s.yaml}]\n")
    assert "includes itself" in said
    for number in range(8):
        twice = f"{{include: f{number}.yaml}}, " * 6
        write(tmp_path, f"steps: [{twice}]\n", f"f{number + 1}.yaml")
    write(tmp_path, "steps: [device.power_on]\n", "f0.yaml")
    said = refused(tmp_path, "steps: [{include: f8.yaml}]\n")[0]
    assert "more than 10000 steps" in said


def test_a_step_is_shown_in_the_words_of_the_file(tmp_path: Path) -> None:
    (step,) = read(
        tmp_path, "steps:\n  - expect.tree: {uri: ./A, nodes: {B: one, C: two}, absent: [D], only: yes}\n"
    ).steps
    assert step.model.describe() == "uri ./A, nodes B: one, C: two, absent D, only yes"
