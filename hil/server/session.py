"""One DM session of one device, the server's side (DM Protocol §8): a message in, a message out.

`ServerSession.receive` judges the message (`Heard`), looks up what to do (`TRANSITIONS`) and writes the reply.
Who is who is for `Identity`, what the device says for `Incoming`, commands and their answers for the `Ledger`, and
which of them go into the next message for `Outgoing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import urljoin

from hil.server import events, replies, strict
from hil.server.answer import Answer, Batch, pending
from hil.server.authentication import Carried
from hil.server.identity import Identity
from hil.server.incoming import Incoming
from hil.server.ledger import NOT_ANSWERED, Ledger
from hil.server.mistake import Mistake
from hil.server.outgoing import Abort, Fits, Outgoing
from hil.server.reading import alerts, header_statuses
from hil.server.settings import MAX_OBJECT, ServerSettings
from hil.server.store import Store
from hil.server.transitions import TRANSITIONS, Heard, Outcome, Say, State
from simulator.codes.alert import AlertCode
from simulator.security import nonce
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding

BEGINNINGS = (AlertCode.SERVER_INITIATED_MGMT, AlertCode.CLIENT_INITIATED_MGMT)

OPEN_ENDED = (Say.GO_ON, Say.SOME_COMMANDS)
"""Messages without Final."""


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
        self.identity = Identity(self.record, settings, store, random, tell, self._note)
        self._ledger = Ledger()
        max_object = MAX_OBJECT if settings.max_obj_size is None else settings.max_obj_size
        self._incoming = Incoming(self.record, self._ledger, max_object, tell, self._note)
        self._outgoing = Outgoing(self._ledger, self._answered)
        self._verdicts = replies.Verdicts()
        self._msg_id = 0
        self._their_msg_id = ""
        self._prepared: dm.SyncML | None = None
        """The reply with commands, once it is known that there is one."""

    def receive(
        self,
        message: dm.SyncML,
        carried: Carried,
        encoding: Encoding,
        now: datetime,
        fits: Fits,
        request: Iterable[Mistake] = (),
    ) -> dm.SyncML:
        """Take the device's next message; returns the reply, which will be written in ``encoding``.

        ``request``: what is wrong with the HTTP request around the message.
        """
        self.last_seen = now
        self._msg_id += 1
        self.record.messages += 1
        if self.state is State.NEW:
            self._open(message)
        self._look_at(message, carried, request)
        heard = self._judge(message, carried, encoding, fits)
        say, self.state, outcome = TRANSITIONS[self.state][heard]
        prepared, self._prepared = self._prepared, None
        commanding = say in (Say.COMMANDS, Say.SOME_COMMANDS)
        reply = prepared if commanding and prepared is not None else self._reply(message, say)
        self._ledger.said(reply)
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
        self._outgoing.resp_uri = self._settings.resp_uri
        self._tell(events.SessionOpened(self.record))

    def _judge(self, message: dm.SyncML, carried: Carried, encoding: Encoding, fits: Fits) -> Heard:
        self._verdicts = replies.Verdicts(alerts=self._settings.alert_status)
        unknown = replies.unknown_version(message.sync_hdr, self._settings)
        if unknown is not None:
            self.identity.code, self.identity.chal = unknown, None
            return Heard.BAD_VERSION
        refused = self.identity.check_device(message.sync_hdr, carried)
        for status in header_statuses(message):
            self.identity.hear_about_server(status, trusted=refused is None)
        aborted = any(code == AlertCode.SESSION_ABORT for code, _ in alerts(message))
        if refused is not None:
            # A device that gives up after a challenge has not authenticated itself, whatever it says.
            return Heard.STILL_BAD if aborted else refused
        self._incoming.hear(message, self._verdicts)
        if aborted:
            return Heard.DEVICE_ABORT
        return self._turn(message, encoding, fits)

    def _turn(self, message: dm.SyncML, encoding: Encoding, fits: Fits) -> Heard:
        """Whose turn it is, and what the server then has to say (DM Protocol §7.2)."""
        final, sending = message.sync_body.final, self._outgoing.open
        too_long = self.record.messages >= self._settings.max_messages
        if not final and (not sending or self._incoming.unfinished):
            return Heard.ABORT_WANTED if too_long else Heard.MORE_TO_COME
        if final and sending and self.state is State.SENDING and not self.identity.recall:
            self._note("Final, though the server's package has not ended", "DM Protocol §7.2")
        if not sending or self.identity.recall:
            self._settle(NOT_ANSWERED)
        if self.identity.refusal is not None:
            return self.identity.refusal
        if self.state is State.ENDED:
            return Heard.NOTHING_LEFT
        if too_long:
            return Heard.ABORT_WANTED
        self._ledger.load(self._store.take(self.record.device_id))
        return self._prepare(message, encoding, fits)

    def _prepare(self, message: dm.SyncML, encoding: Encoding, fits: Fits) -> Heard:
        def draft(last: bool) -> dm.SyncML:
            return self._reply(message, Say.COMMANDS if last else Say.SOME_COMMANDS)

        try:
            part = self._outgoing.next(draft, encoding, fits, self._settings.packing)
        except Abort:
            return Heard.ABORT_WANTED
        if part is None:
            return Heard.NOTHING_LEFT
        self._prepared = part.message
        return Heard.WORK if part.last else Heard.PART

    def _settle(self, why: str) -> None:
        """The device's package is whole: what was sent has been answered, is sent again, or never will be."""
        if self.identity.recall and self.identity.refusal is None:
            self._ledger.recall()
            self._outgoing.reset()
        self.identity.recall = False
        for answer in self._ledger.settle(why):
            if answer.note == NOT_ANSWERED:
                self._note(f"no Status for {answer.command}", "DM Protocol §8")
            self._answered(answer)

    def _answered(self, answer: Answer) -> None:
        self.record.answers.append(answer)
        self._tell(events.CommandAnswered(self.record, answer))

    # What the header says, and what is wrong with the message.

    def _look_at(self, message: dm.SyncML, carried: Carried, request: Iterable[Mistake]) -> None:
        header = message.sync_hdr
        expected, self._their_msg_id = self._next_msg_id(), header.msg_id
        if header.msg_id.strip() != expected:
            self._note(f"MsgID is {header.msg_id[:20]!r}; expected {expected!r}", "DM Representation §5.5")
        for mistake in strict.mistakes(message, first=self.state is State.NEW):
            self._noted(mistake)
        if self._settings.max_msg_size is not None and len(carried.body) > self._settings.max_msg_size:
            text = f"a message of {len(carried.body)} octets; MaxMsgSize is {self._settings.max_msg_size}"
            self._note(text, "DM Representation §7.4")
        for mistake in request:
            self._once(mistake)
        self._note_sizes(header)

    def _next_msg_id(self) -> str:
        last = self._their_msg_id.strip()
        return str(int(last) + 1) if last.isascii() and last.isdigit() and len(last) < 10 else str(self._msg_id)

    def _note_sizes(self, header: dm.SyncHdr) -> None:
        said = header.meta.max_msg_size if header.meta is not None else None
        if said is None:
            return
        digits = said.strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= 12:
            self.max_msg_size = int(digits)
        else:
            self._note(f"MaxMsgSize is {said[:40]!r}, which is no number", "DM Representation §7.4")

    def _once(self, mistake: Mistake) -> None:
        """Requests are all made alike: what is wrong with one is wrong with each, and told once."""
        if all((known.clause, known.text) != (mistake.clause, mistake.text) for known in self.record.notes):
            self._noted(mistake)

    def _note(self, text: str, clause: str, command: str = "") -> None:
        self._noted(Mistake(clause, text, self._their_msg_id, command))

    def _noted(self, mistake: Mistake) -> None:
        if len(self.record.notes) < events.MAX_KEPT:
            self.record.notes.append(mistake)
            self._tell(events.Noted(self.record, mistake))

    # What is said.

    def _reply(self, message: dm.SyncML, say: Say) -> dm.SyncML:
        own = self.identity.credentials(refusing=say is Say.REFUSE)
        self._verdicts.header, self._verdicts.chal = self.identity.code, self.identity.chal
        uri = self._outgoing.resp_uri
        return dm.SyncML(
            replies.header(
                message.sync_hdr,
                self._msg_id,
                own,
                self._settings,
                meta=self._sizes(),
                resp_uri=None if uri is None else urljoin(message.sync_hdr.target.loc_uri, uri),
            ),
            replies.body(message, say, self._verdicts, final=say not in OPEN_ENDED),
        )

    def _sizes(self) -> dm.Meta | None:
        """MaxMsgSize and MaxObjSize: they hold until they are changed, so that the beginning says them."""
        wanted = self._settings.max_msg_size, self._settings.max_obj_size
        if wanted == (None, None) or self.state not in (State.NEW, State.CHALLENGED):
            return None
        size, object_ = (None if one is None else str(one) for one in wanted)
        return dm.Meta(max_msg_size=size, max_obj_size=object_)
