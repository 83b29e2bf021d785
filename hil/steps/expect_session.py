"""``expect.session``: the next session that the device opens, and how it goes. ``expect.silence``: none."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from hil.device.contract import Choosy, InSessions
from hil.device.log import Session
from hil.errors import ExpectationFailed
from hil.fields import Duration, show_duration
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.steps.session_id import SessionId, difference
from simulator.syncml.message import Cred, Status, SyncML, text

MARK = "sessions"

Outcome = Literal[
    "completed",
    "aborted by server",
    "aborted by client",
    "client refused",
    "server refused",
    "rejected",
    "failed",
    "abandoned",
]
"""As `simulator.session.events.Outcome`, and what becomes of a session whose device loses its power."""


class ExpectSession(StepModel):
    """The next session behind the last one that an expectation has seen, awaited until it has ended."""

    needs = frozenset({"device.sessions"})

    server: str | None = None
    alert: int | None = None
    """1200: the device answers a notification. 1201: it opens the session of its own accord."""
    id: SessionId | None = None
    """The SessionID in hexadecimal digits, as in the messages (`A7`), or as a number with `0x` (`0x00A7`). What
    `server.notify: 167` asks for is `A7`."""
    auth: Literal["basic", "md5"] | None = None
    """Both sides showed credentials of this type, and each accepted the other's."""
    outcome: Outcome = "completed"
    """How it ended. `client refused`: the server did not accept the device, `server refused`: the other way round.
    `rejected`: the server answered with an error. `failed`: there was no usable answer. `abandoned`: the device
    lost its power."""
    reason: str | None = None
    """Words that the reason for a failed session has to contain."""
    within: Duration | None = None


@step("expect.session", ExpectSession)
def expect_session(run: Run, wanted: ExpectSession) -> None:
    device = run.part("device", InSessions)
    index = run.marks.get(MARK, 0)

    def ended() -> bool:
        sessions = device.sessions
        return len(sessions) > index and sessions[index].outcome is not None

    def missing() -> str:
        sessions = device.sessions
        if len(sessions) > index:
            return f"session {sessions[index].session_id} has not ended in time"
        waited = show_duration(run.patience if wanted.within is None else wanted.within)
        return f"the device has not opened a session within {waited}{_ignored(run)}"

    run.expect(ended, missing, wanted.within)
    run.marks[MARK] = index + 1
    mistakes = _differences(device.sessions[index], wanted)
    if mistakes:
        raise ExpectationFailed("; ".join(mistakes))


def _differences(session: Session, wanted: ExpectSession) -> list[str]:
    found = []
    if session.outcome != wanted.outcome:
        found.append(f"the session ended as {session.outcome} ({session.reason}), not {wanted.outcome}")
    for name, expected, seen in (
        ("server", wanted.server, session.server_id),
        ("alert", wanted.alert, session.alert),
    ):
        if expected is not None and expected != seen:
            found.append(f"the session's {name} is {seen}, not {expected}")
    if wanted.id is not None and (other := difference(wanted.id, session.session_id)) is not None:
        found.append(f"the session's id is {other}")
    if wanted.auth is not None:
        found += _unproved(session, wanted.auth)
    if wanted.reason is not None and wanted.reason.lower() not in session.reason.lower():
        found.append(f"the session ended because {session.reason!r}, which does not say {wanted.reason!r}")
    return found


def _unproved(session: Session, auth: str) -> list[str]:
    """What is missing for both sides to have proved who they are by ``auth``.

    The server says in a Status that it accepts the device. The device has no need to, when the server has
    nothing more to say: but a session with a server that it does not accept is not completed.
    """
    found = []
    for who, messages in (("device", session.sent), ("server", session.received)):
        types = {_kind(message.sync_hdr.cred) for message in messages if message.sync_hdr.cred is not None}
        if types != {auth}:
            found.append(f"the {who} showed credentials of type {', '.join(sorted(types)) or 'none'}, not {auth}")
    if not any(map(_accepts, session.received)):
        found.append("the server has not accepted the device's credentials")
    return found


def _kind(cred: Cred) -> str:
    return (cred.meta.type or "" if cred.meta is not None else "").removeprefix("syncml:auth-")


def _accepts(message: SyncML) -> bool:
    """Whether its Status for the header says that the other side is authenticated."""
    accepted = {"200", "212"}
    return any(
        isinstance(each, Status) and each.cmd == "SyncHdr" and text(each.data) in accepted
        for each in message.sync_body.commands
    )


def _ignored(run: Run) -> str:
    # Not every device tells what it passes over.
    ignored = getattr(run.part("device", Choosy), "ignored", [])
    return f"; the last thing it ignored: {ignored[-1].what}: {ignored[-1].reason}" if ignored else ""


class ExpectSilence(StepModel):
    """No further session for a while; ``because`` is looked for in what the device ignored meanwhile."""

    short = "duration"
    needs = frozenset({"device.sessions"})
    needs_with = {"because": "device.ignored"}  # noqa: RUF012 - pydantic's fields are instances', not the class's

    duration: Duration = timedelta(minutes=1)
    because: str | None = None

    def waits(self) -> timedelta:
        return self.duration

    def describe(self) -> str:
        return show_duration(self.duration) + (f", because {self.because}" if self.because else "")


@step("expect.silence", ExpectSilence)
def expect_silence(run: Run, wanted: ExpectSilence) -> None:
    device = run.part("device", InSessions)
    run.pass_time(wanted.duration)
    index = run.marks.get(MARK, 0)
    if len(device.sessions) > index:
        session = device.sessions[index]
        raise ExpectationFailed(f"the device opened session {session.session_id} (Alert {session.alert})")
    if wanted.because is None:
        return
    passed_over = run.part("device", Choosy).ignored
    reasons = [ignored.reason for ignored in passed_over[run.marks.get("ignored", 0) :]]
    run.marks["ignored"] = len(passed_over)
    if not any(wanted.because.lower() in reason.lower() for reason in reasons):
        seen = "; ".join(reasons) or "nothing"
        raise ExpectationFailed(f"the device ignored, saying: {seen}; expected was {wanted.because!r}")
