"""One DM session of one device, the server's side (DM Protocol §8): a message in, a message out.

`ServerSession.receive` judges the message (`Heard`), looks up what to do (`TRANSITIONS`) and writes the reply.
Who is who is for `Identity`, commands and their answers for the `Ledger`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime

from hil.server import events, replies
from hil.server.answer import Answer, Batch, Value, pending
from hil.server.building import build
from hil.server.identity import Identity
from hil.server.ledger import NOT_ANSWERED, Ledger, is_abort
from hil.server.reading import alerts, code_of, header_statuses, is_about_header, plain
from hil.server.settings import ServerSettings
from hil.server.store import Store
from hil.server.transitions import TRANSITIONS, Heard, Outcome, Say, State
from simulator.codes.alert import AlertCode
from simulator.security import nonce
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding

Fits = Callable[[dm.SyncML], str | None]
"""Why a message cannot be sent as it is (too large for the device, no encoding), or None."""

BEGINNINGS = (AlertCode.SERVER_INITIATED_MGMT, AlertCode.CLIENT_INITIATED_MGMT)
REPORTS = (AlertCode.CLIENT_EVENT, AlertCode.GENERIC_ALERT, AlertCode.SESSIONLESS_REPORT)


class ServerSession:
    def __init__(
        self,
        first: dm.SyncHdr,
        encoding: Encoding,
        settings: ServerSettings,
        store: Store,
        random: nonce.Random,
        now: datetime,
        tell: Callable[[events.ServerEvent], None],
    ) -> None:
        self.state = State.NEW
        self.last_seen = now
        self.record = events.SessionRecord(
            device_id=first.source.loc_uri,
            session_id=first.session_id,
            opened=now,
            alert=None,
            encoding=encoding.name,
            ver_proto=first.ver_proto,
        )
        self.max_msg_size: int | None = None
        """What the device can take, in bytes; it holds until it says otherwise."""
        self._settings = settings
        self._store = store
        self._tell = tell
        self._identity = Identity(self.record, settings, store, random, tell)
        self._ledger = Ledger()
        self._msg_id = 0
        self._prepared: dm.SyncML | None = None
        """The reply with commands, once it is known that there is one."""

    def receive(self, message: dm.SyncML, encoding: Encoding, now: datetime, fits: Fits) -> dm.SyncML:
        """Take the device's next message; returns the reply."""
        self.last_seen = now
        self._msg_id += 1
        self.record.messages += 1
        self._note_sizes(message.sync_hdr)
        if self.state is State.NEW:
            self._open(message)
        heard = self._judge(message, encoding, fits)
        say, self.state, outcome = TRANSITIONS[self.state][heard]
        prepared, self._prepared = self._prepared, None
        reply = prepared if say is Say.COMMANDS and prepared is not None else self._reply(message, say)
        if outcome is not None:
            self.close(outcome, now)
        return reply

    def close(self, outcome: Outcome, now: datetime) -> None:
        """The session is over, by a message or because the device stays away."""
        self.state = State.ENDED
        self._settle(NOT_ANSWERED if outcome is Outcome.FINISHED else f"no answer: {outcome.value}")
        self._store.put_back(self.record.device_id, [w for w in self._ledger.unsent() if not w.batch.standing])
        self.record.closed, self.record.outcome = now, outcome
        self._tell(events.SessionClosed(self.record, outcome))

    # What a message amounts to.

    def _open(self, message: dm.SyncML) -> None:
        self.record.alert = next((code for code, _ in alerts(message) if code in BEGINNINGS), None)
        if self._settings.commands:
            self._ledger.load(pending(Batch(self._settings.commands, standing=True)))
        self._tell(events.SessionOpened(self.record))

    def _judge(self, message: dm.SyncML, encoding: Encoding, fits: Fits) -> Heard:
        unknown = replies.unknown_version(message.sync_hdr)
        if unknown is not None:
            self._identity.code, self._identity.chal = unknown, None
            return Heard.BAD_VERSION
        refused = self._identity.check_device(message.sync_hdr)
        for status in header_statuses(message):
            self._identity.hear_about_server(status, trusted=refused is None)
        aborted = any(code == AlertCode.SESSION_ABORT for code, _ in alerts(message))
        if refused is not None:
            # A device that gives up after a challenge has not authenticated itself, whatever it says.
            return Heard.STILL_BAD if aborted else refused
        for command in message.sync_body.commands:
            self._hear(command)
        if aborted:
            return Heard.DEVICE_ABORT
        too_long = self.record.messages >= self._settings.max_messages
        if not message.sync_body.final:
            return Heard.ABORT_WANTED if too_long else Heard.MORE_TO_COME
        self._settle(NOT_ANSWERED)
        if self._identity.refusal is not None:
            return self._identity.refusal
        if self.state is State.ENDED:
            return Heard.NOTHING_LEFT
        if too_long:
            return Heard.ABORT_WANTED
        self._ledger.load(self._store.take(self.record.device_id))
        return self._prepare(message, encoding, fits)

    def _hear(self, command: dm.Command) -> None:
        match command:
            case dm.Status():
                if not is_about_header(command) and not self._ledger.status(command):
                    ref = f"command {command.cmd_ref} of message {command.msg_ref}"
                    self.record.note(f"a Status for {ref}, which is not open")
            case dm.Results():
                if not self._ledger.results(command):
                    self.record.note(f"a Results for command {command.cmd_ref}, which is not open")
            case dm.Alert():
                self._hear_alert(command)
            case dm.Replace():
                for item in command.items:
                    uri, value = item.source or item.target, plain(item.data)
                    if uri is not None and value is not None and len(self.record.dev_info) < events.MAX_KEPT:
                        self.record.dev_info[uri.loc_uri] = value
            case _:
                self.record.note(f"{type(command).__name__} is no command of a device")

    def _hear_alert(self, command: dm.Alert) -> None:
        code = code_of(command.data)
        if code in REPORTS and len(self.record.alerts) < events.MAX_KEPT:
            alert = events.DeviceAlert(code, command.correlator, [Value.of(item) for item in command.items])
            self.record.alerts.append(alert)
            self._tell(events.Alerted(self.record, alert))

    def _settle(self, why: str) -> None:
        """The device's package is whole: what was sent has been answered, is sent again, or never will be."""
        if self._identity.recall and self._identity.refusal is None:
            self._ledger.recall()
        self._identity.recall = False
        for answer in self._ledger.settle(why):
            self._answered(answer)

    def _answered(self, answer: Answer) -> None:
        self.record.answers.append(answer)
        self._tell(events.CommandAnswered(self.record, answer))

    def _note_sizes(self, header: dm.SyncHdr) -> None:
        said = header.meta.max_msg_size if header.meta is not None else None
        if said is None:
            return
        digits = said.strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= 12:
            self.max_msg_size = int(digits)
        else:
            self.record.note(f"MaxMsgSize is {said[:40]!r}, which is no number")

    # What is said.

    def _prepare(self, message: dm.SyncML, encoding: Encoding, fits: Fits) -> Heard:
        """Choose the commands of the next message: as many as belong together and fit."""
        chosen = self._ledger.choose(self._settings.packing)
        while chosen:
            if is_abort(chosen[0].command):
                self._answered(self._ledger.drop(chosen[0], "sent; the device does not answer it"))
                return Heard.ABORT_WANTED
            reply = self._reply(message, Say.COMMANDS)
            numbers = map(str, itertools.count(len(reply.sync_body.commands) + 1))
            built = [build(waiting.command, numbers, encoding) for waiting in chosen]
            reply.sync_body.commands += [one.command for one in built]
            why = fits(reply)
            if why is None:
                self._ledger.sent(reply.sync_hdr.msg_id, zip(chosen, built, strict=True))
                self._prepared = reply
                return Heard.WORK
            if len(chosen) > 1:
                chosen = chosen[: len(chosen) // 2]
                continue
            self._answered(self._ledger.drop(chosen[0], f"not sent: {why}"))
            chosen = self._ledger.choose(self._settings.packing)
        return Heard.NOTHING_LEFT

    def _reply(self, message: dm.SyncML, say: Say) -> dm.SyncML:
        own = self._identity.credentials(refusing=say is Say.REFUSE)
        return dm.SyncML(
            replies.header(message.sync_hdr, self._msg_id, own),
            replies.body(message, say, self._identity.code, self._identity.chal),
        )
