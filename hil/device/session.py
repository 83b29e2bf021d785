"""Driving one client session: its messages go to the server, the answers come back, until it has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Protocol

from hil.bench import Bench
from hil.device.log import Executed, SessionLog
from hil.device.network import Network
from hil.http.account import Logins
from hil.http.transport import TransportFailed
from hil.limits import TimedOut
from simulator.session import events


class Conversation(Protocol):
    """A `ClientSession`, or a `SessionlessReport`."""

    session_id: str

    def start(self, now: datetime) -> list[events.Event]: ...

    def receive(
        self,
        status: int,
        content_type: str | None,
        body: bytes,
        now: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> list[events.Event]: ...

    def fail(self, reason: str, now: datetime) -> list[events.Event]: ...


class SessionDriver:
    """Each exchange is one action of the scheduler, so that other things may happen between two of them."""

    def __init__(
        self,
        session: Conversation,
        log: SessionLog,
        network: Network,
        logins: Logins,
        bench: Bench,
        ended: Callable[[SessionLog], None],
    ) -> None:
        self._session = session
        self._log = log
        self._network = network
        self._logins = logins
        self._bench = bench
        self._ended = ended
        self._before: dict[int, Callable[[], object]] = {}
        log.session_id = session.session_id

    @property
    def running(self) -> bool:
        return self._log.outcome is None

    def start(self) -> None:
        self._follow(self._session.start(self._bench.now()))

    def before(self, answer: int, do: Callable[[], object]) -> None:
        """Do something just before the so-manieth answer is taken."""
        self._before[answer] = do

    def cut(self, reason: str) -> None:
        """End the session without another message."""
        if self.running:
            self._follow(self._session.fail(reason, self._bench.now()))

    def abandon(self, reason: str) -> None:
        """The device is not there any more: nothing of the session goes on, and nobody is told."""
        if self.running:
            self._log.outcome, self._log.reason = "abandoned", reason

    def _follow(self, happened: list[events.Event]) -> None:
        if not self.running:
            return
        for event in happened:
            match event:
                case events.Send():
                    self._log.sent.append(event.message)
                    self._bench.scheduler.soon(partial(self._exchange, event))
                case events.Received(message=message):
                    self._log.received.append(message)
                case events.Executed(cmd=cmd, uri=uri, status=status):
                    self._log.executed.append(Executed(cmd, uri, status))
                    text = f"{cmd} {uri}: {status}"
                    self._bench.recorder.record("device", "device", "", text, command=cmd, uri=uri, status=status)
                case events.Noted():
                    self._log.noted.append(str(event))
                    self._bench.recorder.note(str(event), part="device")
                case events.Reported(alert=alert, status=status):
                    text = f"the server answered Alert {int(alert.code)} with {status}"
                    self._bench.recorder.record("device", "device", "", text, status=status)
                case events.Ended(outcome=outcome, reason=reason):
                    self._log.outcome, self._log.reason = outcome.value, reason
                    self._ended(self._log)

    def _exchange(self, send: events.Send) -> None:
        if not self.running:
            return
        try:
            login = self._logins.at(send.url)
            answer = self._network.exchange(send.url, send.headers, send.body, login)
        except TransportFailed as error:
            self._follow(self._session.fail(str(error), self._bench.now()))
            return
        except TimedOut:
            # No device is to blame for it, and none has to live with it: the run is over here, or tries again.
            self.cut("a time-out of the scenario cut it short")
            raise
        self._before.pop(len(self._log.received) + 1, lambda: None)()
        now = self._bench.now()
        self._follow(self._session.receive(answer.status, answer.content_type, answer.body, now, answer.headers))
