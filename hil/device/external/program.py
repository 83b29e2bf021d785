"""Programs beside the bench: their output goes into the trace, and they end with all that they started.

A program is the leader of a process group of its own. What it prints is read by threads and handed to the
scheduler line by line; a program that prints without end is read on, and shown no more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from threading import Thread
from typing import IO

from hil.bench import Bench
from hil.errors import PartBroke, PartMissing

MAX_LINE = 2000
"""Octets of a line that are taken as one."""
MAX_LINES = 2000
"""Lines of one program that the trace shows."""
MAX_OUTPUT = 4 * 1024 * 1024
"""Octets of what a program prints that are kept."""
GRACE_SECONDS = 2.0
"""Real time between asking a program to end and ending it."""
LAST_WORDS = 5


class Program:
    """One that has been started. All but `end` is for the scheduler's thread."""

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        bench: Bench,
        *,
        folder: str,
        environment: Mapping[str, str],
        show: bool = True,
        ended: Callable[[Program], None] = lambda _: None,
    ) -> None:
        """``show``: its standard output is a log for people, and no answer. ``ended`` is told, by the scheduler,
        when it and its output have ended. Raises `PartMissing` when it cannot be started."""
        self.name = name
        self.code: int | None = None
        """What it exited with; negative: by a signal. None while it runs."""
        self.lines: list[str] = []
        """What it has said, newest last, as far as that is shown."""
        self._cut = False
        """Whether it has said more."""
        self.output = bytearray()
        """Its standard output, as far as it is kept."""
        self.wanted = False
        """Whether somebody has asked it to end."""
        self._bench = bench
        self._show = show
        self._ended = ended
        try:
            self._process = subprocess.Popen(
                words,
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise PartMissing(
                f"the device's {name} cannot be started: {words[0]}: {why}", hint=f"commands run in {folder}"
            ) from error
        self._readers = [
            Thread(target=self._read, args=(stream, shown), name=f"device {name}", daemon=True)
            for stream, shown in ((self._process.stdout, show), (self._process.stderr, True))
        ]
        for reader in self._readers:
            reader.start()
        Thread(target=self._wait, name=f"device {name}", daemon=True).start()

    @property
    def running(self) -> bool:
        return self.code is None

    @property
    def last_words(self) -> str:
        """Its last lines, for a message."""
        return " / ".join(self.lines[-LAST_WORDS:]) or "nothing"

    def wait(self, length: timedelta, until: Callable[[], bool] | None = None) -> bool:
        """Let things happen until it has ended, or ``until`` holds; False: it was not in time."""
        wanted = until or (lambda: False)
        return self._bench.scheduler.run_until(
            lambda: not self.running or wanted(), self._bench.now() + length, self._waited_for
        )

    def _waited_for(self) -> str:
        return f"the device's {self.name} has not ended; its last words: {self.last_words}"

    def end(self, *, at_once: bool = False) -> None:
        """End it and all in its group, in bounded time. May be called twice, and in any thread."""
        self.wanted = True
        if not at_once:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_SECONDS)
        # The group outlives its leader: whatever that has left behind ends as well.
        self._signal(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)
        for reader in self._readers:
            reader.join(GRACE_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    # Threads

    def _read(self, stream: IO[bytes], shown: bool) -> None:
        told = 0
        with contextlib.suppress(OSError, ValueError), stream:
            while line := stream.readline(MAX_LINE):
                if stream is self._process.stdout and len(self.output) < MAX_OUTPUT:
                    self.output += line
                # One line more than is shown tells that there is more; the others are read, and let go.
                if shown and told <= MAX_LINES:
                    told += 1
                    text = line.decode("utf-8", "replace").rstrip()
                    self._bench.scheduler.post(lambda text=text: self._said(text))  # type: ignore[misc]

    def _wait(self) -> None:
        code = self._process.wait()
        for reader in self._readers:
            # A child of its that holds the pipe open is none of the program's end.
            reader.join(GRACE_SECONDS)
        self._bench.scheduler.post(lambda: self._over(code))

    # The scheduler's thread

    def _said(self, text: str) -> None:
        if self._cut:
            return
        self._cut = len(self.lines) == MAX_LINES
        if self._cut:
            self._bench.recorder.note(f"{self.name} says more, which is not shown", part="device")
            return
        self.lines.append(text)
        self._bench.recorder.note(f"{self.name}: {text}", part="device", program=self.name)

    def _over(self, code: int) -> None:
        self.code = code
        self._ended(self)


def finished(program: Program, length: timedelta, *, any_code: bool) -> Program:
    """The program, once it has ended well. Raises `PartBroke`, after ending it, when it does not."""
    try:
        in_time = program.wait(length)
    finally:
        if program.running:
            program.end()
    if not in_time:
        raise PartBroke(
            f"the device's {program.name} has not ended within {length.total_seconds():g} s; its last words: "
            f"{program.last_words}",
            hint=f"give it longer: {program.name}: {{run: …, within: 2 min}}",
        )
    if program.code and not any_code:
        said = f"ended with exit code {program.code}; its last words: {program.last_words}"
        raise PartBroke(
            f"the device's {program.name} {said}",
            hint=f"if that is well: {program.name}: {{run: …, any_code: yes}}",
        )
    return program
