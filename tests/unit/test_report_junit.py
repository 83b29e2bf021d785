"""The JUnit report says to a CI system what the console says to a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hil.errors import UsageError
from hil.place import Place
from hil.report.junit import document, legal, write_junit
from hil.report.result import RunResult, StepResult

FILE = Path("scenarios/quickstart.yaml")

PASSED = RunResult(
    "Quickstart",
    FILE,
    passed=True,
    seconds=1.25,
    scenario_seconds=172800.0,
    steps=[StepResult(1, "insert card", Place(FILE, 12, 5), "passed", seconds=0.2)],
    properties={"rig": "virtual", "reader": 'Virtual \x1b[31m<&">'},
)
FAILED = RunResult(
    "Wrong name",
    FILE,
    passed=False,
    seconds=0.5,
    steps=[
        StepResult(1, "insert card", Place(FILE, 12, 5), "passed"),
        StepResult(
            2, "expect node", Place(FILE, 14, 5), "failed", "expected 'a', saw '\x00<b>'", "look at ./DevInfo"
        ),
        StepResult(3, "wait", Place(FILE, 16, 5), "skipped"),
    ],
)
BROKEN = RunResult(
    "No reader", Path("other.yaml"), passed=False, message="no reader is there", hint="plug one in", seconds=0.25
)


def written(path: Path, results: list[RunResult]) -> etree._Element:
    write_junit(path, results)
    return etree.parse(str(path), etree.XMLParser(resolve_entities=False)).getroot()


def test_every_file_is_a_suite_and_every_run_a_case(tmp_path: Path) -> None:
    root = written(tmp_path / "deep" / "junit.xml", [PASSED, FAILED, BROKEN])
    assert dict(root.attrib) == {
        "name": "dmrig", "tests": "3", "failures": "1", "errors": "1", "skipped": "0", "time": "2.000",
    }  # fmt: skip
    assert [(s.get("name"), s.get("tests"), s.get("failures"), s.get("errors")) for s in root] == [
        ("scenarios/quickstart.yaml", "2", "1", "0"),
        ("other.yaml", "1", "0", "1"),
    ]
    assert [(c.get("classname"), c.get("name"), c.get("time")) for c in root.iter("testcase")] == [
        ("quickstart", "Quickstart", "1.250"),
        ("quickstart", "Wrong name", "0.500"),
        ("other", "No reader", "0.250"),
    ]


def test_a_failure_says_where_what_and_what_to_try(tmp_path: Path) -> None:
    root = written(tmp_path / "junit.xml", [PASSED, FAILED, BROKEN])
    passed, failed, broken = root.iter("testcase")
    assert passed.find("failure") is None
    assert passed.find("error") is None
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == r"expected 'a', saw '\x00<b>'"
    assert failure.text == (
        "scenarios/quickstart.yaml:14:5: step 2, expect node\n"
        r"expected 'a', saw '\x00<b>'" + "\ntry: look at ./DevInfo"
    )
    error = broken.find("error")
    assert error is not None
    assert error.text == "other.yaml\nno reader is there\ntry: plug one in"


def test_steps_and_properties_are_listed(tmp_path: Path) -> None:
    passed, failed = written(tmp_path / "junit.xml", [PASSED, FAILED]).iter("testcase")
    assert {p.get("name"): p.get("value") for p in passed.iter("property")} == {
        "scenario seconds": "172800.000",
        "rig": "virtual",
        "reader": 'Virtual \\x1b[31m<&">',
    }
    out = (failed.findtext("system-out") or "").splitlines()
    assert [line.split()[:2] for line in out] == [["1", "ok"], ["2", "FAILED"], ["3", "skipped"]]
    assert "scenarios/quickstart.yaml:14" in out[1]


def test_a_report_replaces_the_one_before_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    written(path, [FAILED])
    assert written(path, [PASSED]).get("failures") == "0"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write the JUnit report"):
        write_junit(tmp_path / "file" / "junit.xml", [PASSED])


@settings(max_examples=150)
@given(st.text(st.characters(), max_size=30))
def test_any_text_makes_a_document_that_parses(text: str) -> None:
    step = StepResult(1, text, Place(Path(text), 1, 1), "error", text, text)
    run = RunResult(text, Path("a"), passed=False, steps=[step])
    raw = etree.tostring(etree.fromstring(_serialise(run)))
    assert raw


def _serialise(run: RunResult) -> bytes:
    from xml.etree.ElementTree import tostring

    return tostring(document([run]))


def test_legal_keeps_what_xml_has_a_place_for() -> None:
    assert legal("a\tb\nü\U0001f600\x00\x1b\ufffe\ud800") == "a\tb\nü\U0001f600\\x00\\x1b\\ufffe\\ud800"
