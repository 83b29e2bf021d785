"""The alarm that interrupts steps is lent, by whoever has it, and given back."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest

from hil.limits import Limits
from hil.scenario.alarm import interruptible

LONG = 600


@pytest.fixture(autouse=True)
def _no_alarm() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def alarm() -> tuple[object, bool]:
    """Its handler, and whether it is set."""
    return signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0] > 0


def play(do: object) -> None:
    limits = Limits()
    with limits.limited("this step", timedelta(seconds=LONG)):
        interruptible(limits, do)  # type: ignore[arg-type]


def test_it_is_set_for_as_long_as_the_step_lasts() -> None:
    seen: list[bool] = []
    play(lambda: seen.append(alarm()[1]))
    assert seen == [True]
    assert alarm() == (signal.SIG_IGN, False)


def test_one_that_the_step_has_made_its_own_stays_so() -> None:
    def own(number: int, frame: object) -> None: ...

    def do() -> None:
        signal.signal(signal.SIGALRM, own)
        signal.setitimer(signal.ITIMER_REAL, LONG)

    play(do)
    assert alarm() == (own, True)


def test_a_handler_that_is_not_pythons_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    seen: list[bool] = []
    play(lambda: seen.append(alarm()[1]))
    assert seen == [False]
