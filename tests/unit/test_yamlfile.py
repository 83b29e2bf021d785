"""YAML files: text stays text, and every mistake is named with its place."""

from __future__ import annotations

import contextlib
import typing
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core.core_schema import ErrorType

from hil.errors import InvalidFile, UsageError
from hil.yamlfile import MAX_BYTES, load, parse_text
from hil.yamlwords import EXPECTED, LIMITED


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Part(Strict):
    kind: Literal["virtual", "real"] = "virtual"
    timeout: int = 1


class File(Strict):
    name: str
    texts: list[str] = []
    part: Part = Part()
    flag: bool = False


def mistakes(text: str) -> list[str]:
    document = parse_text(Path("a.yaml"), text)
    parsed, found = document.parse(File)
    assert parsed is None
    return [str(mistake) for mistake in found]


def test_text_arrives_as_written() -> None:
    texts = [
        "0123",
        "0000",
        "no",
        "12:30:00",
        "001010123456789",
        "1e3",
        "null",
        "~",
        "0x10",
        "2026-01-01",
        "1_000",
    ]
    document = parse_text(Path("a.yaml"), "name: yes\ntexts: [" + ", ".join(texts) + "]\nflag: yes")
    parsed, found = document.parse(File)
    assert found == []
    assert parsed is not None
    assert parsed.texts == texts
    assert parsed.name == "yes"
    assert parsed.flag is True


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
def test_quoted_text_arrives_as_written(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    document = parse_text(Path("a.yaml"), f"name: {quoted}")
    assert document.value == {"name": text} or "\n" in text or any(c in text for c in "\x85\u2028\u2029\ufeff")


def test_every_mistake_at_once_with_its_place_and_the_nearest_word() -> None:
    found = mistakes("nme: x\npart:\n  kind: virtul\n  timeout: soon\n  colour: red\n")
    assert found == [
        "a.yaml:1:1: 'name' is missing here",
        "a.yaml:1:1: 'nme' is no word here; did you mean 'name'?",
        "a.yaml:3:9: 'virtul' is not one of virtual, real; did you mean 'virtual'?",
        "a.yaml:4:12: a whole number is expected (here: 'soon')",
        "a.yaml:5:3: 'colour' is no word here",
    ]


class Limited(Strict):
    port: int = Field(1, le=65535)
    some: tuple[int, ...] = Field((1,), min_length=1, max_length=2)
    pin: str = Field("0000", pattern="^[0-9]{4,8}$")
    number: str = Field("+1", pattern=r"^\+?[0-9]{3}$")
    share: float = 1.0
    when: datetime = datetime(2026, 1, 1)
    words: dict[str, str] = {}
    client_secret: int = 0
    http_nonce: Literal["a", "b"] = "a"
    password: str = ""
    inner: Part = Part()
    name: str = Field("abc", min_length=2, max_length=70)

    @field_validator("password")
    @classmethod
    def _talks_too_much(cls, text: str) -> str:
        raise ValueError(f"{text!r} is not good enough" if text != "verysecret" else "no verysecret here")


def limited(text: str) -> list[str]:
    parsed, found = parse_text(Path("a.yaml"), text).parse(Limited)
    assert parsed is None
    return [str(mistake).removeprefix("a.yaml:") for mistake in found]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port: 65536", "1:7: at most 65535 is expected (here: '65536')"),
        ("port: soon", "1:7: a whole number is expected (here: 'soon')"),
        ("port: [1]", "1:7: a whole number is expected, not a list"),
        ("port:", "1:6: a whole number is expected, and nothing stands here"),
        ("some: []", "1:7: at least 1 entry is expected, and there is none"),
        ("some: [1, 2, 3]", "1:7: at most 2 entries are expected, and there are 3"),
        ("some: quick", "1:7: a list is expected (here: 'quick')"),
        ("some: {a: b}", "1:7: a list is expected, not a mapping"),
        ("number: 12", "1:9: 3 digits are expected, perhaps with + in front (here: '12')"),
        ("share: half", "1:8: a number is expected (here: 'half')"),
        ("when: soon", "1:7: a date and time is expected, such as '2026-01-31T12:00:00Z' (here: 'soon')"),
        (
            "when: 2026-13-01",
            "1:7: a date and time is expected, such as '2026-01-31T12:00:00Z' (here: '2026-13-01')",
        ),
        ("words: [a]", "1:8: a mapping (name: value) is expected, not a list"),
        ("name: [a]", "1:7: text is expected, not a list"),
        ("name: a", "1:7: at least 2 characters are expected (here: 'a')"),
        ("name: " + "a" * 80, f"1:7: at most 70 characters are expected (here: '{'a' * 60}...')"),
        (
            "inner: x",
            "1:8: a mapping (name: value) is expected (here: 'x'); it has words such as 'kind:' and 'timeout:'",
        ),
        ("inner: {kind: [a]}", "1:15: one of virtual, real is expected"),
    ],
)
def test_what_was_expected_is_said_in_plain_words(text: str, said: str) -> None:
    assert limited(text) == [said]


def test_a_flag_is_yes_or_no() -> None:
    assert mistakes("name: x\nflag: maybe") == ["a.yaml:2:7: yes or no is expected (here: 'maybe')"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pin: 12x45", "4 to 8 digits are expected"),
        ("client_secret: 12x45", "a whole number is expected"),
        ("http_nonce: 12x45", "one of a, b is expected"),
        ("password: 12x45", "this value is not good enough"),
        ("password: verysecret", "this value does not fit here"),
        ("client_secret: [12x45]", "a whole number is expected"),
    ],
)
def test_secrets_are_not_repeated(text: str, said: str) -> None:
    (found,) = limited(text)
    assert found.endswith(f": {said}")
    assert "12x45" not in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty: a mapping (name: value) is expected"),
        ("# nothing but this\n", "the file is empty: a mapping (name: value) is expected"),
        ("[a, b]", "a mapping (name: value) is expected, not a list"),
        ("a text", "a mapping (name: value) is expected (here: 'a text')"),
    ],
)
def test_a_file_that_is_no_mapping(text: str, said: str) -> None:
    assert mistakes(text) == [f"a.yaml:1:1: {said}; it has words such as 'name:' and 'texts:'"]


def test_no_word_of_the_library_is_left() -> None:
    """Every kind of mistake that pydantic knows and our fields can make has a sentence of ours."""
    covered = {*EXPECTED, *LIMITED}
    ours = (
        "int_",
        "float_",
        "bool_",
        "string_t",
        "list_",
        "tuple_",
        "dict_",
        "model_t",
        "less_",
        "greater_",
        "too_",
    )
    beyond = {"dataclass_type", "int_from_float"}
    kinds = set(typing.get_args(ErrorType))
    assert {kind for kind in kinds if kind.startswith(ours)} - beyond <= covered


def test_another_encoding_is_named_with_its_place() -> None:
    said = "this is no UTF-8 text (byte 0xE9); a text in another encoding has to be saved as UTF-8"
    assert refused(b"a: b\nname: caf\xe9") == f"a.yaml:2:10: {said}"
    assert parse_text(Path("a.yaml"), "a: \u00e9".encode("utf-16")).value == {"a": "\u00e9"}


def refused(text: str | bytes) -> str:
    try:
        return "\n".join(map(str, parse_text(Path("a.yaml"), text).flaws))
    except InvalidFile as error:
        return str(error)


def test_what_leaves_the_rest_readable_hides_no_other_mistake() -> None:
    assert mistakes("name: x\nname: y\npart: {colour: red}\nflag: !!python/name:os yes\n? [a]\n: 1\n") == [
        "a.yaml:2:1: 'name' stands here twice",
        "a.yaml:3:8: 'colour' is no word here",
        "a.yaml:4:7: a tag (tag:yaml.org,2002:python/name:os) means nothing here",
        "a.yaml:5:3: a key has to be a word",
    ]


def test_what_is_no_yaml_says_where() -> None:
    assert refused("a: [1, 2\nb: 3").startswith("a.yaml:2:2: not YAML")
    assert "a.yaml:1:" in refused(b"\xff\xfe\x00")
    assert "stands here twice" in refused("a: 1\na: 2")
    assert "a tag" in refused("a: !!python/object:os.system x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: {b: ${time}}", '1:9: not YAML: a variable inside { } or [ ] needs quotes: "${time}"'),
        ("a: {b: c}}", "1:10: not YAML: did not find expected"),
        ("a:\n\t- b", "2:1: not YAML: a tab stands here, and YAML is indented with blanks"),
        ("a: @b", "1:4: not YAML: a text that begins with @ needs quotes"),
        ("a: b: c", "1:5: not YAML: a second ':' has no place in this line: a text with ': ' in it needs quotes"),
        ("a: b\n---\nc: d", "2:1: not YAML: a second document begins here, and a file holds one"),
    ],
)
def test_common_slips_have_words_of_their_own(text: str, says: str) -> None:
    assert refused(text).startswith(f"a.yaml:{says}")
    assert refused(text.encode("utf-8")) == refused(text)


def test_aliases_cannot_make_a_file_endless_or_huge() -> None:
    assert "endless" in refused("a: &a [*a]")
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "far too large" in refused("\n".join(lines))


@pytest.mark.parametrize("levels", [51, 200, 1000])
def test_a_file_cannot_be_too_deep(levels: int) -> None:
    assert "a.yaml:1:51: this is nested more than 50 levels deep" in refused("[" * levels + "]" * levels)


@pytest.mark.parametrize("levels", [1001, 100_000])
def test_a_file_cannot_be_deeper_than_libyaml_goes(levels: int) -> None:
    """Where it says so depends on libyaml, whose newer versions give up by themselves."""
    assert "this is nested more than 50 levels deep" in refused("[" * levels + "]" * levels)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path / "missing.yaml", File)
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(UsageError, match="larger than"):
        load(huge, File)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_read(data: bytes) -> None:
    with contextlib.suppress(InvalidFile):
        parse_text(Path("a.yaml"), data)
