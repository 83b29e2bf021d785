"""The driver of an AT modem: receives short messages on any `Line`, virtual, real or replayed.

A thread of its own only reads the line and posts what it read; everything else happens in the scheduler's
thread. The driver is asynchronous there: commands wait in a queue, one is open at a time. A line that has gone is
opened again, and a modem that has restarted is set up again, by the dialogue that set it up at first.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from hil.errors import PartBroke, PartError
from hil.modem.acknowledge import Acknowledger
from hil.modem.at.parser import Answered, Command, Event, Prompted, Response, Unsolicited
from hil.modem.at.results import MEMORY_FULL
from hil.modem.at.unsolicited import RESTARTED, tells_memory_full
from hil.modem.at.values import split_values
from hil.modem.commandqueue import CommandQueue, Entry, Then
from hil.modem.conversation import Conversation, Dialogue
from hil.modem.dialogues import Dialogues
from hil.modem.fetch import Fetcher, tpdu_length
from hil.modem.inbox import Inbox
from hil.modem.line import Line
from hil.modem.link import AtLink
from hil.modem.lookout import Lookout
from hil.modem.pin import Pin
from hil.modem.putback import Before, put_back
from hil.modem.reading import LineReader
from hil.modem.registration import Registration, told
from hil.modem.setup import Ready, Setup
from hil.modem.sms import pdu
from hil.modem.sms.describe import describe
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder

T = TypeVar("T")

RESYNC = Command("AT+CMGF?", expect="+CMGF:", escape=True)
"""Asked after a command stayed unanswered: a late answer to that one cannot be taken for this one's. A prompt that
it may have left open is closed first."""

RESTART_SECONDS = 5.0
"""How long a modem that has just restarted may still answer the command before."""

RESTART_ATTEMPTS = 60
"""How often, a second apart, a modem that restarts is woken."""

DIRECTLY = ("+CMT:", "+CDS:")
"""Messages and status reports that come with their PDU, and wait for their acknowledgement."""

STORED = ("+CMTI:", "+CDSI:")
"""Those that are announced, and have to be fetched."""


class ModemDriver:
    def __init__(
        self,
        line: Line,
        scheduler: Scheduler,
        recorder: Recorder,
        *,
        part: str = "modem",
        pin: str | None = None,
        reports: bool = False,
        reopen: Callable[[], Line] | None = None,
        patience: float = 60.0,
        look_every: timedelta = timedelta(0),
        restores: bool = False,
    ) -> None:
        """``reports``: have status reports announced. ``reopen`` gets a line that has gone again, for at most
        ``patience`` seconds; without it, its loss is the end. ``look_every`` so often is the modem asked whether
        it still knows its settings, because some restart without a word; 0: never. ``restores``: `clean_up` leaves
        the modem as it was found."""
        self.link = AtLink(line, recorder, part)
        self.inbox = Inbox(scheduler, recorder, part)
        self.ready = Ready()
        self.registration: dict[str, Registration] = {}
        """What the modem said last, by command: +CREG, +CGREG, +CEREG."""
        self.broken: PartBroke | None = None
        """Why the line has gone for good. Set in the scheduler's thread, where it is raised as well."""
        self._scheduler = scheduler
        self._recorder = recorder
        self._part = part
        self._pin = Pin(pin)
        self._reports = reports
        self._before = Before() if restores else None
        self._queue = CommandQueue()
        self._open: Entry | None = None
        self._silent = 0
        self._dialogues = Dialogues(self._queue, self._put, scheduler)
        self._lookout = Lookout(self, scheduler, look_every)
        self.away = False
        """The line has gone, and may come back."""
        self._note = partial(recorder.note, part=part)
        self._fetcher = Fetcher(self.play, self._hand_over, self._note)
        self._acknowledger = Acknowledger(self.send, self._note)
        self._reader = LineReader(line, self._hand_in, lambda: self.link.received, part, reopen, patience)
        self._arrived: queue.SimpleQueue[bytes | Line | Exception] = queue.SimpleQueue()
        """What the reader's thread got; each is posted once, and may be dealt with before its turn."""

    def start(self) -> None:
        """Set the modem up, then read. Blocks; raises `PartMissing`, `PartError` or `PartBroke`."""
        talk = Conversation(self.link, self._scheduler.limits)
        setup = Setup(self.link, self._recorder, self._part, self._pin, reports=self._reports, before=self._before)
        talk.run(setup.waking())
        before, talk.early = talk.early, []
        try:
            ready = talk.run(setup.ladder())
        except BaseException:
            if self._before is not None:
                with contextlib.suppress(PartError):
                    talk.run(put_back(self._before))
            raise
        # That it had started before it was set up changes nothing.
        before = [event for event in before if event.text not in RESTARTED and event.text not in ready.starts_with]
        for event in (*before, *talk.early):
            self._scheduler.post(partial(self._unsolicited, event))
        self._use(ready)
        self._reader.start(self.link.received)
        self._lookout.begin()

    def clean_up(self) -> None:
        """Leave the modem as it was found: its settings, and without what the run has put into its memories.

        Blocks, in the scheduler's thread; nothing is asked of the modem any more but this. Raises `PartBroke`.
        """
        if self._before is None or self.broken is not None or self.away or not self._reader.started:
            return
        self._dialogues.interrupt()
        # What the modem has said by now is heard before its answer to this.
        self.ask(Command("AT"))
        for what in (self._fetcher.left_over(), put_back(self._before)):
            self._ask_through(what)

    def _ask_through(self, dialogue: Dialogue[list[str]]) -> None:
        """Carry a dialogue without pauses out; what could not be done is noted."""
        answer: Response | None = None
        while True:
            try:
                step = dialogue.send(answer)
            except StopIteration as end:
                for undone in end.value:
                    self._note(f"not cleaned up: {undone}")
                return
            assert isinstance(step, Command), "a pause would need the scheduler"
            answer = self.ask(step)

    def stop(self) -> None:
        """Let go of the line. Never raises; may be called twice."""
        self._reader.stop(self.link.line)
        with contextlib.suppress(queue.Empty):
            while True:
                # a line that was opened again, and that nobody uses now
                arrived = self._arrived.get_nowait()
                if not isinstance(arrived, bytes | Exception):
                    arrived.close()

    def send(self, command: Command, then: Then | None = None, *, urgent: bool = False) -> None:
        """Queue a command; ``urgent`` ones go before the others. ``then`` gets the answer, or None when the modem
        stays silent or goes away. Raises `PartBroke` when the line has gone for good."""
        self._put(Entry(command, then), urgent=urgent)

    def play(
        self, dialogue: Dialogue[T], then: Callable[[T | None], None] = lambda _: None, *, urgent: bool = False
    ) -> None:
        """Carry a dialogue out. ``then`` gets what it comes to; None when the modem goes away or restarts, which
        ends every dialogue that has begun; others wait. What it raises is raised in the scheduler's thread."""
        self._dialogues.play(dialogue, then, urgent=urgent)

    def ask(self, command: Command) -> Response | None:
        """Send a command before all others and wait for its answer, in real time and in the scheduler's thread.

        None when the modem stays silent. Raises `PartBroke` when the line has gone, and `TimedOut` when a limit
        was reached before: then nothing is left of the command.
        """
        limits = self._scheduler.limits
        limits.check()
        if self.away:
            raise PartBroke(f"the modem on {self.link.line.name} is away", hint="is it plugged in, and on?")
        answers: list[Response | None] = []
        ours = Entry(command, answers.append)
        self._put(ours, urgent=True)
        while not answers:
            if self.broken is not None:
                raise self.broken
            entry = self._open
            assert entry is not None, "ours is open, or waits behind another"
            deadline = time.monotonic() + limits.seconds(entry.command.seconds)
            late = self._scheduler.clock.now() + timedelta(seconds=entry.command.seconds)
            while self._open is entry:
                try:
                    arrived = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    if limits.passed is not None:
                        self._queue.drop(ours)
                        if entry is ours:
                            self._time_out(entry, "before a time-out of the scenario")
                        limits.check(f"the modem has not answered to {entry.command.text}")
                    self._time_out(entry)
                    break
                if self._scheduler.clock.now() > late:
                    self._time_out(entry)  # what made it late has moved the clock
                self._deal_with(arrived)
        return answers[0]

    def submit(self, tpdu: bytes, then: Then | None = None) -> None:
        """Send an SMS-SUBMIT."""
        self.record_submit(tpdu)
        self.send(Command(f"AT+CMGS={len(tpdu)}", pdu.encode(tpdu)), then)

    def record_submit(self, tpdu: bytes) -> None:
        text, fields = describe(tpdu, "out")
        self._recorder.record(self._part, "sms", "out", text, tpdu, **fields)

    @property
    def idle(self) -> bool:
        """No command is open, and none waits."""
        return self._open is None and not (self._queue or self._dialogues)

    @property
    def at_rest(self) -> bool:
        """The modem is there, and idle."""
        return self.idle and not self.away

    @property
    def over(self) -> bool:
        """Nothing is asked of the modem any more."""
        return self._reader.stopping or self.broken is not None

    @property
    def indications(self) -> str:
        """What +CNMI was told."""
        return self.ready.indications

    # The reader's thread

    def _hand_in(self, arrived: bytes | Line | Exception) -> None:
        self._arrived.put(arrived)
        self._scheduler.post(self._take_one)

    # The scheduler's thread: what arrives

    def _take_one(self) -> None:
        # Nothing is left when somebody who waited for an answer was quicker.
        with contextlib.suppress(queue.Empty):
            self._deal_with(self._arrived.get_nowait())

    def _deal_with(self, arrived: bytes | Line | Exception) -> None:
        if isinstance(arrived, bytes):
            self._received(arrived)
        elif isinstance(arrived, Exception):
            self._lost(arrived)
        else:
            self._came_back(arrived)

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
            self._silent = 0
            if event.response.final.number in MEMORY_FULL:
                self._fetcher.empty(self.ready.memory)
            self._finish(event)

    def _finish(self, event: Answered | None) -> None:
        """The open command has been answered, or never will be."""
        entry, self._open = self._open, None
        try:
            if entry is not None and entry.then is not None:
                entry.then(event.response if event is not None else None)
        finally:
            self._next()

    def _unsolicited(self, event: Unsolicited) -> None:
        if event.text in RESTARTED or event.text in self.ready.starts_with:
            self.restarted(f"the modem has restarted ({event.text})")
        elif event.text.startswith(DIRECTLY):
            if event.pdu is None and len(split_values(event.text)) > 2:
                self.restarted("the modem shows messages as text, so it has restarted unheard; this one is lost")
                return
            self._hand_over(event.pdu, tpdu_length(event.text))
            self._acknowledger.message_came()
        elif event.text.startswith(STORED):
            self._fetcher.announced(event.text)
        elif tells_memory_full(event.text):
            self._fetcher.empty(self.ready.memory)
        elif (registration := told(event.text)) is not None:
            self._registered(registration)

    def _registered(self, now: Registration) -> None:
        before = self.registration.get(now.domain)
        self.registration[now.domain] = now
        if before is None or before.state != now.state:
            self._note(f"{now.domain}: {now}")

    def _hand_over(self, digits: str | None, length: int | None) -> None:
        # In an action of its own: neither this nor the acknowledgement can fail because of the other.
        self._scheduler.post(partial(self.inbox.take, digits, length))

    # Commands

    def _put(self, entry: Entry, *, urgent: bool) -> None:
        if self.broken is not None:
            raise self.broken
        self._queue.put(entry, urgent=urgent)
        self._next()

    def _next(self) -> None:
        if self._open is not None or self.away or self.broken is not None:
            return
        entry = self._open = self._queue.take()
        if entry is not None:
            self._expire(entry, entry.command.seconds)
            self._writing(partial(self.link.begin, entry.command))

    def _expire(self, entry: Entry, seconds: float) -> None:
        self._scheduler.call_later(timedelta(seconds=seconds), partial(self._time_out, entry))

    def _time_out(self, entry: Entry, when: str = "") -> None:
        """``when`` it did not answer, unless that is the command's own time."""
        if self._open is not entry or self.over:
            return
        self.link.abandon()
        if not self._queue.held:
            self._silent += 1
            when = when or f"within {entry.command.seconds:.0f} s"
            said = f"the modem did not answer to {entry.command.text} {when}"
            if self._silent > 1:
                self._give_up(
                    PartBroke(
                        f"{said}, nor to the command before",
                        hint="is the modem still on? Restart it, then run again",
                    )
                )
                return
            self._note(said)
            self._queue.put_first(Entry(RESYNC, None))
        self._finish(None)

    def _writing(self, write: Callable[[], None]) -> None:
        try:
            write()
        except PartBroke as error:
            self._give_up(error)

    # Restarts, and a line that goes and comes back

    def _use(self, ready: Ready) -> None:
        self.ready = ready
        self._acknowledger.use(ready)
        self.registration.update(ready.registration)
        if ready.full:
            self._fetcher.empty(ready.memory)

    def restarted(self, why: str) -> None:
        """Set the modem up again, as it has forgotten what it was told."""
        self._note(f"{why}: it is set up again")
        self._dialogues.interrupt()
        if self._open is not None:
            self._expire(self._open, RESTART_SECONDS)
        self.play(self._set_up_again(), self._is_set_up, urgent=True)

    def _set_up_again(self) -> Dialogue[Ready]:
        try:
            setup = Setup(
                self.link, self._recorder, self._part, self._pin, reports=self._reports, attempts=RESTART_ATTEMPTS
            )
            yield from setup.waking()
            return (yield from setup.ladder())
        except PartError as error:
            self.broken = self.broken or PartBroke(str(error), hint=error.hint)
            raise self.broken from error

    def _is_set_up(self, ready: Ready | None) -> None:
        if ready is None:
            # interrupted once more: the next one has begun, or will
            return
        self._queue.held = False
        self._use(ready)
        self._fetcher.restarted()
        self._fetcher.list_unread(ready.memory)
        self._dialogues.begin_waiting()
        self._next()

    def _lost(self, error: Exception) -> None:
        if self.over:
            return
        if self._reader.reopens and isinstance(error, PartBroke) and not self.away:
            self.away = True
            self._note(f"the modem has gone: {error}; waiting for it to come back")
            self._dialogues.interrupt()
            self._finish(None)
            return
        if isinstance(error, PartBroke):
            self.broken = error
            self._note(f"the modem has gone: {error}")
        raise error

    def _came_back(self, line: Line) -> None:
        self.away = False
        self.link.restart(line)
        self._silent = 0
        self.restarted("the modem is back")

    def _give_up(self, error: PartBroke) -> None:
        """The line is of no use as it is."""
        if self._reader.reopens:
            # The reader finds it closed, tells so, and opens it again.
            self.link.line.close()
            return
        self.broken = self.broken or error
        raise error
