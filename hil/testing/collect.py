"""Scenario files as tests: one for each run that a file stands for."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from hil.errors import BenchError, ExitCode
from hil.report.result import RunResult
from hil.rig.load import RigPlan
from hil.scenario.check import refuse_obstacles
from hil.scenario.foreign import looks_like
from hil.scenario.load import expand
from hil.scenario.model import Scenario
from hil.scenario.one import play_one
from hil.testing.session import refused, session_of, told
from hil.trace.outlet import Outlet
from hil.trace.row import one_line
from simulator.errors import SimulatorError

MOST = 1_000_000
"""Octets of a file that are looked at to see whether it is a scenario."""

_TOP = (re.compile(rb"^name[ \t]*:", re.MULTILINE), re.compile(rb"^steps[ \t]*:", re.MULTILINE))
_STEP = re.compile(rb"[-\[{,][ \t]*\{?[ \t]*(?:[a-z]+\.[a-z_]+|wait|fault|include|phase)\b")

MARKER_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*")

PYTESTS_OWN = frozenset(
    {
        "dmrig",
        "filterwarnings",
        "parametrize",
        "skip",
        "skipif",
        "tryfirst",
        "trylast",
        "usefixtures",
        "xdist_group",
    }
    | {"xfail"}
)
"""Markers that mean something to pytest: a tag of that name is none of them."""


def scenario_file(path: Path, parent: pytest.Collector, *, named: bool) -> ScenarioFile | None:
    """The collector of a file; None for one that is somebody else's.

    A folder that was given to dmrig has scenarios in it, one of which may have a mistake in any place. A file on
    pytest's command line may be anybody's: it has to have a name, steps, and a step of dmrig's at least.
    """
    if named and not is_scenario(path):
        return None
    if not named and looks_like(path, among_others=True) is not None:
        return None
    found: ScenarioFile = ScenarioFile.from_parent(parent, path=path)
    return found


def is_scenario(path: Path) -> bool:
    """Whether the text of a file is that of a scenario, with mistakes perhaps."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST)
    except OSError:
        return False
    return all(pattern.search(text) for pattern in _TOP) and _STEP.search(text) is not None


class ScenarioFile(pytest.File):
    """One file."""

    def collect(self) -> Iterable[ScenarioItem]:
        here = Path.cwd()
        path = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        try:
            runs = expand(path, session_of(self.config).options)
        except BenchError as error:
            raise self.CollectError(told(error)) from None
        for scenario in runs:
            labels = "-".join(scenario.variant.values())
            name = f"{path.stem}[{labels}]" if labels else path.stem
            yield ScenarioItem.from_parent(self, name=name, scenario=scenario)


class ScenarioItem(pytest.Item):
    """One run. Its markers are the scenario's tags, and the ids of the client profile that it shows."""

    def __init__(self, *, scenario: Scenario, **others: Any) -> None:
        super().__init__(**others)
        self.dmrig_scenario = scenario
        self._plan: RigPlan | None = None
        for word in (*scenario.head.tags, *scenario.head.features):
            if MARKER_NAME.fullmatch(word) and word not in PYTESTS_OWN:
                self.config.addinivalue_line("markers", f"{word}: scenarios with this tag or feature")
                self.add_marker(getattr(pytest.mark, word))

    def setup(self) -> None:
        """What the rig cannot do is an error, before anything starts."""
        try:
            self._plan = session_of(self.config).plan()
            refuse_obstacles(self.dmrig_scenario, self._plan)
        except BenchError as error:
            raise refused(error) from None

    def runtest(self) -> None:
        assert self._plan is not None
        session = session_of(self.config)
        directory = session.directory(self.dmrig_scenario.stem)
        with session.turn(self._plan):
            # pytest shows what is printed when the test fails, or at once with -s
            result = play_one(self.dmrig_scenario, self._plan, directory, Outlet(sys.stdout))
        self.user_properties += result.properties.items()
        if result.code is ExitCode.INTERRUPTED:
            raise KeyboardInterrupt
        if not result.passed:
            raise NotPassed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        match excinfo.value:
            case NotPassed() as error:
                return Told(error.result)
            case BenchError() | SimulatorError() as error:
                return told(error)
            case _:
                return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"scenario {self.dmrig_scenario.name}"


class NotPassed(Exception):
    """A run did not pass."""

    def __init__(self, result: RunResult) -> None:
        super().__init__(result.scenario)
        self.result = result


class Told:
    """Why a run did not pass, as pytest shows it and puts it into reports."""

    def __init__(self, result: RunResult) -> None:
        self.lines = [*map(one_line, result.why()), f"run directory: {result.properties['run']}"]
        self.reprcrash = Crash(one_line(result.broken.message if result.broken else result.message))

    def toterminal(self, out: Any) -> None:
        for line in self.lines:
            out.line(line, red=line is self.lines[0])

    def __str__(self) -> str:
        return "\n".join(self.lines)


class Crash:
    """What pytest has room for in one line, in its summary and in a report's message."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return self.message
