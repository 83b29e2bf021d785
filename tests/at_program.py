"""`dmrig modem serve` as a program of its own, for the programs of others that speak AT."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 20.0


class ServedProgram:
    """The running command; what it prints is read as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        ready = self.event("ready")
        self.path: str = ready["path"]
        self.model: str = ready["model"]

    def feed(self, *lines: str) -> None:
        assert self.process.stdin is not None
        for line in lines:
            self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def event(self, kind: str) -> dict[str, Any]:
        """The next event of that kind; others are passed over."""
        while True:
            event = self._events.get(timeout=SECONDS)
            assert event is not None, f"the program ended before any {kind}"
            if event["event"] == kind:
                return event

    def end(self) -> list[dict[str, Any]]:
        """End it as Ctrl-C does; what it had printed until then and nobody has looked at."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=SECONDS) == 130
        self._reader.join(timeout=SECONDS)
        left = []
        while (event := self._events.get(timeout=SECONDS)) is not None:
            left.append(event)
        return left

    def close(self) -> None:
        """After the program's end, whatever that was."""
        self.process.wait()
        self._reader.join(timeout=SECONDS)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)


@contextmanager
def serving(*options: str | Path) -> Iterator[ServedProgram]:
    """The command with these options, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hil", "modem", "serve", "--json", *map(str, options)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    program = None
    try:
        program = ServedProgram(process)
        yield program
    finally:
        process.kill()
        if program is not None:
            program.close()
        else:
            process.communicate()
