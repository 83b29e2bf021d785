"""A dialogue with a modem: commands and pauses come out of a generator, and answers go in.

So what has to be asked, and in which order, is written once. A `Conversation` carries a dialogue out in the
caller's thread and on real time: before a run's scheduler has the line, or where there is no run; a modem that
boots takes its time whatever a scenario's clock shows. The driver carries the same dialogues out in the
scheduler's thread.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hil.errors import PartMissing
from hil.limits import Limits
from hil.modem.at.parser import Answered, Command, Prompted, Response, Unsolicited
from hil.modem.link import AtLink

WAKE_ATTEMPTS = 5
WAKE_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass, and hear what comes by itself meanwhile."""

    seconds: float


Dialogue = Generator[Command | Pause, Response | None, T]
"""Is sent the answer to each command; None when the modem stayed silent, and after a pause."""


def waking(name: str, attempts: int | None = None) -> Dialogue[None]:
    """Until the modem on the line of that name answers to AT. Raises `PartMissing` when it does not."""
    for attempt in range(WAKE_ATTEMPTS if attempts is None else attempts):
        answer = yield Command("AT", timeout=WAKE_SECONDS, escape=attempt > 0)
        if answer is not None and answer.ok:
            if attempt:
                # An earlier AT may be answered late, and would be taken for the next command's answer.
                yield Pause(WAKE_SECONDS)
            return
    raise PartMissing(
        f"nothing on {name} answers to AT",
        hint="is it the modem's AT port, and is its speed right? Some modems have several ports",
    )


class Asks(Protocol):
    """Who can ask a modem something and wait for the answer: a `Conversation`, or the driver of a run."""

    def ask(self, command: Command) -> Response | None:
        """Send and wait; None when the modem stays silent. Raises `PartBroke` when the line has gone."""
        ...


class Conversation:
    """Raises `PartBroke` from every method when the line has gone."""

    def __init__(self, link: AtLink, limits: Limits | None = None) -> None:
        self.link = link
        self._limits = limits or Limits()
        self.early: list[Unsolicited] = []
        """What came by itself meanwhile; nobody has dealt with it."""

    def run(self, dialogue: Dialogue[T]) -> T:
        """Carry a dialogue out and return what it comes to."""
        answer: Response | None = None
        while True:
            try:
                step = dialogue.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Pause):
                self.listen(step.seconds)
                answer = None
            else:
                answer = self.ask(step)

    def wake(self) -> None:
        """Until the modem answers to AT. Raises `PartMissing` when it does not."""
        self.run(waking(self.link.line.name))

    def ask(self, command: Command) -> Response | None:
        """Send and wait; None when the modem stays silent. Raises `TimedOut` when a limit was reached before."""
        self._limits.check()
        self.link.begin(command)
        answer = self._listen(self._limits.seconds(command.seconds), until_answered=True)
        if answer is None:
            self.link.abandon()
            self._limits.check(f"the modem has not answered to {command.text}")
        return answer

    def listen(self, seconds: float) -> None:
        """Take what comes by itself."""
        self._listen(self._limits.seconds(seconds), until_answered=False)

    def _listen(self, seconds: float, *, until_answered: bool) -> Response | None:
        deadline = time.monotonic() + seconds
        answer = None
        while (left := deadline - time.monotonic()) > 0:
            data = self.link.line.read(left)
            for event in self.link.take(data):
                if isinstance(event, Answered):
                    answer = event.response
                elif isinstance(event, Prompted):
                    self.link.give(event.command)
                else:
                    self.early.append(event)
            self.link.received += len(data)
            if until_answered and answer is not None:
                break
        return answer
