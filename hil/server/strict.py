"""A strict reader: what a device's message does against the standard, though it is understood.

Each rule is one function; the tables at the end say which look at what. What concerns several messages (statuses
that stay out, chunks that do not end) is noted where it shows, in ``hil.server.session``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from hil.server.children import disorder
from hil.server.mistake import Mistake
from hil.server.reading import code_of, plain
from simulator.codes import mime
from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode
from simulator.security.credentials import AuthType
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding

Rule = Callable[[dm.SyncML], Iterator[tuple[str, str, str]]]
"""Clause, command and text of each mistake."""

MARKS = frozenset({"fatal", "critical", "minor", "warning", "informational", "harmless", "indeterminate"})
DEV_INFO = ("DevId", "Man", "Mod", "DmV", "Lang")
REPORTS = (AlertCode.CLIENT_EVENT, AlertCode.GENERIC_ALERT, AlertCode.SESSIONLESS_REPORT)
OWN = (dm.Status, dm.Results, dm.Alert, dm.Replace)
LONGEST_SESSION_ID = 4
MOST = 20
"""Mistakes told of one message: a peer that gets a rule wrong gets it wrong everywhere."""


def mistakes(message: dm.SyncML, *, first: bool) -> list[Mistake]:
    """``first``: the message opens a session, or goes on with the package that does."""
    rules = (*RULES, *FIRST) if first else RULES
    found = [
        Mistake(clause, text, message.sync_hdr.msg_id, command)
        for rule in rules
        for clause, command, text in rule(message)
    ]
    return found[:MOST]


def http_mistakes(headers: Mapping[str, str], body: bytes) -> list[Mistake]:
    """What the request around a message does wrong. ``headers``: names in lower case."""
    found = [
        Mistake("DM HTTP Binding §5.3", f"the request has no {name} header")
        for name in ("Content-Type", "User-Agent", "Accept", "Accept-Charset", "Cache-Control")
        if name.lower() not in headers
    ]
    kind = mime.parse_media_type(headers.get("content-type", ""))[0]
    if kind and kind not in (mime.DM_XML, mime.DM_WBXML):
        found.append(
            Mistake("DM Representation §5.4", f"the media type is {kind[:80]!r}; expected {mime.DM_WBXML}")
        )
    if body.lstrip()[:1] == b"<" and b"\0" in body:
        found.append(Mistake("XML 1.0 §2.2", "a NUL stands in the XML, which has no such character"))
    return found


def order_mistakes(message: dm.SyncML, body: bytes, encoding: Encoding) -> list[Mistake]:
    """Children that stand in another order than the DTD's."""
    found = islice(disorder(body, encoding), MOST)
    return [Mistake(clause, text, message.sync_hdr.msg_id, command) for clause, command, text in found]


def name(command: dm.Command) -> str:
    """``Alert 3``: what a note calls a command."""
    return f"{dm.name_of(command)} {command.cmd_id[:20]}".rstrip()


# The header.


def _session_id(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    said = message.sync_hdr.session_id
    if len(said.encode()) > LONGEST_SESSION_ID:
        yield "DM Representation §5.5", "", f"SessionID {said[:40]!r} is longer than 4 bytes"
    elif said.strip("0") == "":
        yield "DM Representation §5.5", "", f"SessionID {said!r} names no session"


def _header(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    header = message.sync_hdr
    if header.no_resp:
        yield "DM Representation §7.1", "", "SyncHdr has NoResp, which DM does not use"
    if header.cred is None:
        return
    meta = header.cred.meta or dm.Meta()
    if meta.type is None:
        yield "DM Representation §7.1", "", "Cred has no Meta Type"
    if meta.type == AuthType.MD5:
        if meta.format != "b64":
            yield "DM Representation §7.1", "", f"the Format of Cred is {meta.format!r}; expected 'b64'"
        if not header.source.loc_name:
            yield "DM Security §5.3", "", "Source has no LocName, where auth-md5 has the user's name"


def _max_msg_size(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    meta = message.sync_hdr.meta
    if meta is None or meta.max_msg_size is None:
        yield "DM Representation §7.4", "", "SyncHdr has no MaxMsgSize, which a client sends"


# Commands.


def _numbers(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    seen: set[str] = set()
    for command in dm.walk(message.sync_body.commands):
        cmd_id = command.cmd_id
        if not cmd_id.strip():
            yield "DM Representation §7.1", name(command), f"{dm.name_of(command)} has no CmdID"
        elif cmd_id in seen:
            yield "DM Representation §7.1", name(command), f"CmdID {cmd_id[:20]} stands twice in the message"
        elif cmd_id.strip() == "0":
            yield "DM Representation §7.1", name(command), f"CmdID is {cmd_id!r}, which is the header's number"
        seen.add(cmd_id)


def _not_a_devices(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    for command in message.sync_body.commands:
        if not isinstance(command, OWN):
            yield "DM Representation §7.6", name(command), f"{dm.name_of(command)} is no command of a device"
        elif not isinstance(command, dm.Status | dm.Results) and command.cred is not None:
            yield "DM Representation §7.1", name(command), "a Cred stands in a command; it belongs into SyncHdr"


def _statuses(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    for command in message.sync_body.commands:
        if not isinstance(command, dm.Status):
            continue
        code = code_of(command.data)
        if code is None or not any(code == known for known in StatusCode):
            said = (plain(command.data) or "")[:40]
            yield "DM Representation §7.5", name(command), f"{said!r} is no status code"
        chal = command.chal
        if chal is not None and chal.meta.next_nonce is not None and not chal.meta.next_nonce.strip():
            yield "DM Security §5.3", name(command), "NextNonce is empty"
        if chal is not None and chal.meta.type is None:
            yield "DM Representation §7.1", name(command), "Chal has no Meta Type"


def _results(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    for command in message.sync_body.commands:
        if not isinstance(command, dm.Results):
            continue
        if command.msg_ref is None:
            yield "DM Representation §7.6", name(command), "Results has no MsgRef"
        if any(item.source is None for item in command.items) and command.source_ref is None:
            yield "DM Representation §7.6", name(command), "an Item of Results has no Source"
        if not command.items:
            yield "DM Representation §7.6", name(command), "Results has no Item"


def _alerts(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    for command in message.sync_body.commands:
        if not isinstance(command, dm.Alert):
            continue
        code = code_of(command.data)
        if code is None:
            yield "DM Representation §7.6", name(command), "Data of Alert is no alert code"
        elif code in REPORTS:
            for text in _report(code, command):
                yield CLAUSES[code], name(command), text


CLAUSES: dict[int, str] = {
    AlertCode.CLIENT_EVENT: "DM Protocol §8.6",
    AlertCode.GENERIC_ALERT: "DM Protocol §8.7",
    AlertCode.SESSIONLESS_REPORT: "DM Sessionless Reporting §5.1",
}


def _report(code: int, alert: dm.Alert) -> Iterator[str]:
    if not alert.items:
        yield f"Alert {code} has no Item"
    if code == AlertCode.SESSIONLESS_REPORT and len(alert.items) > 1:
        yield f"Alert {code} has {len(alert.items)} Items; expected is one"
    for item in alert.items:
        meta = item.meta or dm.Meta()
        for what, there in (("Type", meta.type), ("Format", meta.format)):
            if not there:
                yield f"an Item of Alert {code} has no Meta {what}"
        if item.data is None and not item.more_data:
            yield f"an Item of Alert {code} has no Data"
        if meta.mark is not None and meta.mark not in MARKS:
            yield f"Mark is {meta.mark[:40]!r}, which is none of the standard's"


# Package 1.


def _beginning(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    codes = [code_of(c.data) for c in message.sync_body.commands if isinstance(c, dm.Alert)]
    beginnings = [c for c in codes if c in (AlertCode.SERVER_INITIATED_MGMT, AlertCode.CLIENT_INITIATED_MGMT)]
    if len(beginnings) != 1:
        seen = "none" if not beginnings else " and ".join(map(str, beginnings))
        yield "DM Protocol §8.2", "", f"a session begins with Alert 1200 or 1201; seen is {seen}"


def _dev_info(message: dm.SyncML) -> Iterator[tuple[str, str, str]]:
    replaces = [c for c in message.sync_body.commands if isinstance(c, dm.Replace)]
    seen: set[str] = set()
    for replace in replaces:
        for item in replace.items:
            uri = item.source or item.target
            address = uri.loc_uri if uri is not None else ""
            seen.add(address.removeprefix("./DevInfo/"))
            meta = item.meta or replace.meta or dm.Meta()
            if meta.format == "node":
                yield "DM Protocol §8.2", name(replace), f"{address[:80]} is an interior node; leaves are sent"
            elif item.source is None:
                yield "DM Protocol §8.2", name(replace), f"{address[:80] or 'an Item'} has no Source"
    missing = [leaf for leaf in DEV_INFO if leaf not in seen]
    if missing and message.sync_body.final:
        yield "DM Protocol §8.2", "", f"package 1 brings no ./DevInfo/{', ./DevInfo/'.join(missing)}"


RULES: tuple[Rule, ...] = (_header, _numbers, _not_a_devices, _statuses, _results, _alerts)
"""For every message."""

FIRST: tuple[Rule, ...] = (_session_id, _max_msg_size, _beginning, _dev_info)
"""For the first message of a session."""
