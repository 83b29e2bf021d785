"""A modem's driver without a run, for whoever wants one thing of a modem: on real time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from hil.clock import WallClock
from hil.limits import Limits
from hil.modem.driver import ModemDriver
from hil.modem.line import Line
from hil.modem.ports import find
from hil.modem.serial import SerialLine
from hil.scheduler import Scheduler
from hil.trace.record import Record
from hil.trace.recorder import Recorder

AWAY_SECONDS = 60.0
"""How long a modem may stay away that is unplugged meanwhile."""

LOOK_EVERY = timedelta(minutes=1)
"""How often it is asked whether it still knows its settings."""

FINISH = timedelta(seconds=10)
FOREVER = timedelta(days=365 * 100)


@dataclass(frozen=True, slots=True)
class Session:
    driver: ModemDriver
    scheduler: Scheduler
    recorder: Recorder

    def run(self, condition: Callable[[], bool], during: timedelta = FOREVER) -> bool:
        """Let things happen until ``condition`` holds, or the time is over."""
        return self.scheduler.run_until(condition, self.scheduler.clock.now() + during)

    def finish(self) -> None:
        """Let what has been begun come to its end: the last acknowledgement, the last deletion."""
        self.run(lambda: self.driver.idle, FINISH)


@contextmanager
def opened(
    port: str,
    speed: int,
    *,
    pin: str | None = None,
    reports: bool = False,
    note: Callable[[str], None] = lambda _: None,
    limits: Limits | None = None,
) -> Iterator[Session]:
    """The modem on a port, set up; ``note`` hears what is worth a line, masked. ``limits``: of the run, if any.

    Raises `PartError`, `UsageError` and `TimedOut`.
    """
    clock = WallClock()
    scheduler, recorder = Scheduler(clock, limits), Recorder(clock.now)

    def tell(record: Record) -> None:
        if record.kind == "note":
            note(recorder.masker.text(record.text))

    def open_line() -> Line:
        return SerialLine(find(port), speed)

    recorder.subscribe(tell)
    driver = ModemDriver(
        open_line(),
        scheduler,
        recorder,
        pin=pin,
        reports=reports,
        reopen=open_line,
        patience=AWAY_SECONDS,
        look_every=LOOK_EVERY,
    )
    try:
        driver.start()
        yield Session(driver, scheduler, recorder)
    finally:
        driver.stop()
