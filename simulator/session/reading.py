"""What a server's message says to the session itself, before any command is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode
from simulator.session import plain
from simulator.session.settings import SessionSettings
from simulator.syncml.message import Chal, Command, Meta, Results, Status, SyncHdr, SyncML, walk

CREDENTIAL_CODES = frozenset({StatusCode.INVALID_CREDENTIALS, StatusCode.MISSING_CREDENTIALS})
LONGEST_SIZE_TEXT = 10
"""Digits. A MaxMsgSize with more is no number of octets that could be meant."""


@dataclass(slots=True)
class Reading:
    """One message of the server, sorted."""

    commands: list[Command] = field(default_factory=list)
    """All that wants a Status."""
    header_code: int | None = None
    """The Status for the client's header; None: there was none."""
    chal: Chal | None = None
    answers: list[Status] = field(default_factory=list)
    """The Statuses for the client's commands."""
    aborted: bool = False
    """It has Alert 1223, wherever it stands."""
    unsupported: int | None = None
    """The status for a header whose versions the client does not know."""


def read(message: SyncML, settings: SessionSettings) -> Reading:
    """Sort a message. What is wrong with it is for `strict` to say."""
    reading = Reading(unsupported=unsupported(message.sync_hdr, settings))
    for command in message.sync_body.commands:
        if isinstance(command, Status):
            _read_status(reading, command)
        elif any(plain.alert_code(inner) == AlertCode.SESSION_ABORT for inner in walk([command])):
            # Also within an Atomic or a Sequence: no answer could say that it was not meant.
            reading.aborted = True
        elif not isinstance(command, Results):
            reading.commands.append(command)
    return reading


def unsupported(header: SyncHdr, settings: SessionSettings) -> int | None:
    """The status for versions that the client does not speak; None when it does."""
    if header.ver_dtd.strip() not in settings.known_dtds:
        return StatusCode.DTD_VERSION_NOT_SUPPORTED
    if header.ver_proto.strip() not in settings.known_protos:
        return StatusCode.PROTOCOL_VERSION_NOT_SUPPORTED
    return None


def _read_status(reading: Reading, status: Status) -> None:
    if not is_about_header(status):
        reading.answers.append(status)
    elif reading.header_code is None:
        reading.header_code, reading.chal = status_code(status) or StatusCode.OK, status.chal


def is_about_header(status: Status) -> bool:
    return status.cmd_ref.strip() == "0" or status.cmd == "SyncHdr"


def status_code(status: Status) -> int | None:
    """None: what stands there is no status code."""
    code = plain.code(status.data)
    return code if code is not None and 100 <= code <= 999 else None


def size(text: str | None) -> int | None:
    """A MaxMsgSize or MaxObjSize as a number of octets; None when there is none that could be meant."""
    digits = (text or "").strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_SIZE_TEXT:
        return int(digits) or None
    return None


def meta(header: SyncHdr) -> Meta:
    return header.meta or Meta()
