"""``expect.header``: what the header of a message says. ``expect.ignored``: what the device passed over."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hil.device.contract import Choosy, InSessions
from hil.errors import ExpectationFailed
from hil.fields import Duration
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.steps.session_id import SessionId, difference
from simulator.syncml.message import SyncHdr

MARK = "ignored"


class ExpectHeader(StepModel):
    """The SyncHdr of a message in the device's latest session."""

    needs = frozenset({"device.sessions"})

    by: Literal["device", "server"] = "device"
    message: int | None = Field(default=None, ge=1)
    """Which of theirs, from 1; by itself the last."""
    cred: Literal["basic", "md5", "mac", "none"] | None = None
    """The type of its credentials; ``none``: it has none."""
    ver_proto: str | None = None
    ver_dtd: str | None = None
    session: SessionId | None = None
    """The SessionID in hexadecimal digits, as in the message, or as a number with `0x`."""
    msg_id: str | None = None
    target: str | None = None
    source: str | None = None
    resp_uri: str | None = None
    no_resp: bool | None = None
    max_msg_size: str | None = None
    max_obj_size: str | None = None


@step("expect.header", ExpectHeader)
def expect_header(run: Run, wanted: ExpectHeader) -> None:
    sessions = run.part("device", InSessions).sessions
    if not sessions:
        raise ExpectationFailed("the device has not opened a session")
    messages = sessions[-1].sent if wanted.by == "device" else sessions[-1].received
    index = len(messages) if wanted.message is None else wanted.message
    if not 1 <= index <= len(messages):
        raise ExpectationFailed(f"the {wanted.by} has sent {len(messages)} messages in this session")
    seen = _said(messages[index - 1].sync_hdr)
    asked = {name: value for name, value in wanted if name in seen and value is not None}
    session = asked.pop("session", None)
    found = [f"{name} is {seen[name]!r}, not {value!r}" for name, value in asked.items() if seen[name] != value]
    if session is not None and (other := difference(session, str(seen["session"]))) is not None:
        found.append(f"session is {other}")
    if found:
        raise ExpectationFailed(f"in message {index} of the {wanted.by}: {'; '.join(found)}")


def _said(header: SyncHdr) -> dict[str, object]:
    meta, cred = header.meta, header.cred
    kind = (cred.meta.type or "" if cred.meta is not None else "") if cred is not None else "none"
    return {
        "cred": kind.rpartition("auth-")[2].lower(),
        "ver_proto": header.ver_proto,
        "ver_dtd": header.ver_dtd,
        "session": header.session_id,
        "msg_id": header.msg_id,
        "target": header.target.loc_uri,
        "source": header.source.loc_uri,
        "resp_uri": header.resp_uri,
        "no_resp": header.no_resp,
        "max_msg_size": meta.max_msg_size if meta is not None else None,
        "max_obj_size": meta.max_obj_size if meta is not None else None,
    }


class ExpectIgnored(StepModel):
    """Something that the device passed over in silence (a push, a bootstrap, a card), behind what an expectation
    has seen. Waited for."""

    short = "because"
    needs = frozenset({"device.ignored"})

    because: str
    """Words that its reason has to contain."""
    what: str | None = None
    """``push``, ``bootstrap``, ``card``…"""
    within: Duration | None = None


@step("expect.ignored", ExpectIgnored)
def expect_ignored(run: Run, wanted: ExpectIgnored) -> None:
    ignored = run.part("device", Choosy).ignored
    index = run.marks.get(MARK, 0)

    def place() -> int | None:
        for at in range(index, len(ignored)):
            fits = wanted.what in (None, ignored[at].what) and wanted.because.lower() in ignored[at].reason.lower()
            if fits:
                return at
        return None

    def seen() -> str:
        said = "; ".join(f"{each.what}: {each.reason}" for each in ignored[index:]) or "nothing"
        return f"the device ignored {said}; expected was {wanted.because!r}"

    run.expect(lambda: place() is not None, seen, wanted.within)
    run.marks[MARK] = (place() or 0) + 1
