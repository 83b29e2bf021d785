"""How long the commands take to start: real processes, best of several, beside the bare interpreter.

    python benchmarks/startup.py

The aim is ``dmrig --help`` in 150 ms on a quiet machine. That no command's help loads scapy, Flask or pyscard is
held by tests/unit/test_imports.py; time is only printed.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import time

ROUNDS = 7

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import click": ["-c", "import click"],
    "dmrig --help": ["-m", "hil", "--help"],
    "dmrig run --help": ["-m", "hil", "run", "--help"],
    "dmrig card --help": ["-m", "hil", "card", "--help"],
    "dmrig decode --help": ["-m", "hil", "decode", "--help"],
    "dmrig server --help": ["-m", "hil", "server", "--help"],
    "dmrig doctor --help": ["-m", "hil", "doctor", "--help"],
    "dmrig decode (a notification)": ["-m", "hil", "decode", "010603c4af87"],
    "dmrig check quickstart": ["-m", "hil", "check", "quickstart"],
}


def milliseconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}; best of {ROUNDS}\n")
    bare = min(milliseconds(COMMANDS["python -c pass"]) for _ in range(ROUNDS))
    for name, arguments in COMMANDS.items():
        best = min(milliseconds(arguments) for _ in range(ROUNDS))
        print(f"{name:<32}{best:8.0f} ms {best / bare:6.1f}x bare Python")


if __name__ == "__main__":
    main()
