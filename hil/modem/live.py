"""A line to a modem that is listened to all the time, for somebody who types: what the modem says by itself is
shown when it comes, also while nothing has been asked."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from hil.errors import PartBroke
from hil.modem.at.parser import Answered, Command, Prompted, Response
from hil.modem.link import AtLink

READ_SECONDS = 0.5
SETTLE_SECONDS = 0.3


class LiveLink:
    def __init__(self, link: AtLink, show: Callable[[str], None]) -> None:
        """``show`` is told each line that comes by itself, in a thread of this class."""
        self._link = link
        self._show = show
        self._lock = threading.Lock()
        self._answers: queue.SimpleQueue[Response | PartBroke] = queue.SimpleQueue()
        self._stopping = False
        self._thread = threading.Thread(target=self._listen, name="modem listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopping = True
        self._link.line.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def ask(self, command: Command) -> Response | None:
        """Send a command and wait; None when the modem stays silent. Raises `PartBroke` when the line has gone."""
        with self._lock:
            self._link.begin(command)
        try:
            answer = self._answers.get(timeout=command.seconds)
        except queue.Empty:
            with self._lock:
                self._link.abandon()
                # A prompt at which nobody has typed anything would swallow the next command.
                self._link.escape()
            # What the modem says to that is not the next command's answer.
            time.sleep(SETTLE_SECONDS)
            return None
        if isinstance(answer, PartBroke):
            self._answers.put(answer)
            raise answer
        return answer

    def _listen(self) -> None:
        while not self._stopping:
            try:
                data = self._link.line.read(READ_SECONDS)
                with self._lock:
                    for event in self._link.take(data):
                        if isinstance(event, Answered):
                            self._answers.put(event.response)
                        elif isinstance(event, Prompted):
                            self._link.give(event.command)
                        else:
                            self._show(event.text)
                            if event.pdu is not None:
                                self._show(event.pdu)
            except PartBroke as error:
                if not self._stopping:
                    self._show(str(error))
                    self._answers.put(error)
                return
