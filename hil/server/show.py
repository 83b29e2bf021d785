"""What a DM server's events look like to a person who watches it live."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hil.server.answer import Answer
from hil.server.compare import complaints
from hil.server.events import (
    Alerted,
    Authenticated,
    Challenged,
    CommandAnswered,
    DeviceAlert,
    Noted,
    Report,
    Reported,
    ServerEvent,
    SessionClosed,
    SessionOpened,
    SessionRecord,
)

MAX_LINE = 400


class Show:
    """Subscribe it to a `DmServer`. One line for each event, and a `summary` at the end."""

    def __init__(self, write: Callable[[str], None], now: Callable[[], datetime]) -> None:
        self._write = write
        self._now = now
        self._devices: set[str] = set()
        self._sessions = 0
        self._answers = 0
        self._complaints = 0

    def __call__(self, event: ServerEvent) -> None:
        match event:
            case SessionOpened(session):
                self._sessions += 1
                self._devices.add(session.device_id)
                began = f"Alert {session.alert}" if session.alert is not None else "no Alert 1200 or 1201"
                said = f"{began}, {session.encoding}, {session.ver_proto}"
                self._line(session, f"session {session.session_id} opened ({said})")
            case Challenged(session, "device", status):
                self._line(session, f"challenged: {_why(status)} ({status})")
            case Challenged(session, _, status):
                self._line(session, f"challenges this server: {_why(status)} ({status})")
            case Authenticated(session, "device"):
                self._line(session, "has authenticated itself")
            case Authenticated(session, _):
                self._line(session, "accepts this server")
            case Alerted(session, alert):
                self._line(session, _said(alert))
            case Noted(session, mistake):
                self._line(session, f"note: {mistake}")
            case Reported(report):
                self._report(report)
            case CommandAnswered(session, answer):
                self._answer(session, answer)
            case SessionClosed(session, outcome):
                messages = f"{session.messages} message{'s' if session.messages != 1 else ''}"
                self._line(session, f"session {session.session_id} closed: {outcome.value} ({messages})")

    def _answer(self, session: SessionRecord, answer: Answer, indent: str = "") -> None:
        self._answers += answer.status is not None
        self._line(session, f"{indent}{answer}")
        for inner in answer.inner:
            self._answer(session, inner, indent + "  ")
        if not indent:
            wrong = complaints(answer)
            self._complaints += bool(wrong)
            for complaint in wrong:
                self._line(session, f"  not as expected: {complaint}")

    def summary(self) -> str:
        """All of it in one line."""
        bad = f", {self._complaints} not as expected" if self._complaints else ""
        sessions = _count(self._sessions, "session")
        return f"{sessions} of {_count(len(self._devices), 'device')}; {_count(self._answers, 'answer')}{bad}"

    def _report(self, report: Report) -> None:
        self._devices.add(report.device_id)
        who = "" if report.authenticated else ", not authenticated"
        self._line(report, f"sessionless report{who}")
        for alert in report.alerts:
            self._line(report, f"  {_said(alert)}")
        for mistake in report.notes:
            self._line(report, f"note: {mistake}")

    def _line(self, session: SessionRecord | Report, text: str) -> None:
        self._write(_plain(f"{self._now():%H:%M:%S}  {session.device_id}  {text}"))


def _said(alert: DeviceAlert) -> str:
    values = ", ".join(f"{value.uri} {value.type} {value}".strip() for value in alert.items)
    correlator = f" (correlator {alert.correlator})" if alert.correlator is not None else ""
    return f"Alert {alert.code}{correlator}: {values or 'no items'}"


def _why(status: int) -> str:
    return "no credentials" if status == 407 else "wrong credentials"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


def _plain(text: str) -> str:
    """A device's own words must not move the cursor or change colours."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return shown if len(shown) <= MAX_LINE else shown[:MAX_LINE] + "…"
