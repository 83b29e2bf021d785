"""What a server's message says to the session itself, before any command is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode, meaning
from simulator.session.plain import plain
from simulator.session.settings import SessionSettings
from simulator.syncml.message import (
    Alert,
    Atomic,
    Chal,
    Command,
    Results,
    Sequence,
    Status,
    SyncHdr,
    SyncML,
)

CREDENTIAL_CODES = frozenset({StatusCode.INVALID_CREDENTIALS, StatusCode.MISSING_CREDENTIALS})
LONGEST_MSG_SIZE_TEXT = 10
"""Digits. A MaxMsgSize with more is no number of octets that could be meant."""


@dataclass(slots=True)
class Reading:
    """One message of the server, sorted."""

    commands: list[Command] = field(default_factory=list)
    """All that wants a Status."""
    header_code: int | None = None
    """The Status for the client's header; None: there was none."""
    chal: Chal | None = None
    aborted: bool = False
    """It has Alert 1223."""
    unsupported: int | None = None
    """The status for a header whose versions the client does not know."""
    notes: list[str] = field(default_factory=list)


def read(message: SyncML, *, session_id: str, our_msg_id: str, settings: SessionSettings) -> Reading:
    """Sort a message. What breaks a rule without harm becomes a note."""
    reading = Reading(notes=list(_header_notes(message.sync_hdr, session_id)))
    if message.sync_hdr.ver_dtd.strip() not in settings.known_dtds:
        reading.unsupported = StatusCode.DTD_VERSION_NOT_SUPPORTED
    elif message.sync_hdr.ver_proto.strip() not in settings.known_protos:
        reading.unsupported = StatusCode.PROTOCOL_VERSION_NOT_SUPPORTED
    if reading.unsupported is not None:
        versions = f"{message.sync_hdr.ver_dtd[:40]!r} and {message.sync_hdr.ver_proto[:40]!r}"
        reading.notes.append(f"VerDTD and VerProto are {versions}, which this client does not speak")
    seen: set[str] = set()
    for command in walk(message.sync_body.commands):
        if command.cmd_id in seen:
            reading.notes.append(f"CmdID {command.cmd_id} stands twice in the server's message")
        seen.add(command.cmd_id)
    for command in message.sync_body.commands:
        if isinstance(command, Status):
            _read_status(reading, command, our_msg_id)
        elif isinstance(command, Results):
            reading.notes.append("the server sent Results, which only a client does")
        elif isinstance(command, Alert) and plain(command.data) == str(int(AlertCode.SESSION_ABORT)):
            reading.aborted = True
        else:
            reading.commands.append(command)
    if reading.header_code is None:
        reading.notes.append("the server's message has no Status for the client's SyncHdr")
    return reading


def walk(commands: list[Command]) -> Iterator[Command]:
    """The commands and what Atomic and Sequence hold, in the order of the document."""
    for command in commands:
        yield command
        if isinstance(command, (Atomic, Sequence)):
            yield from walk(command.commands)


def _header_notes(header: SyncHdr, session_id: str) -> Iterator[str]:
    if header.session_id.strip() != session_id:
        yield f"the server's SessionID is {header.session_id!r}, the session's is {session_id!r}"
    if header.no_resp:
        yield "the server's SyncHdr has NoResp, which DM does not use"


def _read_status(reading: Reading, status: Status, our_msg_id: str) -> None:
    data = plain(status.data)
    code = int(data) if data.isascii() and data.isdigit() and len(data) == 3 else 0
    if not code:
        reading.notes.append(f"the server answered {status.cmd} with {data[:40]!r}, which is no status code")
    elif status.msg_ref.strip() != our_msg_id:
        reading.notes.append(f"a Status refers to message {status.msg_ref!r}; the client's last was {our_msg_id}")
    if status.cmd_ref.strip() == "0" or status.cmd == "SyncHdr":
        if reading.header_code is None:
            reading.header_code, reading.chal = code or StatusCode.OK, status.chal
    elif code >= StatusCode.MULTIPLE_CHOICES and code not in CREDENTIAL_CODES:
        reading.notes.append(f"the server answered {status.cmd} with {code} ({meaning(code)})")


def max_msg_size(header: SyncHdr) -> tuple[int | None, str | None]:
    """The MaxMsgSize that the header states, and what is wrong with it; (None, None) when it states none."""
    stated = header.meta.max_msg_size if header.meta is not None else None
    if stated is None:
        return None, None
    digits = stated.strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_MSG_SIZE_TEXT and int(digits):
        return int(digits), None
    return None, f"the server's MaxMsgSize is {stated[:40]!r}, which is no size"
