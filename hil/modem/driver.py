"""The driver of an AT modem: receives short messages on any `Line`, virtual, real or replayed.

A thread of its own only reads the line and posts what it read; everything else happens in the scheduler's
thread. The driver is asynchronous there: commands wait in a queue, one is open at a time.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from hil.errors import PartBroke
from hil.modem.at.parser import Answered, Command, Event, Prompted, Response, Unsolicited
from hil.modem.fetch import Fetcher, tpdu_length
from hil.modem.inbox import Inbox
from hil.modem.line import Line
from hil.modem.link import AtLink
from hil.modem.setup import Ready, Setup
from hil.modem.sms import pdu
from hil.modem.sms.describe import describe
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder

READ_SECONDS = 0.5
MAX_BACKLOG = 1 << 20
"""Bytes read and not dealt with; beyond them the line is not read until the scheduler has caught up."""

RESYNC = Command("AT+CMGF?", expect="+CMGF:")
"""Asked after a command stayed unanswered: a late answer to that one cannot be taken for this one's."""

RESTARTED = "RDY"
DIRECTLY = ("+CMT:", "+CDS:")
"""Messages and status reports that come with their PDU, and wait for their acknowledgement."""

Then = Callable[[Response | None], None]
"""Called with the answer, or with None when the modem stayed silent."""


class _Entry:
    """A command in the queue. Compared by identity: the same command may be there twice."""

    __slots__ = ("command", "then")

    def __init__(self, command: Command, then: Then | None) -> None:
        self.command = command
        self.then = then


class ModemDriver:
    def __init__(
        self, line: Line, scheduler: Scheduler, recorder: Recorder, *, part: str = "modem", pin: str | None = None
    ) -> None:
        self.link = AtLink(line, recorder, part)
        self.inbox = Inbox(scheduler, recorder, part)
        self.ready = Ready()
        self.broken: PartBroke | None = None
        """Why the line has gone. Set in the scheduler's thread, where it is raised as well."""
        self._scheduler = scheduler
        self._recorder = recorder
        self._part = part
        self._pin = pin
        self._queue: deque[_Entry] = deque()
        self._open: _Entry | None = None
        self._silent = 0
        self._fetcher = Fetcher(self.send, self._hand_over, partial(recorder.note, part=part))
        self._handed = 0
        self._arrived: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        """What the reader's thread read, or met; each is posted once, and may be dealt with before its turn."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"{part} reader", daemon=True)

    def start(self) -> None:
        """Set the modem up, then read. Blocks; raises `PartMissing`, `PartError` or `PartBroke`."""
        self.ready = Setup(self.link, self._recorder, self._part, self._pin).run()
        for event in self.ready.early:
            self._scheduler.post(partial(self._unsolicited, event))
        self._handed = self.link.received
        self._thread.start()

    def stop(self) -> None:
        """Let go of the line. Never raises; may be called twice."""
        self._stopping.set()
        self.link.line.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def send(self, command: Command, then: Then | None = None, *, urgent: bool = False) -> None:
        """Queue a command; ``urgent`` ones go before the others. Raises `PartBroke` when the line has gone."""
        if self.broken is not None:
            raise self.broken
        entry = _Entry(command, then)
        if urgent:
            self._queue.appendleft(entry)
        else:
            self._queue.append(entry)
        self._next()

    def ask(self, command: Command) -> Response | None:
        """Send a command before all others and wait for its answer, in real time and in the scheduler's thread.

        None when the modem stays silent. Raises `PartBroke` when the line has gone.
        """
        answers: list[Response | None] = []
        self.send(command, answers.append, urgent=True)
        while not answers:
            if self.broken is not None:
                raise self.broken
            entry = self._open
            assert entry is not None, "ours is open, or waits behind another"
            deadline = time.monotonic() + entry.command.seconds
            while self._open is entry:
                try:
                    arrived = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    self._time_out(entry)
                    break
                self._deal_with(arrived)
        return answers[0]

    def submit(self, tpdu: bytes, then: Then | None = None) -> None:
        """Send an SMS-SUBMIT."""
        text, fields = describe(tpdu, "out")
        self._recorder.record(self._part, "sms", "out", text, tpdu, **fields)
        self.send(Command(f"AT+CMGS={len(tpdu)}", pdu.encode(tpdu)), then)

    # The reader's thread

    def _read(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._handed - self.link.received > MAX_BACKLOG:
                    self._stopping.wait(READ_SECONDS)
                    continue
                data = self.link.line.read(READ_SECONDS)
                if data:
                    self._handed += len(data)
                    self._hand_in(data)
        except Exception as error:
            # Whatever it is, it is the run's business: raised where the run can see it.
            if not self._stopping.is_set():
                self._hand_in(error)

    def _hand_in(self, arrived: bytes | Exception) -> None:
        self._arrived.put(arrived)
        self._scheduler.post(self._take_one)

    # The scheduler's thread

    def _take_one(self) -> None:
        # Nothing is left when somebody who waited for an answer was quicker.
        with contextlib.suppress(queue.Empty):
            self._deal_with(self._arrived.get_nowait())

    def _deal_with(self, arrived: bytes | Exception) -> None:
        if isinstance(arrived, Exception):
            self._lost(arrived)
        else:
            self._received(arrived)

    def _lost(self, error: Exception) -> None:
        if self._stopping.is_set() or self.broken is not None:
            return
        if isinstance(error, PartBroke):
            self.broken = error
            self._recorder.note(f"the modem has gone: {error}", self._part)
        raise error

    def _received(self, data: bytes) -> None:
        try:
            for event in self.link.take(data):
                self._handle(event)
        finally:
            self.link.received += len(data)

    def _handle(self, event: Event) -> None:
        if isinstance(event, Unsolicited):
            self._unsolicited(event)
        elif isinstance(event, Prompted):
            self._writing(partial(self.link.give, event.command))
        elif self._open is not None:
            entry, self._open = self._open, None
            self._silent = 0
            self._finish(entry, event)

    def _finish(self, entry: _Entry, event: Answered) -> None:
        try:
            if entry.then is not None:
                entry.then(event.response)
        finally:
            self._next()

    def _next(self) -> None:
        if self._open is not None or not self._queue or self.broken is not None:
            return
        entry = self._open = self._queue.popleft()
        delay = timedelta(seconds=entry.command.seconds)
        self._scheduler.call_later(delay, partial(self._time_out, entry))
        self._writing(partial(self.link.begin, entry.command))

    def _time_out(self, entry: _Entry) -> None:
        if self._open is not entry or self._stopping.is_set() or self.broken is not None:
            return
        self.link.abandon()
        self._open = None
        self._silent += 1
        said = f"the modem did not answer to {entry.command.text} within {entry.command.seconds:.0f} s"
        if self._silent > 1:
            self.broken = PartBroke(
                f"{said}, nor to the command before", hint="is the modem still on? Restart it, then run again"
            )
            raise self.broken
        self._recorder.note(said, self._part)
        self._queue.appendleft(_Entry(RESYNC, None))
        try:
            if entry.then is not None:
                entry.then(None)
        finally:
            self._next()

    def _writing(self, write: Callable[[], None]) -> None:
        try:
            write()
        except PartBroke as error:
            self.broken = self.broken or error
            raise

    def _unsolicited(self, event: Unsolicited) -> None:
        if event.text.startswith(DIRECTLY):
            self._hand_over(event.pdu, tpdu_length(event.text))
            self._acknowledge()
        elif event.text.startswith("+CMTI:"):
            self._fetcher.announced(event.text)
        elif event.text == RESTARTED:
            self._recorder.note("the modem has restarted: it is set up again", self._part)
            self._fetcher.restarted()
            for text in self.ready.settings:
                self.send(Command(text), partial(self._noted, text))

    def _hand_over(self, digits: str | None, length: int | None) -> None:
        # In an action of its own: neither this nor the acknowledgement can fail because of the other.
        self._scheduler.post(partial(self.inbox.take, digits, length))

    def _acknowledge(self) -> None:
        if self.ready.acknowledge:
            text = "AT+CNMA=0"
            self.send(Command(text), partial(self._noted, text), urgent=True)

    def _noted(self, text: str, response: Response | None) -> None:
        """A refusal that the run survives; it belongs into the trace."""
        if response is not None and not response.ok:
            self._recorder.note(f"the modem refused {text}: {response.final}", self._part)
