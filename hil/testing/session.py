"""What the tests of one pytest process have in common: options, rigs, where run directories go."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hil import standards
from hil.errors import BenchError, UsageError
from hil.rig.load import RigPlan, load_rig
from hil.scenario.load import Options, check_given
from hil.trace.row import one_line
from hil.trace.rundir import create_below
from simulator.errors import SimulatorError

MARKER = "dmrig"


class Session:
    """Made when the first scenario or fixture is met."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._plans: dict[str | None, RigPlan] = {}
        self._out: Path | None = None
        self.options = Options(dict(config.getoption("--dmrig-set")), config.getoption("--dmrig-seed"))
        if (name := config.getoption("--dmrig-standards")) is not None:
            closing = ExitStack()
            config.add_cleanup(closing.close)
            closing.enter_context(standards.using(standards.load_standards(name), name))

    def plan(self, name: str | None = None, folder: Path | None = None) -> RigPlan:
        """The rig of a test in ``folder`` that names it, else that of the command line, else that of the ini file.

        A file that a test names is looked for beside the test, then beside the ini file; one that the ini file
        names, beside that. Raises `UsageError` when there is none of that name, or it is wrong.
        """
        if name:
            name = self._found(str(name), *([folder] if folder else []))
        else:
            usual = str(self._config.getini("dmrig_rig") or "")
            name = self._config.getoption("--dmrig-rig") or (self._found(usual) if usual else None)
        if name not in self._plans:
            self._plans[name] = load_rig(name)
        return self._plans[name]

    def _found(self, name: str, *folders: Path) -> str:
        """The file of that name in one of the folders or beside the ini file; the name where there is none."""
        beside = [self._config.inipath.parent] if self._config.inipath else []
        places = [folder / name for folder in (*folders, *beside)]
        return str(next((place for place in places if place.is_file()), name))

    def directory(self, name: str) -> Path:
        """A new run directory. Processes of one test run may share a folder: no two get the same."""
        if self._out is None:
            said = self._config.getoption("--dmrig-out")
            self._out = Path(said) if said is not None else self._temporary()
        return create_below(self._out, name)

    @property
    def _factory(self) -> Any:
        """Of temporary directories. pytest has no public name for it outside of fixtures, and may be without."""
        return getattr(self._config, "_tmp_path_factory", None)

    def _temporary(self) -> Path:
        """pytest keeps its last three."""
        factory = self._factory
        return Path(factory.mktemp("dmrig") if factory is not None else tempfile.mkdtemp(prefix="dmrig-"))

    @contextmanager
    def turn(self, plan: RigPlan) -> Iterator[None]:
        """Within the block, if this rig has something to itself, no other worker of xdist runs such a rig."""
        if not (plan.holds and hasattr(self._config, "workerinput")):
            yield
            return
        run = self._config.workerinput["testrunuid"]
        # All workers' temporary directories lie beside each other.
        factory = self._factory
        folder = factory.getbasetemp().parent if factory is not None else Path(tempfile.gettempdir())
        with (folder / f"dmrig-{run}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print(f"another worker is using {plan.holds[0]}; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


_SESSION = pytest.StashKey[Session]()
_REFUSAL = pytest.StashKey[BenchError]()


def session_of(config: pytest.Config) -> Session:
    """Always the same. Raises `BenchError` when nothing can be run with these options."""
    if _REFUSAL in config.stash:
        raise config.stash[_REFUSAL]
    if _SESSION not in config.stash:
        config.stash[_SESSION] = Session(config)
    return config.stash[_SESSION]


def told(error: BenchError | SimulatorError) -> str:
    """An error in words, with what to try."""
    lines = str(error).splitlines() + ([f"try: {error.hint}"] if error.hint else [])
    return "\n".join(map(one_line, lines))


def refused(error: BenchError) -> BaseException:
    """What ends a test, without a traceback."""
    ended: BaseException = pytest.fail.Exception(told(error), pytrace=False)
    return ended


def circumstances_said(item: pytest.Item) -> dict[str, Any]:
    """What the markers of a test say; the nearest one counts."""
    said: dict[str, Any] = {}
    for mark in reversed(list(item.iter_markers(MARKER))):
        if mark.args:
            raise UsageError("the marker dmrig takes names with values: @pytest.mark.dmrig(rig='virtual')")
        said |= mark.kwargs
    return said


def arrange(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before any of ``items`` is run: say what cannot be."""
    try:
        session = session_of(config)
        scenarios = [item.dmrig_scenario for item in items if hasattr(item, "dmrig_scenario")]
        if scenarios:
            check_given(session.options, scenarios)
        for item in items:
            session.plan(circumstances_said(item).get("rig"), item.path.parent)
    except BenchError as error:
        if not hasattr(config, "workerinput"):
            raise pytest.UsageError(told(error)) from None
        # A worker of xdist cannot end a test run in so many words; each of its tests can say why.
        config.stash[_REFUSAL] = error
