"""The parts of a server's message: header, statuses, and how it ends."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hil.server.reading import code_of, uris
from hil.server.transitions import Say
from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode
from simulator.syncml import message as dm

VER_DTD = "1.2"
VER_DTDS = ("1.2", "1.1")
VER_PROTOS = ("DM/1.3", "DM/1.2", "DM/1.1")
"""Spoken here. 1.1 has the same commands; refusing it would help nobody."""

ALERT_STATUS: dict[int | None, StatusCode] = {
    AlertCode.SERVER_INITIATED_MGMT: StatusCode.OK,
    AlertCode.CLIENT_INITIATED_MGMT: StatusCode.OK,
    AlertCode.NEXT_MESSAGE: StatusCode.OK,
    AlertCode.SESSION_ABORT: StatusCode.OK,
    AlertCode.CLIENT_EVENT: StatusCode.OK,
    AlertCode.NO_END_OF_DATA: StatusCode.OK,
    AlertCode.GENERIC_ALERT: StatusCode.OK,
    AlertCode.SESSIONLESS_REPORT: StatusCode.OK,
    None: StatusCode.BAD_REQUEST,
}
"""What a device's alert is answered with; any other code is an optional feature that is not supported."""

ENDING: dict[Say, AlertCode] = {Say.GO_ON: AlertCode.NEXT_MESSAGE, Say.ABORT: AlertCode.SESSION_ABORT}
"""The alert that a message ends with."""


def unknown_version(header: dm.SyncHdr) -> StatusCode | None:
    """The status that refuses a message's versions; None when they are spoken here."""
    if header.ver_dtd not in VER_DTDS:
        return StatusCode.DTD_VERSION_NOT_SUPPORTED
    return None if header.ver_proto in VER_PROTOS else StatusCode.PROTOCOL_VERSION_NOT_SUPPORTED


def header(theirs: dm.SyncHdr, msg_id: int, own: tuple[str, dm.Cred] | None) -> dm.SyncHdr:
    """The header of the reply to a message with header ``theirs``; ``own`` is the server's name and Cred."""
    name, cred = own if own is not None else (None, None)
    return dm.SyncHdr(
        ver_dtd=VER_DTD,
        ver_proto=theirs.ver_proto if theirs.ver_proto in VER_PROTOS else VER_PROTOS[0],
        session_id=theirs.session_id,
        msg_id=str(msg_id),
        target=dm.Target(theirs.source.loc_uri),
        # The device knows its server by the address that it sends to.
        source=dm.Source(theirs.target.loc_uri, name),
        cred=cred,
    )


def body(message: dm.SyncML, say: Say, code: StatusCode, chal: dm.Chal | None) -> dm.SyncBody:
    """Statuses for ``message`` and, where one is said, the alert. Commands of ours come behind them."""
    numbers = map(str, itertools.count(1))
    commands: list[dm.Command] = list(_statuses(message, say, code, chal, numbers))
    if say in ENDING:
        commands.append(dm.Alert(next(numbers), data=str(int(ENDING[say]))))
    return dm.SyncBody(commands, final=say is not Say.GO_ON)


def _statuses(
    message: dm.SyncML, say: Say, code: StatusCode, chal: dm.Chal | None, numbers: Iterator[str]
) -> Iterator[dm.Status]:
    """One for the header and one for each command; none for Status and Results (DM Protocol §8)."""
    theirs = message.sync_hdr
    yield dm.Status(
        next(numbers),
        msg_ref=theirs.msg_id,
        cmd_ref="0",
        cmd="SyncHdr",
        target_ref=[theirs.target.loc_uri],
        source_ref=[theirs.source.loc_uri],
        chal=chal,
        data=str(int(code)),
    )
    for command in message.sync_body.commands:
        if isinstance(command, dm.Status | dm.Results):
            continue
        targets, sources = uris([] if isinstance(command, dm.Atomic | dm.Sequence) else command.items)
        yield dm.Status(
            next(numbers),
            msg_ref=theirs.msg_id,
            cmd_ref=command.cmd_id,
            cmd=type(command).__name__,
            target_ref=targets,
            source_ref=sources,
            data=str(int(code if say is Say.REFUSE else _status_of(command))),
        )


def _status_of(command: dm.Command) -> StatusCode:
    """A device sends Alert and Replace (of DevInfo), and no other command (DM Representation §7.6)."""
    match command:
        case dm.Alert():
            return ALERT_STATUS.get(code_of(command.data), StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED)
        case dm.Replace():
            return StatusCode.OK
        case _:
            return StatusCode.COMMAND_NOT_ALLOWED
