"""The sessions of a simulated device: one at a time, and those that are due wait for it to end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from hil.bench import Bench
from hil.device.diary import Diary
from hil.device.log import SessionLog
from hil.device.network import Network
from hil.device.session import SessionDriver
from simulator.device import Device, SessionDue
from simulator.errors import SessionError
from simulator.objects import dmacc
from simulator.session.client import ClientSession
from simulator.session.sessionless import SessionlessReport


class Sessions:
    def __init__(
        self,
        bench: Bench,
        network: Network,
        random: Callable[[int], bytes],
        diary: Diary,
        there: Callable[[], bool],
    ) -> None:
        """``there``: whether the device is on. They are nobody's before `belong_to`."""
        self._bench = bench
        self._network = network
        self._random = random
        self._diary = diary
        self._there = there
        self._device: Device | None = None
        self._due: deque[SessionDue] = deque()
        self._driver: SessionDriver | None = None
        self.held: list[SessionLog] = []
        self.reports: list[SessionLog] = []
        """Every sessionless report."""
        self.abort_at = 0
        """In the next session the user cancels while this message of the server is awaited, counted from 1."""

    def belong_to(self, device: Device) -> None:
        """From now on; what it had due when its state was kept is due."""
        self._device = device
        self._due = deque(device.due)

    def want(self, due: SessionDue) -> None:
        """Open it when the running one has ended."""
        self._due.append(due)
        self._bench.scheduler.soon(self.open_next)

    def open_next(self) -> None:
        if not self._there() or not self._due or (self._driver is not None and self._driver.running):
            return
        due = self._due.popleft()
        log = SessionLog(due.server_id, int(due.alert), self._bench.now())
        try:
            session = self._of.open_session(
                due.server_id, alert=due.alert, session_id=due.session_id, now=log.opened
            )
        except SessionError as error:
            self._diary.ignore("session", str(error))
            self._bench.scheduler.soon(self.open_next)
            return
        if not self._there():
            # What it kept of the session was the last thing that it did.
            return
        self.held.append(log)
        self._diary.tell(f"session {session.session_id} with {due.server_id}, Alert {log.alert}")
        self._driver = self._driver_of(session, log, self._ended)
        if self.abort_at:
            self._driver.before(self.abort_at, lambda: session.abort("the user cancelled"))
            self.abort_at = 0
        self._driver.start()

    def report(self, report: SessionlessReport) -> None:
        """Send it, beside whatever session runs."""
        log = SessionLog(report.server_id, int(report.alert), self._bench.now())
        self.reports.append(log)
        self._diary.tell(f"report to {report.server_id}, Alert {log.alert}")
        self._driver_of(report, log, self._reported).start()

    def cut(self, reason: str) -> None:
        """No session is due any more; the one that runs ends."""
        self._due.clear()
        if self._driver is not None:
            self._driver.cut(reason)

    def abandon(self, reason: str) -> None:
        """As `cut`, in the midst of anything: nothing more leaves the device."""
        self._due.clear()
        if self._driver is not None:
            self._driver.abandon(reason)

    @property
    def _of(self) -> Device:
        assert self._device is not None
        return self._device

    def _driver_of(
        self, session: ClientSession | SessionlessReport, log: SessionLog, ended: Callable[[SessionLog], None]
    ) -> SessionDriver:
        account = dmacc.find(self._of.tree, session.server_id)
        logins = self._network.logins(account, session.url, self._random)
        return SessionDriver(session, log, self._network, logins, self._bench, ended)

    def _ended(self, log: SessionLog) -> None:
        self._diary.tell(f"session {log.session_id} {_outcome(log)}")
        self._bench.scheduler.soon(self.open_next)

    def _reported(self, log: SessionLog) -> None:
        self._diary.tell(f"report {log.session_id} {_outcome(log)}")


def _outcome(log: SessionLog) -> str:
    return f"{log.outcome}: {log.reason}" if log.reason else f"{log.outcome}"
