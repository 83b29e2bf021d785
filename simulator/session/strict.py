"""The strict reader: what a server's message does against the standard, rule by rule.

Nothing here changes what the session does with the message. Each rule is a function that looks at what was heard
and yields what is wrong, with the command that it is wrong with; `RULES` gives each its clause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from simulator.codes import mime
from simulator.codes.alert import USER_INTERACTION, AlertCode
from simulator.codes.status import StatusCode, meaning
from simulator.session import reading
from simulator.session.commands.incoming import stated_size
from simulator.session.events import Noted
from simulator.session.plain import alert_code, plain
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding, named
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Command,
    Delete,
    Exec,
    ForeignCommand,
    Get,
    Item,
    Replace,
    Results,
    Sequence,
    Status,
    SyncML,
    name_of,
    walk,
)


@dataclass(slots=True)
class Heard:
    """A message of the server, and what it answers."""

    message: SyncML
    session_id: str
    settings: SessionSettings
    number: int = 1
    """It is the server's so-manieth message of the session."""
    dev_id: str = ""
    body: bytes = b""
    content_type: str | None = None
    encoding: Encoding = Encoding.WBXML
    """Which the message was found to be in."""
    sent: list[Command] = field(default_factory=list)
    """The commands of the client's last message."""
    sent_id: str = ""
    """Its MsgID."""
    client_goes_on: bool = False
    """That message was not the last of its package, and it is the client's turn."""
    signed: bool = False
    """It had a MAC."""

    @property
    def commands(self) -> list[Command]:
        return self.message.sync_body.commands

    def every(self) -> Iterator[Command]:
        return walk(self.commands)


def notes(heard: Heard) -> list[Noted]:
    """Every rule that the message breaks."""
    message = heard.message.sync_hdr.msg_id
    return [
        Noted(text, clause, message, _name(command)) for clause, rule in RULES for command, text in rule(heard)
    ]


def _name(command: Command | str) -> str:
    return command if isinstance(command, str) else f"{name_of(command)} {command.cmd_id}".rstrip()


Found = Iterator[tuple[Command | str, str]]
"""With the command, or the name of another part of the message."""

HEADER = "SyncHdr"

# -- how it came


def _media_type(heard: Heard) -> Found:
    said = mime.parse_media_type(heard.content_type or "")[0]
    if said not in (mime.DM_XML, mime.DM_WBXML):
        yield HEADER, f"the Content-Type is {heard.content_type!r}; a DM message is {heard.encoding.mime}"
    elif named(heard.content_type) is not heard.encoding:
        yield HEADER, f"the Content-Type is {said}, and the message is {heard.encoding.name}"


def _nul(heard: Heard) -> Found:
    if heard.encoding is Encoding.XML and b"\0" in heard.body and not heard.body.startswith(_UTF_16):
        yield HEADER, "the XML has a NUL in it"


_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def _too_long(heard: Heard) -> Found:
    if len(heard.body) > heard.settings.max_msg_size:
        limit = heard.settings.max_msg_size
        yield HEADER, f"a message of {len(heard.body)} octets; the client's MaxMsgSize is {limit}"


# -- the header


def _versions(heard: Heard) -> Found:
    header = heard.message.sync_hdr
    if reading.unsupported(header, heard.settings) is not None:
        versions = f"{header.ver_dtd[:40]!r} and {header.ver_proto[:40]!r}"
        yield HEADER, f"VerDTD and VerProto are {versions}, which this client does not speak"


def _session_id(heard: Heard) -> Found:
    stated = heard.message.sync_hdr.session_id
    if stated.strip() != heard.session_id:
        yield HEADER, f"the server's SessionID is {stated!r}, the session's is {heard.session_id!r}"


def _msg_id(heard: Heard) -> Found:
    stated = heard.message.sync_hdr.msg_id
    if stated.strip() != str(heard.number):
        yield HEADER, f"the server's MsgID is {stated!r}; it starts at 1 and grows by one, to {heard.number} here"


def _target(heard: Heard) -> Found:
    target = heard.message.sync_hdr.target.loc_uri
    if target != heard.dev_id:
        yield HEADER, f"the Target is {target[:80]!r}; the device is {heard.dev_id!r}"


def _sizes(heard: Heard) -> Found:
    meta = reading.meta(heard.message.sync_hdr)
    for name, stated in (("MaxMsgSize", meta.max_msg_size), ("MaxObjSize", meta.max_obj_size)):
        if stated is not None and reading.size(stated) is None:
            yield HEADER, f"the server's {name} is {stated[:40]!r}, which is no size"


def _cred(heard: Heard) -> Found:
    cred = heard.message.sync_hdr.cred
    if cred is not None and (cred.meta is None or not cred.meta.type):
        yield HEADER, "the Cred has no Type"
    elif cred is not None and cred.meta is not None and cred.meta.format != "b64":
        yield HEADER, f"the Format of the Cred is {cred.meta.format!r}; it is b64"
    for command in heard.every():
        if getattr(command, "cred", None) is not None:
            yield command, "a Cred stands in a command; it is for the header"


def _unused(heard: Heard) -> Found:
    if heard.message.sync_hdr.no_resp:
        yield HEADER, "NoResp, which DM does not use"
    for command in heard.every():
        used = {
            "NoResp": getattr(command, "no_resp", False),
            "Archive": isinstance(command, Delete) and command.archive,
            "SftDel": isinstance(command, Delete) and command.sft_del,
            "Lang": isinstance(command, Get) and command.lang is not None,
        }
        for name in (name for name, there in used.items() if there):
            yield command, f"{name}, which DM does not use"


# -- statuses


def _header_status(heard: Heard) -> Found:
    if not any(isinstance(c, Status) and reading.is_about_header(c) for c in heard.commands):
        yield HEADER, "the server's message has no Status for the client's SyncHdr"


def _statuses(heard: Heard) -> Found:
    sent = {command.cmd_id: type(command).__name__ for command in heard.sent}
    for status in (command for command in heard.commands if isinstance(command, Status)):
        if reading.status_code(status) is None:
            yield (
                status,
                f"the server answered {status.cmd} with {plain(status.data)[:40]!r}, which is no status code",
            )
        if status.msg_ref.strip() != heard.sent_id:
            yield status, f"a Status refers to message {status.msg_ref!r}; the client's last was {heard.sent_id}"
        elif not reading.is_about_header(status) and status.cmd != sent.get(status.cmd_ref.strip()):
            there = sent.get(status.cmd_ref.strip(), "nothing")
            yield status, f"a Status for {status.cmd} {status.cmd_ref}, where the client's message has {there}"


def _unanswered(heard: Heard) -> Found:
    refs = {c.cmd_ref.strip() for c in heard.commands if isinstance(c, Status)}
    for command in heard.sent:
        if not isinstance(command, (Status, Results)) and command.cmd_id not in refs:
            yield HEADER, f"no Status for the client's {type(command).__name__} {command.cmd_id}"


def _failures(heard: Heard) -> Found:
    for status in (c for c in heard.commands if isinstance(c, Status) and not reading.is_about_header(c)):
        code = reading.status_code(status) or 0
        if code >= StatusCode.MULTIPLE_CHOICES and code not in reading.CREDENTIAL_CODES:
            yield status, f"the server answered {status.cmd} with {code} ({meaning(code)})"


def _integrity(heard: Heard) -> Found:
    for status in (c for c in heard.commands if isinstance(c, Status) and reading.is_about_header(c)):
        code = reading.status_code(status)
        if heard.signed and code == StatusCode.AUTHENTICATION_ACCEPTED:
            yield status, "212 for a message with a MAC, which is good for that message alone: 200"
        if heard.signed and code in (StatusCode.OK, StatusCode.AUTHENTICATION_ACCEPTED) and status.chal is None:
            yield status, "no NextNonce for the MAC of the next message"


def _challenges(heard: Heard) -> Found:
    for status in (c for c in heard.commands if isinstance(c, Status)):
        if status.chal is None:
            if reading.is_about_header(status) and reading.status_code(status) in reading.CREDENTIAL_CODES:
                yield status, f"{reading.status_code(status)} without a Chal"
            continue
        meta = status.chal.meta
        if not meta.type:
            yield status, "the Chal has no Type"
        elif meta.type != "syncml:auth-basic" and not (meta.next_nonce or "").strip():
            yield status, f"the Chal for {meta.type} has no NextNonce, or an empty one"


# -- commands


def _cmd_ids(heard: Heard) -> Found:
    counted = Counter(command.cmd_id for command in heard.every())
    for cmd_id, count in counted.items():
        if count > 1 and cmd_id.strip():
            yield HEADER, f"CmdID {cmd_id} stands {_TIMES.get(count, f'{count} times')} in the server's message"
    for command in heard.every():
        if not command.cmd_id.strip():
            yield command, "the command has no CmdID"
        elif command.cmd_id.strip() == "0":
            yield command, f"the CmdID is {command.cmd_id!r}"


_TIMES = {2: "twice"}


def _not_for_servers(heard: Heard) -> Found:
    for command in heard.every():
        if isinstance(command, ForeignCommand):
            yield command, f"{command.name} is no command of DM"
        elif isinstance(command, Results):
            yield command, "the server sent Results, which only a client does"
        elif isinstance(command, Alert) and alert_code(command) not in SERVER_ALERTS:
            yield command, f"the server sent Alert {plain(command.data)[:20]!r}, which is none of a server's"


SERVER_ALERTS = USER_INTERACTION | {AlertCode.NEXT_MESSAGE, AlertCode.SESSION_ABORT, AlertCode.NO_END_OF_DATA}


def _items(heard: Heard) -> Found:
    for command in heard.every():
        if isinstance(command, (Status, Results, Alert, Atomic, Sequence, ForeignCommand)):
            continue
        if not command.items:
            yield command, "a command without an Item"
        if isinstance(command, Exec) and len(command.items) > 1:
            yield command, f"an Exec with {len(command.items)} Items; it has one"
        for item in command.items:
            if item.target is None or not item.target.loc_uri:
                yield command, "an Item without a Target"
            if isinstance(command, (Add, Replace)) and item.data is None and not _without_data(command, item):
                yield command, "an Item without Data; only those of format node or null have none"


def _without_data(command: Add | Replace, item: Item) -> bool:
    format_ = (item.meta and item.meta.format) or (command.meta and command.meta.format)
    return format_ in ("node", "null")


def _atomic(heard: Heard) -> Found:
    for outer in (command for command in heard.every() if isinstance(command, Atomic)):
        for command in walk(outer.commands):
            if isinstance(command, (Atomic, Get, Exec)):
                yield command, f"{type(command).__name__} cannot be part of an Atomic"


def _of_the_session(heard: Heard) -> Found:
    for outer in (command for command in heard.every() if isinstance(command, (Atomic, Sequence))):
        for command in outer.commands:
            if alert_code(command) in (AlertCode.NEXT_MESSAGE, AlertCode.SESSION_ABORT):
                name = type(outer).__name__
                yield command, f"Alert {alert_code(command)} within {name}; it is about the session, not a part"


def _interactions(heard: Heard) -> Found:
    for command in heard.every():
        if alert_code(command) in USER_INTERACTION and isinstance(command, Alert) and len(command.items) < 2:
            yield command, "a user-interaction alert has an Item for its options and one for its text"


# -- packages


def _out_of_turn(heard: Heard) -> Found:
    if heard.client_goes_on:
        for command in heard.commands:
            silent = isinstance(command, (Status, Results))
            if not silent and alert_code(command) not in (AlertCode.NEXT_MESSAGE, AlertCode.SESSION_ABORT):
                yield command, "a command although the client's package is not finished"


def _chunks(heard: Heard) -> Found:
    items = [(command, item) for command in heard.every() for item in getattr(command, "items", [])]
    for index, (command, item) in enumerate(items):
        if not item.more_data:
            continue
        if index + 1 < len(items):
            yield command, "MoreData, and yet another Item follows in the same message"
        if heard.message.sync_body.final:
            yield command, "MoreData in a message with Final"


def _sizes_of_chunks(heard: Heard) -> Found:
    for command in heard.every():
        for item in getattr(command, "items", []):
            size = item.meta.size if item.meta is not None else None
            if size is not None and stated_size(command, item) is None:
                yield command, f"the Size is {size[:40]!r}, which is no number"


RULES: tuple[tuple[str, Callable[[Heard], Found]], ...] = (
    ("DM HTTP Binding §5.3", _media_type),
    ("XML 1.0 §2.2", _nul),
    ("DM Representation §7.4", _too_long),
    ("DM Representation §7.1", _versions),
    ("DM Representation §7.1.22", _session_id),
    ("DM Representation §7.1.15", _msg_id),
    ("DM Representation §7.1.27", _target),
    ("DM Representation §7.4", _sizes),
    ("DM Representation §7.1.6", _cred),
    ("DM Representation §7.6", _unused),
    ("DM Protocol §6.5", _header_status),
    ("DM Representation §7.5", _statuses),
    ("DM Protocol §6.5", _unanswered),
    ("", _failures),
    ("DM Security §5.3", _challenges),
    ("DM Security §5.6", _integrity),
    ("DM Representation §7.1.4", _cmd_ids),
    ("DM Representation §7.6", _not_for_servers),
    ("DM Representation §7.2", _items),
    ("DM Representation §7.6.3", _atomic),
    ("", _of_the_session),
    ("DM Protocol §10.2", _interactions),
    ("DM Protocol §7.2", _out_of_turn),
    ("DM Protocol §7.3", _chunks),
    ("DM Representation §7.4", _sizes_of_chunks),
)
"""Clause → what breaks it. Without a clause: no rule is broken, but a tester will want to know."""
