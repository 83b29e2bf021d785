"""The pytest plug-in: scenario files are tests, and tests in Python have a rig (docs/pytest.md).

Whoever has dmrig installed and does not use it in a test run pays for this module alone: what does the work is
imported when the first scenario file is collected or the first fixture asked for.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hil.rig.load import RigPlan
    from hil.scenario.live import Live

SUFFIXES = (".yaml", ".yml")

FIXTURE = "dmrig"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    _leave_as_it_is(pluginmanager)
    group = parser.getgroup("dmrig", "dmrig: scenarios, and a rig for tests")
    group.addoption("--dmrig-rig", metavar="FILE", help="rig file, or the name of one that comes with dmrig")
    group.addoption("--dmrig-seed", metavar="N", type=int, help="another seed than the scenarios' own")
    group.addoption(
        "--dmrig-set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=_pair,
        help="value for a variable of scenarios; of a matrix, the value to be run",
    )
    group.addoption("--dmrig-out", metavar="DIR", help="where run directories go [below pytest's temporary one]")
    group.addoption("--dmrig-standards", metavar="FILE", help="what the standard says where dmrig assumes")
    parser.addini("dmrig_scenarios", "folders whose scenario files are tests", type="paths", default=[])
    rig = "rig file (beside this file), or the name of one that comes with dmrig"
    parser.addini("dmrig_rig", rig, default="")


def _leave_as_it_is(pluginmanager: pytest.PytestPluginManager) -> None:
    """pytest rewrites the assert statements in all modules of a distribution that has a plug-in, and compiles them
    anew: seconds in a fresh environment, for nothing. It has no public name for what it rewrites."""
    marked = getattr(getattr(pluginmanager, "rewrite_hook", None), "_must_rewrite", None)
    if isinstance(marked, set):
        marked -= {"hil", "simulator"}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"NAME=VALUE is expected, not {text!r}")
    return name, value


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "dmrig(rig=, seed=, device=, account=, ...): what the dmrig fixture starts, in a scenario's words",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix not in SUFFIXES:
        return None
    named = parent.session.isinitpath(file_path)
    if not named and not any(map(file_path.is_relative_to, parent.config.getini("dmrig_scenarios"))):
        return None
    from hil.testing.collect import scenario_file

    return scenario_file(file_path, parent, named=named)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if hasattr(item, "dmrig_scenario") or FIXTURE in _fixtures(item)]
    if ours:
        from hil.testing.session import arrange

        arrange(config, ours)


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


@pytest.fixture
def dmrig(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A running rig that plays the steps it is told; see docs/pytest.md of dmrig."""
    from hil.testing.fixture import started

    with started(request.node) as live:
        yield live


@pytest.fixture
def dmrig_rig(dmrig: Live) -> RigPlan:
    """The rig's file, read: its parts' kinds, settings and capabilities."""
    return dmrig.plan


@pytest.fixture
def dmrig_device(dmrig: Live) -> Any:
    """The device of the rig."""
    return dmrig.device


@pytest.fixture
def dmrig_card(dmrig: Live) -> Any:
    """The card of the rig, with its reader."""
    return dmrig.card


@pytest.fixture
def dmrig_modem(dmrig: Live) -> Any:
    """The modem of the rig."""
    return dmrig.modem


@pytest.fixture
def dmrig_push(dmrig: Live) -> Any:
    """What brings pushes to the device; None on a rig without it."""
    return dmrig.push


@pytest.fixture
def dmrig_server(dmrig: Live) -> Any:
    """The DM server of the rig."""
    return dmrig.server
