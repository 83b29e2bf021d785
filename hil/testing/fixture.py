"""The rig of a test in Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.errors import BenchError
from hil.place import Place
from hil.scenario.live import Live, circumstances, live
from hil.scenario.model import ScenarioHead
from hil.scenario.one import Shown, traced
from hil.scenario.outcome import said_of
from hil.scenario.repeat import given
from hil.shellwords import command_line
from hil.testing.session import Session, circumstances_said, refused, session_of
from hil.trace.mask import Masker
from hil.trace.outlet import Outlet


@contextmanager
def started(item: pytest.Item) -> Iterator[Live]:
    """The rig that the test ``item`` asks for, running; what is wrong with it ends the test with a few words."""
    try:
        session = session_of(item.config)
        said = circumstances_said(item)
        plan = session.plan(said.pop("rig", None), item.path.parent)
        head = _head(session, item, said)
        directory = session.directory(item.name)
        with session.turn(plan), traced(directory, Outlet(sys.stdout), Shown.TIMELINE) as attach:
            path = Path(item.path)
            with live(plan, head, path, attach, directory) as running:
                item.add_report_section(
                    "setup", "dmrig", f"run directory: {directory}\nagain: {_again(item, head)}\n"
                )
                try:
                    yield running
                finally:
                    item.user_properties += _properties(running, directory)
    except BenchError as error:
        # The test's own exceptions do not come this way: what does is a rig that is wrong or does not start.
        raise refused(error) from None


def _head(session: Session, item: pytest.Item, said: dict[str, object]) -> ScenarioHead:
    path, line, _ = item.location
    place = Place(Path(path), (line or 0) + 1, 1)
    name = str(said.pop("name", item.name))
    head = circumstances(name, said, place)
    seed = session.options.seed
    return head if seed is None else head.model_copy(update={"seed": seed})


def _properties(running: Live, directory: Path) -> list[tuple[str, object]]:
    mask = running.run.bench.recorder.masker.text
    found = {**said_of(running.head, running.plan), "run": str(directory)}
    return [*found.items(), *((name, mask(value)) for name, value in running.rig.identity().items())]


def _again(item: pytest.Item, head: ScenarioHead) -> str:
    """The command that repeats just this test, where pytest was called."""
    # The node's id begins at pytest's root directory, and the command line at the working directory.
    file = os.path.relpath(item.path, item.config.invocation_params.dir)
    words = ["pytest", "::".join([file, *item.nodeid.split("::")[1:]])]
    for option, name in (("-c", "inifilename"), ("--rootdir", "rootdir")):
        if (value := item.config.getoption(name)) is not None:
            words += [option, str(value)]
    words += ["--dmrig-seed", str(head.seed)]
    for option in ("--dmrig-rig", "--dmrig-standards"):
        if (value := item.config.getoption(option)) is not None:
            words += [option, value]
    settings, comment = given("--dmrig-set", item.config.getoption("--dmrig-set"), Masker())
    return command_line(words + settings) + comment
