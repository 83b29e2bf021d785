"""What files say to a server: alerts, subtrees, several items, habits, and what is expected of an answer."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from hil.errors import InvalidFile, UsageError
from hil.server import compare
from hil.server.answer import Answer, Value
from hil.server.building import build
from hil.server.commands import ServerCommand, commands
from hil.server.files import with_files
from hil.server.habits import Habits
from hil.server.tnds import flatten
from hil.yamlfile import parse_text
from simulator.codes.mime import TNDS_WBXML, TNDS_XML
from simulator.security.mac import Formula
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding
from simulator.tnds import embedded
from simulator.tnds.document import MgmtTree
from tests.server_files import read


def built(command: ServerCommand, encoding: Encoding = Encoding.WBXML) -> dm.Command:
    return build(command, map(str, itertools.count(1)), encoding).command


def one(text: str, encoding: Encoding = Encoding.WBXML) -> dm.Command:
    (command,) = read(f"commands:\n- {text}\n")
    return built(command, encoding)


# Alerts


@pytest.mark.parametrize(
    ("text", "code", "items"),
    [
        ("display: Hello there", "1100", ["", "Hello there"]),
        ("confirm: {text: Go on?, options: {DR: 1, MAXDT: 30}}", "1101", ["DR=1&MAXDT=30", "Go on?"]),
        ("input: {text: Name, options: {DR: Ada L & co, IT: A}}", "1102", ["DR=Ada+L+%26+co&IT=A", "Name"]),
        ("choose: {text: Which?, choices: [a, b]}", "1103", ["", "Which?", "a", "b"]),
        (
            "choose_many: {text: Which?, choices: [a, b], options: {DR: 1-2}}",
            "1104",
            ["DR=1-2", "Which?", "a", "b"],
        ),
        ("alert: {code: 1101, text: Go on?, options: {DR: 1}}", "1101", ["DR=1", "Go on?"]),
        ("alert: {code: 1100, items: ['', x, y]}", "1100", ["", "x", "y"]),
        ("abort", "1223", []),
        ("abort: {}", "1223", []),
    ],
)
def test_alerts(text: str, code: str, items: list[str]) -> None:
    alert = one(text)
    assert isinstance(alert, dm.Alert)
    assert alert.data == code
    assert [item.data for item in alert.items] == items


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alert: {code: 1100, items: [a], text: b}", "either 'items'"),
        ("display: {text: a, code: 1101}", "1100"),
        ("display: {texts: a}", "did you mean 'text'?"),
        ("confirm: {text: a, options: [DR]}", "a mapping"),
        ("add: {uri: ./A, value: a, file: b}", "either 'value' or 'file'"),
        ("add: {value: a}", "either 'uri' or 'items'"),
        ("add: {items: [{value: a}]}", "has a 'uri'"),
        ("add: {uri: ./A, items: [{uri: ./B}]}", "either 'uri' or 'items'"),
        ("add: {uri: ./A, value: aaaa, times: 16000000}", "at most"),
        ("add: {uri: ./A, tnds: {nodes: {}}}", "as 'nodes', as 'xml' or as 'hex'"),
        ("add: {uri: ./A, tnds: {B: {value: x, formt: int}}}", "formt"),
        ("exec: {items: [{uri: ./A}]}", "exactly one item"),
        ("get: []", "at least 1"),
    ],
)
def test_mistakes(text: str, words: str) -> None:
    with pytest.raises(InvalidFile) as invalid:
        read(f"commands:\n- {text}\n")
    assert words in str(invalid.value)


# Items


def test_several_items() -> None:
    get = one("get: [./A, ./B]")
    assert isinstance(get, dm.Get)
    assert [item.target for item in get.items] == [dm.Target("./A"), dm.Target("./B")]
    add = one("add: {items: [{uri: ./A, value: x}, {uri: ./B, format: node}]}")
    assert isinstance(add, dm.Add)
    assert [(item.data, item.meta and item.meta.format) for item in add.items] == [("x", None), (None, "node")]


def test_what_a_get_carries() -> None:
    get = one("get: {uri: '.?list=MORoot', data: 'urn:oma:mo:x:1.0'}")
    assert isinstance(get, dm.Get)
    assert get.items[0].data == "urn:oma:mo:x:1.0"


def test_a_value_many_times_over() -> None:
    add = one("add: {uri: ./A, value: ab, times: 3}")
    assert isinstance(add, dm.Add)
    assert add.items[0].data == "ababab"


def test_a_file_is_the_value(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("ä")
    (tmp_path / "octets").write_bytes(b"\xff\x00")
    said = commands(
        {"add": {"uri": "./A", "file": "text.txt"}},
        {"sequence": [{"atomic": [{"replace": {"items": [{"uri": "./A", "file": "octets"}]}}]}]},
        {"get": "./A"},
    )
    add, sequence, get = (with_files(command, tmp_path) for command in said)
    item = built(add)
    assert isinstance(item, dm.Add)
    assert item.items[0].data == "ä"
    inner = built(sequence.inner[0].inner[0])
    assert isinstance(inner, dm.Replace)
    assert inner.items[0].data == b"\xff\x00"
    assert get is said[2]
    with pytest.raises(UsageError, match=r"no file 'gone'"):
        with_files(commands({"exec": {"uri": "./A", "file": "gone"}})[0], tmp_path)


# TNDS

SUBTREE = """add:
    uri: ./A
    tnds:
      Phone:
        type: urn:example:mo:phone:1.0
        acl: Get=*
        nodes:
          Ring: loud
          Volume: {value: 7, format: int}
          Tone: {hex: 00ff, type: audio/example}
          Rooms:
"""
NODES = {"Phone": "", "Phone/Ring": "loud", "Phone/Volume": "7", "Phone/Rooms": ""}


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("carried", ["", "as: xml", "as: wbxml", "as: in place"])
def test_a_subtree(encoding: Encoding, carried: str) -> None:
    text = SUBTREE.replace("      Phone:", f"      {carried}\n      nodes:\n       Phone:") if carried else SUBTREE
    add = one(text, encoding)
    assert isinstance(add, dm.Add)
    item = add.items[0]
    assert item.meta is not None
    assert item.data is not None
    natural = TNDS_WBXML if encoding is Encoding.WBXML else TNDS_XML
    assert item.meta.type == {"as: xml": TNDS_XML, "as: wbxml": TNDS_WBXML}.get(carried, natural)
    assert isinstance(item.data, MgmtTree) is (carried == "as: in place")
    tree = embedded.read(item.data, item.meta.type)
    assert {path: value for path, value in flatten(tree).items() if path != "Phone/Tone"} == NODES
    (phone,) = tree.nodes
    assert (phone.rt_properties.format, phone.rt_properties.acl) == ("node", "Get=*")
    assert phone.rt_properties.ddf_name == "urn:example:mo:phone:1.0"
    by_name = {node.node_name: node.rt_properties for node in phone.nodes}
    assert (by_name["Ring"].format, by_name["Ring"].mime) == ("chr", "text/plain")
    assert (by_name["Tone"].format, by_name["Tone"].mime) == ("bin", "audio/example")
    assert by_name["Rooms"].format == "node"


# Expectations


def complaints(expect: dict[str, object], answer: Answer) -> list[str]:
    (answer.command,) = commands({"get": {"uri": "./A", "expect": expect}})
    return compare.complaints(answer)


def answered(*values: Value, status: int | None = 200, **more: object) -> Answer:
    (command,) = commands({"get": "./A"})
    return Answer(command, status, list(values), **more)  # type: ignore[arg-type]


HELLO = Value("./A", "chr", "text/plain", "hello")


@pytest.mark.parametrize(
    ("expect", "answer", "says"),
    [
        ({"octets": 5, "contains": ["ell"]}, answered(HELLO), None),
        ({"octets": 4}, answered(HELLO), "a value of 5 octets, not 4"),
        ({"contains": "xyz"}, answered(HELLO), "which has no 'xyz'"),
        ({"results": {"./A": "hello"}}, answered(HELLO), None),
        ({"results": {"./A": None}}, answered(HELLO), None),
        ({"results": {"./A": "x"}}, answered(HELLO), "value 'hello' for ./A, not 'x'"),
        ({"results": {"./B": None}}, answered(HELLO), "no result for ./B"),
        ({"absent": "./A"}, answered(HELLO), "a result for ./A, which should not be there"),
        ({"items": [1, 3]}, answered(items=[Value("", "chr", "", "3"), Value("", "chr", "", "1")]), None),
        ({"items": [2]}, answered(items=[Value("", "chr", "", "3")]), "items ['3'], not ['2']"),
        ({"statuses": {"./A": 404}}, answered(status=404, statuses={"./A": 404}), None),
        ({"statuses": {"./A": 200}}, answered(status=404, statuses={"./A": 404}), "status 404 for ./A, not 200"),
        ({}, answered(status=215), "status 215, not a success"),
        ({}, answered(status=None), "no answer yet"),
        ({}, answered(status=None, silent=True), None),
        ({}, answered(wrong="it is torn"), "it is torn"),
        ({"nodes": {"./A": None}}, answered(HELLO), "no TNDS document"),
    ],
)
def test_what_is_expected(expect: dict[str, object], answer: Answer, says: str | None) -> None:
    found = complaints(expect, answer)
    assert found == [] if says is None else says in found[0]


def test_nodes_of_a_document() -> None:
    add = one(SUBTREE)
    assert isinstance(add, dm.Add)
    result = answered(Value("./A", "bin", TNDS_WBXML, add.items[0].data))
    assert complaints({"nodes": {"Phone/Ring": "loud", "Phone": None}, "absent": ["Phone/Bell"]}, result) == []
    there = "Phone, Phone/Ring, Phone/Volume, Phone/Tone, Phone/Rooms"
    found = complaints({"nodes": {"Phone/Ring": "low", "Phone/Bell": None}, "absent": "Phone"}, result)
    assert [text.partition(": ")[2] for text in found] == [
        "value 'loud' of Phone/Ring, not 'low'",
        f"no node Phone/Bell in the TNDS document; there are: {there!r}",
        "a node Phone in the TNDS document, which should not be there",
    ]


# Habits


def test_only_what_is_said_changes() -> None:
    assert Habits().changes() == {}
    said, mistakes = parse_text(
        Path("x.yaml"), "{max_msg_size: 900, encoding: xml, alert_status: {1226: 202}, mac: hmac-sha256}"
    ).parse(Habits)
    assert said is not None, mistakes
    changes = said.changes()
    assert changes.pop("integrity").formula is Formula.HMAC_SHA256
    assert changes == {"max_msg_size": 900, "encoding": Encoding.XML, "alert_status": {1226: 202}}
