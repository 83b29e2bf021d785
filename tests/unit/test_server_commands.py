"""Server commands as YAML says them, and the server's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil import data
from hil.errors import InvalidFile
from hil.server.answer import Answer, Value
from hil.server.commands import commands
from hil.server.config import ServerConfig
from hil.server.settings import ANY_DEVICE
from hil.yamlfile import load, parse_text
from tests.server_files import read


def test_short_and_long_forms_say_the_same() -> None:
    short, long = read("commands: [{get: ./DevInfo/Man}, {get: {uri: ./DevInfo/Man}}]")
    assert short == long
    assert str(short) == "Get ./DevInfo/Man"


def test_text_stays_text() -> None:
    (add,) = read("commands:\n- add: {uri: ./A, value: 0123}\n")
    assert add.add is not None
    assert add.add.value == "0123"


def test_every_kind() -> None:
    found = read(
        """
commands:
  - add: {uri: ./A, format: node}
  - replace: {uri: ./A/B, value: "1", type: text/plain, expect: {status: [200, 418]}}
  - delete: ./A
  - exec: {uri: ./X, value: now, correlator: c}
  - copy: {from: ./A, to: ./B}
  - alert: 1223
  - alert: {code: 1100, items: [MINDT=10, Hello]}
  - atomic: [{add: {uri: ./A, hex: 00 ff}}, {delete: ./B}]
  - sequence: {commands: [{get: ./A}], expect: {status: 200}}
"""
    )
    assert list(map(str, found)) == [
        "Add ./A",
        "Replace ./A/B",
        "Delete ./A",
        "Exec ./X",
        "Copy ./A to ./B",
        "Alert 1223",
        "Alert 1100",
        "Atomic of 2",
        "Sequence of 1",
    ]
    assert found[1].act.expect.status == (200, 418)
    assert found[7].inner[0].add is not None
    assert found[7].inner[0].add.hex == b"\x00\xff"


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("commands:\n- gett: ./A\n", 2, 3, "did you mean 'get'?"),
        ("commands:\n- get: {url: ./A}\n", 2, 9, "did you mean 'uri'?"),
        ("commands:\n- add: {uri: ./A, format: nod}\n", 2, 27, "did you mean 'node'?"),
        ("commands:\n- {get: ./A, delete: ./B}\n", 2, 3, "exactly one of"),
        ("commands:\n- {}\n", 2, 3, "exactly one of"),
        ("commands:\n- get\n", 2, 3, "colon"),
        ("commands:\n- add: {uri: ./A, value: x, hex: '00'}\n", 2, 8, "either 'value' or 'hex'"),
        ("commands:\n- get: {uri: ./A, expect: {status: ok}}\n", 2, 36, "whole number"),
        ("commands:\n- atomic: []\n", 2, 11, "at least 1"),
        ("commands:\n- atomic: [{get: ./A}, {put: ./B}]\n", 2, 25, "'put' is no word here"),
    ],
)
def test_mistakes_name_their_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(InvalidFile) as invalid:
        read(text)
    assert words in str(invalid.value)
    assert (line, column) in [(m.line, m.column) for m in invalid.value.mistakes], str(invalid.value)


def test_the_sample() -> None:
    config = load(data.find("servers", "sample"), ServerConfig)
    account = config.device_accounts()[ANY_DEVICE]
    assert account.client is not None
    assert account.client.nonce == b"first client nonce"
    assert config.settings().commands == config.commands


def test_two_accounts_for_one_device() -> None:
    found, mistakes = parse_text(Path("x.yaml"), "accounts: [{device: a}, {device: a}]").parse(ServerConfig)
    assert found is None
    assert "more than one account for a" in str(mistakes[0])


def test_an_answer_reads_as_a_sentence() -> None:
    (get,) = commands({"get": "./A"})
    answer = Answer(get, 200, [Value("./A", "chr", "text/plain", "hello")])
    assert str(answer) == "Get ./A: status 200: 'hello'"
    assert str(Answer(get)) == "Get ./A: no answer yet"
