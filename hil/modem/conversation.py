"""Commands and answers on a line, one after the other, in the caller's thread and on real time.

For what happens before a run's scheduler has the line, or where there is no run: a modem that boots takes its time
whatever a scenario's clock shows.
"""

from __future__ import annotations

import time
from typing import Protocol

from hil.errors import PartMissing
from hil.modem.at.parser import Answered, Command, Response, Unsolicited
from hil.modem.link import AtLink

WAKE_ATTEMPTS = 5
WAKE_SECONDS = 1.0


class Asks(Protocol):
    """Who can ask a modem something and wait for the answer: a `Conversation`, or the driver of a run."""

    def ask(self, command: Command) -> Response | None:
        """Send and wait; None when the modem stays silent. Raises `PartBroke` when the line has gone."""
        ...


class Conversation:
    def __init__(self, link: AtLink) -> None:
        self.link = link
        self.early: list[Unsolicited] = []
        """What came by itself meanwhile; nobody has dealt with it."""

    def wake(self) -> None:
        """Until the modem answers to AT. Raises `PartMissing` when it does not, and `PartBroke`."""
        for attempt in range(WAKE_ATTEMPTS):
            if attempt:
                self.link.escape()
            answer = self.ask(Command("AT", timeout=WAKE_SECONDS))
            if answer is not None and answer.ok:
                if attempt:
                    # An earlier AT may be answered late, and would be taken for the next command's answer.
                    self.listen(WAKE_SECONDS)
                return
        raise PartMissing(
            f"nothing on {self.link.line.name} answers to AT",
            hint="is it the modem's AT port, and is its speed right? Some modems have several ports",
        )

    def ask(self, command: Command) -> Response | None:
        """Send and wait; None when the modem stays silent. Raises `PartBroke`."""
        self.link.begin(command)
        answer = self.listen(command.timeout)
        if answer is None:
            self.link.abandon()
        return answer

    def listen(self, seconds: float) -> Response | None:
        """Take what comes, until an answer or the end of the time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            data = self.link.line.read(left)
            answer = None
            for event in self.link.take(data):
                if isinstance(event, Answered):
                    answer = event.response
                elif isinstance(event, Unsolicited):
                    self.early.append(event)
            self.link.received += len(data)
            if answer is not None:
                return answer
        return None
