"""Imports go one way, and the protocol core touches no I/O and no clock: every break fails here."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "simulator").rglob("*.py"))
BENCH = sorted((ROOT / "hil").rglob("*.py"))

FORBIDDEN = {
    "asyncio", "datetime.now", "flask", "glob", "http", "io", "os", "pathlib", "pydantic", "requests", "scapy",
    "secrets", "select", "selectors", "serial", "shutil", "smartcard", "socket", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "time", "urllib3", "yaml",
}  # fmt: skip
"""What the protocol core must not import."""

LAYERS = [
    {"errors"},
    {"codes"},
    {"grammar", "dmddf", "xml"},
    {"wbxml", "tnds", "ddf", "syncml", "notification", "push", "security", "http"},
    {"tree"},
    {"objects"},
    {"bootstrap", "session"},
    {"device"},
    {"behaviour"},
]
"""Packages and modules of the simulator, from the bottom up. Each may import its own layer and those below."""

BENCH_LAYERS = [
    {
        "errors",
        "clock",
        "faults",
        "fielddocs",
        "fields",
        "nearest",
        "place",
        "resets",
        "shellwords",
        "spoken",
        "yamlwords",
    },
    {"limits"},
    {"data", "locks", "objects", "plain", "scheduler", "slips", "yamlfile"},
    {"account", "profile", "report", "standards", "state", "tls", "trace"},
    {"bootstrap", "devicechoice", "http"},
    {"bench"},
    {"part"},
    {"card", "modem", "server"},
    {"capture", "push", "simaccess"},
    {"listen", "operator"},
    {"decode", "device", "doctor"},
    {"explore", "rig"},
    {"scenario"},
    {"schema", "steps"},
    {"cli", "testing"},
    {"__main__", "pytest_plugin"},
]
"""The same of the bench, but each may import only those below: parts beside one another do not know each other.

Three registries load what stands above or beside them by a name from a table, which is no import: `hil.rig.kinds`
the parts, `hil.scenario.load` the steps, `hil.decode.registry` its kinds.
"""


def imported(path: Path, *, types: bool = False) -> list[str]:
    """The dotted names that a module imports, also inside functions; with ``types`` those for types alone too."""
    found: list[str] = []

    def visit(node: ast.AST) -> None:
        if not types and isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            return
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append(node.module or "")
            found.extend(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text()))
    return found


def package(name: str) -> str:
    """``tree`` of ``simulator.tree.uri``: what has a layer."""
    return name.split(".")[1] if "." in name else ""


def layer(name: str, layers: list[set[str]] = LAYERS) -> int:
    """The layer of ``simulator.<name>…``."""
    for index, members in enumerate(layers):
        if package(name) in members:
            return index
    raise AssertionError(f"{name} has no layer: put it into the table of layers, and into docs/architecture.md")


def own_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_imports_no_io_no_clock_and_nothing_above_it(path: Path) -> None:
    names = imported(path)
    assert not [n for n in names if n.split(".")[0] in FORBIDDEN], path
    assert not [n for n in names if n.split(".")[0] == "hil"], path
    own = own_name(path)
    if own == "simulator":
        return
    for name in names:
        if name.startswith("simulator."):
            assert layer(name) <= layer(own), f"{own} imports {name}, which is above it"


def test_no_clock_is_read_in_the_core() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
                # `now` may be an attribute that was passed in, never a call on datetime or date
                assert ast.unparse(node.value) not in {"datetime", "date", "datetime.datetime"}, path


@pytest.mark.parametrize("path", BENCH, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_bench_imports_only_what_is_below(path: Path) -> None:
    own = own_name(path)
    if own == "hil":
        return
    for name in imported(path):
        if name.startswith("hil.") and package(name) not in (package(own), "__version__"):
            assert layer(name, BENCH_LAYERS) < layer(own, BENCH_LAYERS), f"{own} imports {name}"


def circle(imports: dict[str, list[str]]) -> list[str]:
    """Modules that import each other in a circle, if any do."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """For types alone neither: whoever reads the one has to know the other."""
    modules = {own_name(path): path for path in (*MODULES, *BENCH) if path.name != "__init__.py"}
    imports = {
        name: [used for used in imported(path, types=True) if used in modules] for name, path in modules.items()
    }
    assert circle(imports) == []
    assert circle({**imports, "hil.errors": ["hil.data"]}), "hil.data imports hil.errors"


def test_layers_are_seen() -> None:
    """The walk finds what it is meant to forbid."""
    assert (
        layer("hil.errors", BENCH_LAYERS) < layer("hil.card.part", BENCH_LAYERS) < layer("hil.cli", BENCH_LAYERS)
    )
    assert {package(own_name(path)) for path in BENCH} - {""} == set().union(*BENCH_LAYERS)
    assert layer("simulator.codes.status") < layer("simulator.syncml.wbxml") < layer("simulator.session.client")
    assert "simulator.syncml.message" in imported(ROOT / "hil" / "device" / "log.py")


HEAVY = ["scapy", "flask", "smartcard", "serial", "lxml", "rich", "pydantic", "urllib3", "yaml", "cryptography"]


def loaded_after(code: str) -> set[str]:
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split())


def test_help_loads_nothing_heavy() -> None:
    modules = loaded_after("from hil.cli.main import main; main(['--help'])")
    assert "click" in modules
    assert not modules & set(HEAVY)


@pytest.mark.parametrize("command", ["demo", "run", "check", "card", "decode", "push", "server", "doctor"])
def test_help_of_a_command_loads_no_reader_no_server_no_capture(command: str) -> None:
    modules = loaded_after(f"from hil.cli.main import main; main([{command!r}, '--help'])")
    assert not modules & {"scapy", "flask", "smartcard"}
