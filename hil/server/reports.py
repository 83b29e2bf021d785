"""Sessionless reports: a message with Alerts 1230 and nothing else (DM Sessionless Reporting §5.1).

It belongs to no session and has no answer but the transport's; so no nonce changes, and its credentials are made
with the one that the device got last.
"""

from __future__ import annotations

from datetime import datetime

from hil.server import authentication as auth
from hil.server import strict
from hil.server.answer import Value
from hil.server.authentication import Carried, Verdict
from hil.server.events import MAX_KEPT, DeviceAlert, Report
from hil.server.mistake import Mistake
from hil.server.reading import alerts
from hil.server.settings import ServerSettings
from hil.server.store import Store
from simulator.codes.alert import AlertCode
from simulator.security import mac
from simulator.syncml import message as dm

CLAUSE = "DM Sessionless Reporting §5.1"


def is_report(message: dm.SyncML) -> bool:
    """Whether there is an Alert 1230, and none that begins a session or asks for it to go on."""
    codes = [code for code, _ in alerts(message)]
    only_alerts = all(isinstance(command, dm.Alert) for command in message.sync_body.commands)
    return only_alerts and bool(codes) and all(code == AlertCode.SESSIONLESS_REPORT for code in codes)


def read(message: dm.SyncML, carried: Carried, store: Store, settings: ServerSettings, now: datetime) -> Report:
    header = message.sync_hdr
    device_id = header.source.loc_uri
    account = store.account(device_id)
    expected = account.client if account is not None else None
    kept = store.nonce(device_id, "CLCRED")
    nonce = kept if kept is not None else expected.nonce if expected is not None else b""
    integrity = mac.integrity_for(header.ver_proto, settings.integrity)
    verdict, why = auth.judge(header.cred, expected, nonce, carried, integrity)
    open_to_all = account is not None and account.client is None
    notes = strict.mistakes(message, first=False)
    if verdict is not Verdict.ACCEPTED and not open_to_all:
        notes.append(Mistake("DM Security §5.3", f"the report is not authenticated: {why}", header.msg_id))
    if not message.sync_body.final:
        notes.append(Mistake(CLAUSE, "the report has no Final", header.msg_id))
    said = [
        DeviceAlert(code, alert.correlator, [Value.of(item) for item in alert.items])
        for code, alert in alerts(message)
    ]
    return Report(device_id, now, verdict is Verdict.ACCEPTED or open_to_all, said[:MAX_KEPT], notes)
