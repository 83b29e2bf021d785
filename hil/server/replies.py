"""The parts of a server's message: header, statuses, and how it ends."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hil.server.reading import code_of, uris
from hil.server.settings import ServerSettings
from hil.server.transitions import Say
from simulator.codes.alert import AlertCode
from simulator.codes.command import foreign_status
from simulator.codes.status import StatusCode
from simulator.syncml import message as dm

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


def unknown_version(header: dm.SyncHdr, settings: ServerSettings) -> StatusCode | None:
    """The status that refuses a message's versions; None when they are spoken here."""
    if header.ver_dtd not in settings.ver_dtds:
        return StatusCode.DTD_VERSION_NOT_SUPPORTED
    return None if header.ver_proto in settings.ver_protos else StatusCode.PROTOCOL_VERSION_NOT_SUPPORTED


def header(
    theirs: dm.SyncHdr,
    msg_id: int,
    own: tuple[str, dm.Cred | None] | None,
    settings: ServerSettings,
    *,
    meta: dm.Meta | None = None,
    resp_uri: str | None = None,
) -> dm.SyncHdr:
    """The header of the reply to a message with header ``theirs``, in the version that the device speaks.

    ``own`` is the server's name and Cred; ``meta`` its sizes.
    """
    name, cred = own if own is not None else (None, None)
    return dm.SyncHdr(
        ver_dtd=theirs.ver_dtd if theirs.ver_dtd in settings.ver_dtds else settings.ver_dtds[0],
        ver_proto=theirs.ver_proto if theirs.ver_proto in settings.ver_protos else settings.ver_protos[0],
        session_id=theirs.session_id,
        msg_id=str(msg_id),
        target=dm.Target(theirs.source.loc_uri),
        # The device knows its server by the address that it sends to.
        source=dm.Source(theirs.target.loc_uri, name),
        resp_uri=resp_uri,
        cred=cred,
        meta=meta,
    )


@dataclass(slots=True)
class Verdicts:
    """What the reply says about the device's message."""

    header: StatusCode = StatusCode.OK
    chal: dm.Chal | None = None
    special: dict[int, int] = field(default_factory=dict)
    """By place in the SyncBody: statuses that do not follow from the command alone, such as 213 for a chunk."""
    extra: list[dm.Command] = field(default_factory=list)
    """Alerts that come behind the statuses."""
    alerts: Mapping[int, int] = field(default_factory=dict)
    """Statuses for alerts, by code, instead of `ALERT_STATUS`."""


def body(message: dm.SyncML, say: Say, verdicts: Verdicts, *, final: bool) -> dm.SyncBody:
    """Statuses for ``message`` and, where one is said, the alert. Commands of ours come behind them."""
    numbers = map(str, itertools.count(1))
    commands: list[dm.Command] = list(_statuses(message, say, verdicts, numbers))
    if say is not Say.REFUSE:
        commands += [dataclasses.replace(extra, cmd_id=next(numbers)) for extra in verdicts.extra]
    if say in ENDING:
        commands.append(dm.Alert(next(numbers), data=str(int(ENDING[say]))))
    return dm.SyncBody(commands, final)


def _statuses(message: dm.SyncML, say: Say, verdicts: Verdicts, numbers: Iterator[str]) -> Iterator[dm.Status]:
    """One for the header and one for each command; none for Status and Results (DM Protocol §8)."""
    theirs = message.sync_hdr
    yield dm.Status(
        next(numbers),
        msg_ref=theirs.msg_id,
        cmd_ref="0",
        cmd="SyncHdr",
        target_ref=[theirs.target.loc_uri],
        source_ref=[theirs.source.loc_uri],
        chal=verdicts.chal,
        data=str(int(verdicts.header)),
    )
    for place, command in enumerate(message.sync_body.commands):
        if isinstance(command, dm.Status | dm.Results):
            continue
        targets, sources = uris(getattr(command, "items", []))
        status = verdicts.header if say is Say.REFUSE else verdicts.special.get(place)
        yield dm.Status(
            next(numbers),
            msg_ref=theirs.msg_id,
            cmd_ref=command.cmd_id,
            cmd=dm.name_of(command),
            target_ref=targets,
            source_ref=sources,
            data=str(int(_status_of(command, verdicts) if status is None else status)),
        )


def _status_of(command: dm.Command, verdicts: Verdicts) -> int:
    """A device sends Alert and Replace (of DevInfo), and no other command (DM Representation §7.6)."""
    match command:
        case dm.Alert():
            code = code_of(command.data)
            if code is not None and code in verdicts.alerts:
                return verdicts.alerts[code]
            return ALERT_STATUS.get(code, StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED)
        case dm.Replace():
            return StatusCode.OK
        case dm.ForeignCommand(name=name):
            return foreign_status(name)
        case _:
            return StatusCode.COMMAND_NOT_ALLOWED


def interrupted(first: dm.Item) -> dm.Alert:
    """Alert 1225: a large object that has not ended, and never will (DM Protocol §7.3)."""
    return dm.Alert(
        "",
        data=str(int(AlertCode.NO_END_OF_DATA)),
        items=[dm.Item(target=first.target, source=first.source)],
    )
