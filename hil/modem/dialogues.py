"""The dialogues that a driver carries out beside one another, a command of each at a time.

A modem that restarts or goes away ends all that have begun; those that are begun meanwhile wait until it has been
set up again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from hil.modem.at.parser import Response
from hil.modem.commandqueue import CommandQueue, Entry
from hil.modem.conversation import Dialogue, Pause
from hil.scheduler import Scheduler


class Put(Protocol):
    def __call__(self, entry: Entry, *, urgent: bool) -> None: ...


class _Run:
    """A dialogue that is being carried out."""

    def __init__(self, dialogue: Dialogue[Any], then: Callable[[Any], None], urgent: bool) -> None:
        self.dialogue = dialogue
        self.then = then
        self.urgent = urgent


class Dialogues:
    def __init__(self, queue: CommandQueue, put: Put, scheduler: Scheduler) -> None:
        """``put`` puts a command into the queue, and opens it when none is open."""
        self._queue = queue
        self._put = put
        self._scheduler = scheduler
        self._runs: list[_Run] = []
        self._waiting: list[_Run] = []
        """Those that begin when the modem has been set up again."""

    def __bool__(self) -> bool:
        return bool(self._runs or self._waiting)

    def play(self, dialogue: Dialogue[Any], then: Callable[[Any], None], *, urgent: bool) -> None:
        """``then`` gets what it comes to; None when it is interrupted. What it raises is raised in the scheduler's
        thread."""
        run = _Run(dialogue, then, urgent)
        if self._queue.held and not urgent:
            self._waiting.append(run)
        else:
            self._begin(run)

    def interrupt(self) -> None:
        """What was asked of the modem as it was is over; commands wait until it has been set up again."""
        self._queue.held = True
        runs, self._runs = self._runs, []
        for entry in self._queue.interrupt():
            if entry.then is not None:
                entry.then(None)
        for run in runs:
            run.dialogue.close()
            run.then(None)

    def begin_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for run in waiting:
            self._begin(run)

    def _begin(self, run: _Run) -> None:
        self._runs.append(run)
        self._advance(run, None)

    def _advance(self, run: _Run, answer: Response | None) -> None:
        if run not in self._runs:
            return
        try:
            step = run.dialogue.send(answer)
        except StopIteration as end:
            self._runs.remove(run)
            run.then(end.value)
            return
        except BaseException:
            self._runs.remove(run)
            raise
        if isinstance(step, Pause):
            self._scheduler.call_later(timedelta(seconds=step.seconds), partial(self._advance, run, None))
        else:
            self._put(Entry(step, partial(self._advance, run), run), urgent=run.urgent)
