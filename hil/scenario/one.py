"""One run for a person or a CI job: the timeline, the trace in its run directory, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import Protocol, TextIO, cast

from hil.errors import ExitCode
from hil.report.result import RunResult
from hil.rig.load import RigPlan
from hil.scenario.model import Scenario
from hil.scenario.outcome import INTERRUPTED, cut_off
from hil.scenario.runner import run_scenario
from hil.trace.console import ConsoleTimeline
from hil.trace.jsonl import FILE_NAME, JsonlTrace
from hil.trace.outlet import Outlet
from hil.trace.private import PrivateTrace
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from hil.trace.row import one_line


class Subscriber(Protocol):
    def __call__(self, record: Record, /) -> None: ...

    def close(self) -> None: ...


class Shown(Enum):
    """How much of a run is shown while it goes on."""

    VERDICT = "one line, and more of a run that did not pass"
    TIMELINE = "the timeline"
    EVERYTHING = "the timeline with every APDU, AT line and HTTP exchange"


@contextmanager
def traced(directory: Path, outlet: Outlet, shown: Shown) -> Iterator[Callable[[Recorder], None]]:
    """What subscribes a run's trace to all that keeps or shows it: files in ``directory``, the timeline on
    ``outlet``. The files are closed behind the block."""
    with ExitStack() as closing:

        def attach(recorder: Recorder) -> None:
            from hil.trace.pcapng import PcapngTrace

            jsonl = JsonlTrace(directory / FILE_NAME, recorder.masker)
            pcapng = PcapngTrace(directory, recorder.masker)
            subscribers: list[Subscriber] = [PrivateTrace(directory), jsonl, pcapng]
            if shown is not Shown.VERDICT:
                verbose = shown is Shown.EVERYTHING
                subscribers.append(ConsoleTimeline(recorder.masker, cast("TextIO", outlet), verbose=verbose))
            for subscriber in subscribers:
                recorder.subscribe(subscriber)
                closing.callback(subscriber.close)

        yield attach


def play_one(
    scenario: Scenario, plan: RigPlan, directory: Path, outlet: Outlet, shown: Shown = Shown.TIMELINE
) -> RunResult:
    """One run: the timeline to ``outlet``, the trace into ``directory``, which is new and empty."""
    if shown is not Shown.VERDICT:
        outlet.write(_title(scenario, plan) + "\n\n")
    result = None
    try:
        with traced(directory, outlet, shown) as attach:
            result = run_scenario(scenario, plan, attach, directory=directory)
    except KeyboardInterrupt:
        # The second one, or one that came when all had been played: what was found is told all the same.
        result = result or cut_off(scenario, plan, directory, INTERRUPTED, ExitCode.INTERRUPTED)
        result.passed, result.exit_code = False, ExitCode.INTERRUPTED
        result.message = result.message or INTERRUPTED
    result.properties["run"] = str(directory)
    if shown is not Shown.VERDICT:
        outlet.write(_verdict(result, directory))
    elif result.passed:
        outlet.write(one_line(f"passed  {result.seconds:5.1f} s  {scenario.name}") + "\n" + _notes(result))
    else:
        outlet.write(whole(scenario, plan, result))
    return result


def whole(scenario: Scenario, plan: RigPlan, result: RunResult) -> str:
    """What is shown of a run of which nothing was shown before, and that did not pass."""
    return f"{_title(scenario, plan)}{_verdict(result, Path(result.properties['run']))}\n"


def _title(scenario: Scenario, plan: RigPlan) -> str:
    return f"{scenario.name}\n  {scenario.path} on {plan.path.stem}, seed {scenario.head.seed}"


def _verdict(result: RunResult, directory: Path) -> str:
    if result.passed:
        passed = f"PASSED  {len(result.steps)} steps in {result.seconds:.1f} s   trace: {directory}"
        return f"\n{passed}\n{_notes(result)}"
    broken = result.broken
    lines = [f"{(broken.outcome if broken else 'error').upper()}  trace: {directory}"]
    lines += [f"  {line}" for line in result.why()]
    # what a server or a card said may stand in a message: nothing in it may command the terminal
    return "\n" + "\n".join(map(one_line, lines)) + "\n"


def _notes(result: RunResult) -> str:
    return "".join(f"  note: {one_line(note)}\n" for note in result.notes)
