"""How the benchmarks print: the machine's facts, then one line for each ratio, with its aim."""

from __future__ import annotations

import os
import platform
from pathlib import Path

WIDTH = 64


def heading(unit: str) -> None:
    """``unit``: of what stands behind each ratio."""
    print(f"Python {platform.python_version()}, {platform.system()} {platform.release()} {platform.machine()},")
    print(f"{processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    print(f"{'what':<{WIDTH}} {'ratio':>6} {'aim':>5}   {unit}")


def row(what: str, ours: float, theirs: float, aim: float) -> None:
    """A ratio below the aim is good; both sides were measured in this run."""
    print(f"{what:<{WIDTH}} {ours / theirs:>6.3f} {aim:>5}   {number(ours)} / {number(theirs)}", flush=True)


def note(text: str) -> None:
    print(f"    {text}", flush=True)


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "unknown processor")
