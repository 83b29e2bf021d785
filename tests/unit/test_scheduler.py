"""One scheduler, one clock: time jumps only when every part is quiet."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

import hil.scheduler
from hil.clock import EPOCH, JumpingClock, WallClock
from hil.errors import PartBroke
from hil.scheduler import Scheduler

DAY = timedelta(days=1)


def test_two_days_take_no_time_and_things_happen_in_order() -> None:
    scheduler = Scheduler(JumpingClock())
    happened: list[tuple[str, timedelta]] = []

    def note(name: str) -> None:
        happened.append((name, scheduler.clock.now() - EPOCH))

    scheduler.call_later(2 * DAY, lambda: note("second"))
    scheduler.call_later(DAY, lambda: note("first"))
    scheduler.call_later(DAY, lambda: note("first too"))
    scheduler.call_later(4 * DAY, lambda: note("too late"))
    assert not scheduler.run_until(lambda: False, EPOCH + 3 * DAY)
    assert happened == [("first", DAY), ("first too", DAY), ("second", 2 * DAY)]
    assert scheduler.clock.now() == EPOCH + 3 * DAY


def test_a_condition_stops_time_where_it_holds() -> None:
    scheduler = Scheduler(JumpingClock())
    done: list[None] = []
    scheduler.call_later(DAY, lambda: done.append(None))
    assert scheduler.run_until(lambda: bool(done), EPOCH + 3 * DAY)
    assert scheduler.clock.now() == EPOCH + DAY


def test_time_stands_still_while_a_part_is_busy() -> None:
    """A thread that works for a moment hands over its result before the clock moves on."""
    scheduler = Scheduler(JumpingClock())
    busy, start = threading.Event(), threading.Event()
    busy.set()
    seen: list[timedelta] = []

    def work() -> None:
        start.wait(5)
        scheduler.post(lambda: seen.append(scheduler.clock.now() - EPOCH))
        busy.clear()

    asked: list[None] = []

    def who() -> str | None:
        asked.append(None)
        if len(asked) == 3:
            start.set()
        return "modem" if busy.is_set() else None

    thread = threading.Thread(target=work)
    thread.start()
    scheduler.watch(who)
    scheduler.run_until(lambda: False, EPOCH + DAY)
    thread.join(5)
    assert seen == [timedelta()]


def test_settling_waits_for_busy_parts_but_not_for_the_clock() -> None:
    scheduler = Scheduler(JumpingClock())
    answers = iter(["modem", "modem", None, None])
    scheduler.watch(lambda: next(answers, None))
    late: list[None] = []
    scheduler.call_later(DAY, lambda: late.append(None))
    scheduler.settle()
    assert next(answers, "asked them all") in (None, "asked them all")
    assert scheduler.clock.now() == EPOCH
    assert not late


def test_a_part_that_is_stuck_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hil.scheduler, "STALL_SECONDS", 0.01)
    scheduler = Scheduler(JumpingClock())
    scheduler.watch(lambda: "modem")
    with pytest.raises(PartBroke, match="the modem has been busy"):
        scheduler.run_until(lambda: False, EPOCH + DAY)


def test_a_wall_clock_waits_for_real() -> None:
    clock = WallClock()
    scheduler = Scheduler(clock)
    before = clock.now()
    due: list[None] = []
    scheduler.call_later(timedelta(milliseconds=20), lambda: due.append(None))
    assert scheduler.run_until(lambda: bool(due), before + timedelta(seconds=5))
    assert clock.now() - before >= timedelta(milliseconds=20)


def test_a_post_from_a_thread_ends_a_real_wait() -> None:
    clock = WallClock()
    scheduler = Scheduler(clock)
    seen: list[None] = []
    thread = threading.Thread(target=lambda: scheduler.post(lambda: seen.append(None)))
    thread.start()
    assert scheduler.run_until(lambda: bool(seen), clock.now() + timedelta(seconds=5))
    thread.join(5)
