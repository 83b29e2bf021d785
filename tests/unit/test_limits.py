"""The nearest limit counts; a clock that stands still comes to none by waiting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hil.clock import EPOCH, JumpingClock, WallClock
from hil.limits import A_MOMENT, GRACE, Limits, TimedOut
from hil.scheduler import Scheduler

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class StoppedClock(WallClock):
    """Real time, at a moment that the test says."""

    def __init__(self) -> None:
        self.shown = EPOCH

    def now(self):  # type: ignore[no-untyped-def]
        return self.shown


def test_the_nearest_counts_whatever_it_stands_in() -> None:
    clock = StoppedClock()
    limits = Limits(clock)
    with limits.limited("the run", 3 * SECOND), limits.limited("the phase", None):
        with limits.limited("this step", 5 * SECOND):
            assert limits.seconds(60) == 3 + A_MOMENT
            assert limits.seconds(2) == 2
        clock.shown += 2 * SECOND
        with limits.limited("this step", SECOND / 2):
            assert limits.seconds(60) == 0.5 + A_MOMENT
            clock.shown += SECOND / 2
            assert limits.reached
            limits.check()
            clock.shown += 4 * SECOND
            assert limits.seconds(60) == A_MOMENT
            with pytest.raises(
                TimedOut, match=r"^time-out: this step may take 0\.5 s, and that time is over: no card$"
            ):
                limits.check("no card")
            with limits.unlimited():
                limits.check()
                assert limits.seconds(60) == 60
        with pytest.raises(TimedOut, match=r"the run may take 3 s, and that time is over$"):
            limits.check()
    limits.check()


def test_what_is_given_back_has_its_time_behind_a_limit_and_just_before_it() -> None:
    clock = StoppedClock()
    limits = Limits(clock)
    with limits.limited("this step", 10 * SECOND):
        with limits.ending():
            assert limits.seconds(60) == 10 + A_MOMENT
        for length in (9 * SECOND, 5 * SECOND):
            clock.shown += length
            with limits.ending():
                limits.check()
                assert limits.seconds(60) == GRACE.total_seconds() + A_MOMENT
        with pytest.raises(TimedOut, match="this step"):
            limits.check()


def test_waiting_in_real_time_is_no_time_on_a_clock_that_jumps() -> None:
    limits = Limits(JumpingClock())
    with limits.limited("this step", SECOND):
        assert limits.seconds(60) == 60


@pytest.mark.parametrize("clock", [JumpingClock, WallClock])
def test_what_happens_without_end_ends(clock: type[JumpingClock | WallClock]) -> None:
    """One thing leads to the next, each due at once."""
    scheduler = Scheduler(clock())

    def again() -> None:
        scheduler.pass_by(0.01)
        scheduler.soon(again)

    scheduler.soon(again)
    with scheduler.limits.limited("this step", SECOND / 10), pytest.raises(TimedOut, match="this step"):
        scheduler.settle()


def test_an_act_that_lasts_is_cut_short() -> None:
    scheduler = Scheduler(WallClock())
    began = scheduler.clock.now()
    with scheduler.limits.limited("this step", SECOND / 10):
        scheduler.pass_by(60)
        scheduler.hold(HOUR)
        with pytest.raises(TimedOut):
            scheduler.settle()
    assert scheduler.clock.now() - began < timedelta(seconds=30)
