"""YAML files: text stays text, and every mistake is named with its place."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from hil.errors import InvalidFile, UsageError
from hil.yamlfile import MAX_BYTES, load, parse_text


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
        "a.yaml:4:12: input should be a valid integer, unable to parse string as an integer (here: 'soon')",
        "a.yaml:5:3: 'colour' is no word here",
    ]


def refused(text: str | bytes) -> str:
    with pytest.raises(InvalidFile) as caught:
        parse_text(Path("a.yaml"), text)
    return str(caught.value)


def test_what_is_no_yaml_says_where() -> None:
    assert refused("a: [1, 2\nb: 3").startswith("a.yaml:2:2: not YAML")
    assert "a.yaml:1:" in refused(b"\xff\xfe\x00")
    assert "stands here twice" in refused("a: 1\na: 2")
    assert "a tag" in refused("a: !!python/object:os.system x")


def test_aliases_cannot_make_a_file_endless_or_huge() -> None:
    assert "endless" in refused("a: &a [*a]")
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "far too large" in refused("\n".join(lines))


@pytest.mark.parametrize("levels", [51, 200, 1000, 100_000])
def test_a_file_cannot_be_too_deep(levels: int) -> None:
    assert "a.yaml:1:51: this is nested more than 50 levels deep" in refused("[" * levels + "]" * levels)


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
