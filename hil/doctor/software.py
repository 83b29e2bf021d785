"""Python, dmrig, the libraries it uses, and the programs its tests are held against."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import hil
from hil import data
from hil.card import install
from hil.doctor.finding import Finding

OLDEST_PYTHON = (3, 11)

LIBRARIES: dict[str, str] = {
    "click": "click",
    "pydantic": "pydantic",
    "PyYAML": "yaml",
    "lxml": "lxml",
    "cryptography": "cryptography",
    "pyserial": "serial",
    "scapy": "scapy",
    "urllib3": "urllib3",
    "Flask": "flask",
    "rich": "rich",
}
"""Distribution: the module it brings."""

TOOLS: dict[str, tuple[str, str]] = {
    "tshark": ("tshark", "reads the captures of a run"),
    "libwbxml": ("libwbxml2-utils", "reads and writes WBXML beside our own codec"),
    "gammu": ("gammu", "talks to the virtual modem"),
}
"""Name: its Debian package, and what for."""

PROGRAMS = {"libwbxml": "xml2wbxml"}


def python() -> Iterator[Finding]:
    seen = f"{platform.python_version()} at {sys.executable}"
    good = sys.version_info >= OLDEST_PYTHON
    remedy = None if good else "install Python 3.11 or newer (Debian 12: apt-get install python3 python3-venv)"
    yield Finding("Python", "ok" if good else "broken", seen, remedy)
    yield Finding("dmrig", "ok", f"{hil.__version__} at {Path(hil.__file__).parent}")


def libraries() -> Iterator[Finding]:
    there = {name: version for name, module in LIBRARIES.items() if (version := _version(name, module))}
    if missing := [name for name in LIBRARIES if name not in there]:
        remedy = f"python -m pip install {' '.join(missing)}"
        yield Finding("libraries", "missing", ", ".join(missing), remedy)
    yield Finding("libraries", "ok", ", ".join(f"{name} {version}" for name, version in there.items()))


def data_files() -> Iterator[Finding]:
    if (data.scenarios() / "quickstart.yaml").is_file() and data.names("cards"):
        yield Finding("data files", "ok", f"in {data.root()}")
        return
    yield Finding("data files", "missing", f"no scenarios or card images in {data.root()}", "install dmrig again")


def pyscard() -> Iterator[Finding]:
    # Not imported: without libpcsclite, pyscard prints a line to stdout when it is.
    version = _version("pyscard", "smartcard")
    if version:
        yield Finding("pyscard", "ok", version, purpose="real cards")
    else:
        yield Finding("pyscard", "missing", "not installed", install.PYSCARD, "real cards")


def tools() -> Iterator[Finding]:
    for name, (package, use) in TOOLS.items():
        path = shutil.which(PROGRAMS.get(name, name))
        if path:
            yield Finding(name, "ok", f"{path} ({use})", purpose="development")
        else:
            seen = f"not installed ({use}; only tests need it)"
            yield Finding(name, "missing", seen, f"apt-get install {package}", "development")


def _version(distribution: str, module: str) -> str:
    """The version that is installed; empty when the module is not there."""
    if importlib.util.find_spec(module) is None:
        return ""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "of unknown version"
