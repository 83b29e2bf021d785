"""JUnit XML, as CI systems read it: a test suite for each scenario file, a test case for each run of it.

An expectation that did not hold is a ``failure``; a part that was missing or broke, or the bench itself, an
``error``. Either says file and line, what was expected and seen, and what to try. ``system-out`` lists all steps.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from hil.errors import UsageError
from hil.report.result import Outcome, RunResult

MARKS: dict[Outcome, str] = {"passed": "ok", "failed": "FAILED", "error": "ERROR", "skipped": "skipped"}


def write_junit(path: Path, results: Iterable[RunResult]) -> None:
    """Write ``results`` to ``path``, instead of what stood there. Raises `UsageError` when that is impossible."""
    root = document(results)
    indent(root)
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ElementTree(root).write(fresh, encoding="utf-8", xml_declaration=True)
        os.replace(fresh, path)
    except OSError as error:
        raise UsageError(f"cannot write the JUnit report {path}: {error.strerror}") from error


def document(results: Iterable[RunResult]) -> Element:
    """The document as elements."""
    root = Element("testsuites", name="dmrig")
    suites: dict[Path, list[RunResult]] = {}
    for result in results:
        suites.setdefault(result.file, []).append(result)
    for file, runs in suites.items():
        suite = SubElement(root, "testsuite", {"name": legal(str(file))} | _counts(runs))
        for run in runs:
            suite.append(_testcase(run))
    root.attrib |= _counts([run for runs in suites.values() for run in runs])
    return root


def _counts(runs: list[RunResult]) -> dict[str, str]:
    verdicts = [_verdict(run) for run in runs]
    return {
        "tests": str(len(runs)),
        "failures": str(verdicts.count("failed")),
        "errors": str(verdicts.count("error")),
        "skipped": "0",
        "time": f"{sum(run.seconds for run in runs):.3f}",
    }


def _verdict(run: RunResult) -> Outcome:
    if run.passed:
        return "passed"
    return run.broken.outcome if run.broken is not None else "error"


def _testcase(run: RunResult) -> Element:
    case = Element(
        "testcase",
        name=legal(run.scenario),
        classname=legal(run.file.stem),
        file=legal(str(run.file)),
        time=f"{run.seconds:.3f}",
    )
    said = {"scenario seconds": f"{run.scenario_seconds:.3f}"} | run.properties
    properties = SubElement(case, "properties")
    for name, value in said.items():
        SubElement(properties, "property", name=legal(name), value=legal(value))
    verdict = _verdict(run)
    if verdict != "passed":
        case.append(_fault(run, "failure" if verdict == "failed" else "error"))
    SubElement(case, "system-out").text = legal("\n".join(_steps(run)) + "\n")
    return case


def _fault(run: RunResult, tag: str) -> Element:
    step = run.broken
    message = step.message if step is not None else run.message
    fault = Element(tag, message=legal(message), type=step.outcome if step is not None else "error")
    fault.text = legal("\n".join(run.why()))
    return fault


def _steps(run: RunResult) -> list[str]:
    lines, phase = [], ""
    for step in run.steps:
        if step.phase != phase:
            phase = step.phase
            lines.append(f"-- {phase or 'without a phase'}")
        attempts = f" ({step.attempts} attempts)" if step.attempts > 1 else ""
        lines.append(
            f"{step.index:3}  {MARKS[step.outcome]:<7}  {step.seconds:7.3f} s  {step.where}  {step.name}{attempts}"
            + (f": {step.message}" if step.message else "")
        )
    return [*lines, *(f"note: {note}" for note in run.notes)]


def legal(text: str) -> str:
    """``text`` without the characters that XML 1.0 has no place for (its production 2, Char): shown as escapes."""
    return "".join(char if _is_char(ord(char)) else _escaped(char) for char in text)


def _is_char(code: int) -> bool:
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
