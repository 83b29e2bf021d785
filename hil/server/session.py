"""One DM session of one device, the server's side (DM Protocol §8 and §9): a message in, a message out.

`ServerSession.receive` judges the message (`Heard`), looks up what to do (`TRANSITIONS`) and writes the reply.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime

from hil.server import authentication as auth
from hil.server import events
from hil.server.answer import Answer, Batch, Value, pending
from hil.server.authentication import Verdict
from hil.server.building import build
from hil.server.ledger import NOT_ANSWERED, Ledger, is_abort
from hil.server.reading import alerts, code_of, header_statuses, plain, uris
from hil.server.settings import Credentials, Present, ServerSettings
from hil.server.store import Store
from hil.server.transitions import TRANSITIONS, Heard, Outcome, Say, State
from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode
from simulator.security import nonce
from simulator.security.credentials import AuthType
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding

Fits = Callable[[dm.SyncML], str | None]
"""Why a message cannot be sent as it is (too large for the device, no encoding), or None."""

VER_DTD = "1.2"
VER_DTDS = ("1.2", "1.1")
VER_PROTOS = ("DM/1.3", "DM/1.2", "DM/1.1")
"""1.1 has the same commands; refusing it would help nobody."""

BEGINNINGS = (AlertCode.SERVER_INITIATED_MGMT, AlertCode.CLIENT_INITIATED_MGMT)

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

MAX_KEPT = 1000
"""Alerts, notes and DevInfo values that are kept of one session."""


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
        self._random = random
        self._tell = tell
        self._account = store.account(self.record.device_id)
        self._ledger = Ledger()
        self._msg_id = 0
        self._code = StatusCode.OK
        """The header's status in the reply at hand."""
        self._chal: dm.Chal | None = None
        """The challenge in the reply at hand."""
        self._device_accepted = False
        """For the whole session: 212."""
        self._server_accepted = False
        self._server_asked = False
        """The device has challenged the server in this session."""
        self._recall = False
        """It did so about the commands that are out: they have to be sent again."""
        self._tries = 0
        self._server_tries = 0
        """Challenges in a row, of either side."""
        self._heard_no: Heard | None = None
        """The device refuses the server, or its messages, for good."""
        self._client_nonce = self._first_nonce("CLCRED")
        self._server_nonce = self._first_nonce("SRVCRED")
        self._prepared: dm.SyncML | None = None
        """The reply with commands, once it is known that there is one."""

    def receive(self, message: dm.SyncML, encoding: Encoding, now: datetime, fits: Fits) -> dm.SyncML:
        """Take the device's next message; returns the reply."""
        self.last_seen = now
        self._msg_id += 1
        self.record.messages += 1
        self._note_sizes(message.sync_hdr)
        heard = self._judge(message, encoding, fits)
        say, self.state, outcome = TRANSITIONS[self.state][heard]
        reply = self._reply(message, say)
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

    def _judge(self, message: dm.SyncML, encoding: Encoding, fits: Fits) -> Heard:
        self._chal, self._prepared = None, None
        self._open(message)
        header = message.sync_hdr
        if header.ver_dtd not in VER_DTDS or header.ver_proto not in VER_PROTOS:
            dtd_known = header.ver_dtd in VER_DTDS
            self._code = (
                StatusCode.PROTOCOL_VERSION_NOT_SUPPORTED if dtd_known else StatusCode.DTD_VERSION_NOT_SUPPORTED
            )
            return Heard.BAD_VERSION
        refused = self._authenticate_device(header)
        for status in header_statuses(message):
            self._hear_about_server(status, trusted=refused is None)
        aborted = any(code == AlertCode.SESSION_ABORT for code, _ in alerts(message))
        if refused is not None:
            return Heard.STILL_BAD if aborted else refused
        for command in message.sync_body.commands:
            self._hear(command)
        if aborted:
            return Heard.DEVICE_ABORT
        if not message.sync_body.final:
            over = self.record.messages >= self._settings.max_messages
            return Heard.ABORT_WANTED if over else Heard.MORE_TO_COME
        self._settle(NOT_ANSWERED)
        if self._heard_no is not None:
            return self._heard_no
        if self.state is State.ENDED:
            return Heard.NOTHING_LEFT
        if self.record.messages >= self._settings.max_messages:
            return Heard.ABORT_WANTED
        self._ledger.load(self._store.take(self.record.device_id))
        return self._prepare(message, encoding, fits)

    def _open(self, message: dm.SyncML) -> None:
        if self.state is not State.NEW:
            return
        self.record.alert = next((code for code, _ in alerts(message) if code in BEGINNINGS), None)
        if self._settings.commands:
            self._ledger.load(pending(Batch(self._settings.commands, standing=True)))
        self._tell(events.SessionOpened(self.record))

    def _authenticate_device(self, header: dm.SyncHdr) -> Heard | None:
        """None: the device is who it says. Sets the header's status and the challenge of the reply."""
        account = self._account
        if account is not None and account.client is None:
            self._code = StatusCode.OK
            return None
        if self._device_accepted:
            self._code = StatusCode.AUTHENTICATION_ACCEPTED
            return None
        expected = account.client if account is not None else None
        verdict = auth.judge(header.cred, expected, self._client_nonce)
        asked = expected.auth if expected is not None else AuthType.MD5
        # Octets for the reply's challenge: the next credentials are made with them, whatever came of these.
        self._client_nonce = nonce.new(self._random)
        self._chal = auth.challenge(asked, self._client_nonce if auth.needs_nonce(asked) else None)
        if verdict is Verdict.ACCEPTED:
            self._accept_device(asked)
            return None
        missing = verdict is Verdict.MISSING
        self._code = StatusCode.MISSING_CREDENTIALS if missing else StatusCode.INVALID_CREDENTIALS
        challenged_before = self._tries > 0
        self._tries += 1
        self.record.challenges += 1
        self._tell(events.Challenged(self.record, "device", self._code))
        # Another type than was asked for ends the session, right or wrong (DM Security §5.3).
        if verdict is Verdict.OTHER_TYPE and challenged_before:
            return Heard.STILL_BAD
        if self._tries > self._settings.max_challenges:
            return Heard.STILL_BAD
        return Heard.NO_CREDENTIALS if missing else Heard.BAD_CREDENTIALS

    def _accept_device(self, kind: AuthType) -> None:
        self._tries = 0
        if self._settings.every_message:
            self._code = StatusCode.OK
        else:
            self._code = StatusCode.AUTHENTICATION_ACCEPTED
            self._device_accepted = True
        if auth.needs_nonce(kind):
            self._store.keep_nonce(self.record.device_id, "CLCRED", self._client_nonce)
        else:
            self._chal = None
        if not self.record.device_authenticated:
            self.record.device_authenticated = True
            self._tell(events.Authenticated(self.record, "device"))

    def _hear_about_server(self, status: dm.Status, *, trusted: bool) -> None:
        """The device's Status for the header of the server's last message."""
        code, fresh = code_of(status.data), auth.next_nonce(status.chal)
        if fresh is not None:
            # Used in this session whoever sent it, kept only from a device that is authenticated (§5.3).
            self._server_nonce = fresh
        match code:
            case StatusCode.OK | StatusCode.AUTHENTICATION_ACCEPTED:
                self._server_tries = 0
                self._server_accepted = code == StatusCode.AUTHENTICATION_ACCEPTED
                if self._own is not None and auth.needs_nonce(self._own.auth) and trusted:
                    self._store.keep_nonce(self.record.device_id, "SRVCRED", self._server_nonce)
                if self._own is not None and self._server_accepted and not self.record.server_authenticated:
                    self.record.server_authenticated = True
                    self._tell(events.Authenticated(self.record, "server"))
            case StatusCode.INVALID_CREDENTIALS | StatusCode.MISSING_CREDENTIALS:
                self._challenged(status, code)
            case _ if code is None or code >= 300:
                self._note(f"the device answered the header of a message with {plain(status.data)!r}")
                self._heard_no = Heard.MESSAGE_REFUSED

    def _challenged(self, status: dm.Status, code: int) -> None:
        self.record.server_challenges += 1
        self._server_tries += 1
        self._server_asked = self._recall = True
        self._tell(events.Challenged(self.record, "server", code))
        asked = status.chal.meta.type if status.chal is not None else None
        never = self._own is None or self._settings.present is Present.NEVER
        if never or status.chal is None or self._server_tries > self._settings.max_challenges:
            self._heard_no = Heard.SERVER_REFUSED
        elif asked is not None and self._own is not None and asked.strip() != self._own.auth:
            self._note(f"the device asks for {asked!r}, and the account has {self._own.auth.value!r}")
            self._heard_no = Heard.SERVER_REFUSED

    def _hear(self, command: dm.Command) -> None:
        match command:
            case dm.Status():
                header = command.cmd == "SyncHdr" or command.cmd_ref == "0"
                if not header and not self._ledger.status(command):
                    self._note(
                        f"a Status for command {command.cmd_ref} of message {command.msg_ref}, which is not open"
                    )
            case dm.Results():
                if not self._ledger.results(command):
                    self._note(f"a Results for command {command.cmd_ref}, which is not open")
            case dm.Alert():
                self._hear_alert(command)
            case dm.Replace():
                for item in command.items:
                    uri, value = item.source or item.target, plain(item.data)
                    if uri is not None and value is not None and len(self.record.dev_info) < MAX_KEPT:
                        self.record.dev_info[uri.loc_uri] = value
            case _:
                self._note(f"{type(command).__name__} is no command of a device")

    def _hear_alert(self, command: dm.Alert) -> None:
        code = code_of(command.data)
        if code not in (AlertCode.CLIENT_EVENT, AlertCode.GENERIC_ALERT, AlertCode.SESSIONLESS_REPORT):
            return
        alert = events.DeviceAlert(code, command.correlator, [Value.of(item) for item in command.items])
        if len(self.record.alerts) < MAX_KEPT:
            self.record.alerts.append(alert)
        self._tell(events.Alerted(self.record, alert))

    def _settle(self, why: str) -> None:
        if self._recall and self._heard_no is None:
            self._ledger.recall()
        self._recall = False
        for answer in self._ledger.settle(why):
            self._answered(answer)

    def _answered(self, answer: Answer) -> None:
        self.record.answers.append(answer)
        self._tell(events.CommandAnswered(self.record, answer))

    # What is said.

    def _prepare(self, message: dm.SyncML, encoding: Encoding, fits: Fits) -> Heard:
        """Choose the commands of the next message: as many as belong together and fit."""
        chosen = self._ledger.choose(self._settings.packing)
        while chosen:
            if is_abort(chosen[0].command):
                self._answered(self._ledger.drop(chosen[0], "sent; the device does not answer it"))
                return Heard.ABORT_WANTED
            reply = self._reply(message, Say.FAREWELL)
            numbers = itertools.count(len(reply.sync_body.commands) + 1)
            built = [build(w.command, lambda: str(next(numbers)), encoding) for w in chosen]  # noqa: B023
            reply.sync_body.commands += [b.command for b in built]
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
        if say is Say.COMMANDS and self._prepared is not None:
            return self._prepared
        numbers = map(str, itertools.count(1))
        commands: list[dm.Command] = list(self._statuses(message, say, numbers))
        if say is Say.GO_ON:
            commands.append(dm.Alert(next(numbers), data=str(int(AlertCode.NEXT_MESSAGE))))
        elif say is Say.ABORT:
            commands.append(dm.Alert(next(numbers), data=str(int(AlertCode.SESSION_ABORT))))
        body = dm.SyncBody(commands, final=say is not Say.GO_ON)
        return dm.SyncML(self._header(message.sync_hdr, say), body)

    def _header(self, theirs: dm.SyncHdr, say: Say) -> dm.SyncHdr:
        own = self._own if say is not Say.REFUSE and self._presents else None
        return dm.SyncHdr(
            ver_dtd=VER_DTD,
            ver_proto=theirs.ver_proto if theirs.ver_proto in VER_PROTOS else VER_PROTOS[0],
            session_id=self.record.session_id,
            msg_id=str(self._msg_id),
            target=dm.Target(theirs.source.loc_uri),
            # The device knows its server by the address that it sends to.
            source=dm.Source(theirs.target.loc_uri, own.name if own is not None else None),
            cred=auth.present(own, self._server_nonce) if own is not None else None,
        )

    @property
    def _own(self) -> Credentials | None:
        return self._account.server if self._account is not None else None

    @property
    def _presents(self) -> bool:
        match self._settings.present:
            case Present.ALWAYS:
                return not self._server_accepted
            case Present.CHALLENGED:
                return self._server_asked and not self._server_accepted
            case Present.NEVER:
                return False

    def _statuses(self, message: dm.SyncML, say: Say, numbers: Iterator[str]) -> Iterator[dm.Status]:
        """One for the header and one for each command; none for Status and Results (DM Protocol §8)."""
        header = message.sync_hdr
        yield dm.Status(
            next(numbers),
            msg_ref=header.msg_id,
            cmd_ref="0",
            cmd="SyncHdr",
            target_ref=[header.target.loc_uri],
            source_ref=[header.source.loc_uri],
            chal=self._chal,
            data=str(int(self._code)),
        )
        for command in message.sync_body.commands:
            if isinstance(command, dm.Status | dm.Results):
                continue
            targets, sources = uris([] if isinstance(command, dm.Atomic | dm.Sequence) else command.items)
            code = self._code if say is Say.REFUSE else self._status_of(command)
            yield dm.Status(
                next(numbers),
                msg_ref=header.msg_id,
                cmd_ref=command.cmd_id,
                cmd=type(command).__name__,
                target_ref=targets,
                source_ref=sources,
                data=str(int(code)),
            )

    def _status_of(self, command: dm.Command) -> StatusCode:
        """A device sends Alert and Replace (of DevInfo), and no other command (DM Representation §7.6)."""
        match command:
            case dm.Alert():
                code = code_of(command.data)
                return ALERT_STATUS.get(code, StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED)
            case dm.Replace():
                return StatusCode.OK
            case _:
                return StatusCode.COMMAND_NOT_ALLOWED

    def _first_nonce(self, level: str) -> bytes:
        kept = self._store.nonce(self.record.device_id, "CLCRED" if level == "CLCRED" else "SRVCRED")
        if kept is not None:
            return kept
        if self._account is None:
            return b""
        who = self._account.client if level == "CLCRED" else self._account.server
        return who.nonce if who is not None else b""

    def _note_sizes(self, header: dm.SyncHdr) -> None:
        said = header.meta.max_msg_size if header.meta is not None else None
        if said is not None:
            digits = said.strip()
            if digits.isascii() and digits.isdigit() and len(digits) <= 12:
                self.max_msg_size = int(digits)
            else:
                self._note(f"MaxMsgSize is {said[:40]!r}, which is no number")

    def _note(self, text: str) -> None:
        if len(self.record.notes) < MAX_KEPT:
            self.record.notes.append(text)
