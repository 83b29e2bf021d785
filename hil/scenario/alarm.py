"""A limit in the midst of Python code: steps of other packages may wait where nobody asked how long they may.

Parts bound their waits by themselves, and end what they have begun. So what is interrupted is the step's own code,
never what it has called of dmrig.
"""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable
from types import FrameType

from hil.limits import Limits

AGAIN_SECONDS = 0.05
"""How soon it is looked again, while something of dmrig's is at work."""


def interruptible(limits: Limits, do: Callable[[], None]) -> None:
    """``do`` it; `TimedOut` is raised within it when the nearest limit has been passed, where time is real.

    Signals reach the main thread alone. One whose alarm is set already (pytest-timeout) keeps it, and so does one
    whose handler is not Python's, which nobody could put back. An alarm that ``do`` has made its own stays so.
    """
    seconds = limits.seconds(math.inf)
    mine = threading.current_thread() is threading.main_thread()
    if math.isinf(seconds) or not mine or _taken():
        do()
        return
    over = False

    def strike(number: int, frame: FrameType | None) -> None:
        if over:
            return
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
        if _in_the_steps_own_code(frame):
            limits.check()

    before = signal.signal(signal.SIGALRM, strike)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        do()
    finally:
        over = True
        if signal.getsignal(signal.SIGALRM) is strike:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def _taken() -> bool:
    """Whether the alarm is somebody else's."""
    return signal.getitimer(signal.ITIMER_REAL)[0] > 0 or signal.getsignal(signal.SIGALRM) is None


def _in_the_steps_own_code(frame: FrameType | None) -> bool:
    """Whether nothing of dmrig's stands between it and `interruptible`."""
    innermost = frame
    while frame is not None and not str(frame.f_globals.get("__name__")).startswith("hil."):
        frame = frame.f_back
    return frame is not None and frame is not innermost and frame.f_code is interruptible.__code__
