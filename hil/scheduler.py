"""The one scheduler of a run: everything that happens, happens in its thread, one thing after the other.

A part that needs a thread of its own (a real reader, a serial line) hands what it got over with `post`.
Time passes only in `run_until`, and only when every part is quiet and nothing is posted or due.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from hil.clock import Clock
from hil.errors import PartBroke
from hil.limits import Limits, TimedOut

Action = Callable[[], None]

STALL_SECONDS = 30.0
"""Real time after which a part that is not quiet, and from which nothing comes, is called stuck."""

POLL_SECONDS = 0.002
"""How often parts are asked whether they are quiet while nothing is posted."""


class Scheduler:
    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self.clock = clock
        self.limits = limits or Limits(clock)
        """How long what it lets happen may take."""
        self._posted: queue.SimpleQueue[Action] = queue.SimpleQueue()
        self._due: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()
        self._busy: Callable[[], str | None] = lambda: None

    def watch(self, busy: Callable[[], str | None]) -> None:
        """Ask ``busy`` before time passes: it names a part that is not quiet, or returns None."""
        self._busy = busy

    def post(self, action: Action) -> None:
        """Run ``action`` in the scheduler's thread as soon as possible. The one call that any thread may make."""
        self._posted.put(action)

    def soon(self, action: Action) -> None:
        """Run ``action`` before time passes, but only when every part is quiet: what one thing leads to comes
        after all that it set going elsewhere, in every run alike."""
        self.call_at(self.clock.now(), action)

    def call_at(self, when: datetime, action: Action) -> None:
        heapq.heappush(self._due, (when, next(self._order), action))

    def call_later(self, delay: timedelta, action: Action) -> None:
        self.call_at(self.clock.now() + delay, action)

    def run_until(
        self, condition: Callable[[], bool], deadline: datetime, seen: Callable[[], str] = lambda: ""
    ) -> bool:
        """Let things happen until ``condition`` holds (True) or the clock shows ``deadline`` (False).

        Raises `TimedOut` with what was ``seen`` when a limit is reached before, and `PartBroke` when a part stays
        busy for `STALL_SECONDS` of real time without a sign.
        """
        limit = self.limits.before(deadline)
        if limit is not None:
            deadline = limit.until
        last_sign = time.monotonic()
        while True:
            if self._run_posted():
                last_sign = time.monotonic()
            if condition():
                return True
            passed = self.limits.passed
            if passed is not None:
                # Looked at here too: one thing that happens may lead to the next without end, each of them due.
                raise TimedOut(passed, seen())
            busy = self._busy()
            if busy is not None:
                if time.monotonic() - last_sign > STALL_SECONDS:
                    raise PartBroke(
                        f"the {busy} has been busy for {STALL_SECONDS:.0f} s and nothing came of it",
                        hint="look at the end of the trace for what it was asked last",
                    )
                if self._wait(POLL_SECONDS):
                    last_sign = time.monotonic()
                continue
            if not self._posted.empty():
                continue
            if self._due and self._due[0][0] <= self.clock.now():
                heapq.heappop(self._due)[2]()
                last_sign = time.monotonic()
                continue
            if self.clock.now() >= deadline:
                if limit is not None:
                    raise TimedOut(limit, seen())
                return False
            until = min(deadline, self._due[0][0]) if self._due else deadline
            seconds = self.clock.real_seconds_until(until)
            if seconds > 0:
                self._wait(min(seconds, 0.05))
                last_sign = time.monotonic()
            else:
                self.clock.reach(until)

    def pass_by(self, seconds: float) -> None:
        """Let time pass within an action: something takes so long, and nothing else happens meanwhile."""
        self.hold(timedelta(seconds=seconds))

    def hold(self, length: timedelta) -> None:
        """Let time pass within an action, or in a thread that one waits for: nothing else happens meanwhile."""
        when = self.clock.now() + length
        time.sleep(self.limits.seconds(self.clock.real_seconds_until(when)))
        self.clock.reach(when)

    def settle(self) -> None:
        """Let happen what happens now, without time passing."""
        self.run_until(lambda: False, self.clock.now())

    def _run_posted(self) -> bool:
        ran = False
        while True:
            try:
                action = self._posted.get_nowait()
            except queue.Empty:
                return ran
            action()
            ran = True

    def _wait(self, seconds: float) -> bool:
        """Sleep, but not past the next post; whether there was one."""
        try:
            action = self._posted.get(timeout=seconds)
        except queue.Empty:
            return False
        action()
        return True
