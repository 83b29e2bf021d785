"""The client's side of one DM session: answers come in, messages and events go out (DM Protocol §5 to §9).

    events = session.start(now)
    while the last event is Send:
        events = session.receive(status, content_type, body, now, headers)   # or session.fail(reason, now)

The last event of every call that moves the session is a `Send` or an `Ended`. A message of the server is
executed only after it was decoded whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode, meaning
from simulator.errors import CodecError, EncodeError, SessionError
from simulator.objects import devdetail, dmacc
from simulator.security import mac
from simulator.security.nonce import Random
from simulator.session import binding, heading, initiation, reading, strict
from simulator.session.alerts import AlertQueue, Job
from simulator.session.commands import HANDLERS
from simulator.session.commands.context import Context, Operation, cancelled
from simulator.session.commands.incoming import Incoming, broken_off
from simulator.session.events import Ended, Event, Noted, Outcome, Received, Send
from simulator.session.interaction import User
from simulator.session.mutual import Mutual
from simulator.session.packages import Packages, is_next_message
from simulator.session.peer import Peer, first_version
from simulator.session.reading import Reading
from simulator.session.reports import Reports
from simulator.session.room import Room
from simulator.session.settings import SessionSettings
from simulator.session.transitions import TRANSITIONS, Action, Input, State
from simulator.syncml.encoding import Encoding, decode
from simulator.syncml.message import Status, SyncHdr, SyncML
from simulator.tree import Tree

RESENT = 5
"""How often a server may send the very same message again."""


class ClientSession:
    """One session with the server of ``account``; made by ``Device.open_session``."""

    def __init__(
        self,
        tree: Tree,
        account: dmacc.Account,
        *,
        session_id: str,
        alert: AlertCode,
        random: Random,
        settings: SessionSettings | None = None,
        operations: Mapping[str, Operation] | None = None,
        user: User | None = None,
        alerts: AlertQueue | None = None,
        jobs: list[Job] | None = None,
        nonce: bytes | None = None,
        ver_proto: str | None = None,
        on_end: Callable[[ClientSession], None] | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """``alerts`` are the device's own, of which those for this server are sent; ``jobs`` is where Execs go
        that will be done later. ``nonce`` replaces both nonces of the account: after a notification with the
        default nonce both sides go on with it (DM Security §5.7). ``ver_proto`` replaces that of the account.
        ``on_change`` is called after each command, and before any events are given out: what has to be kept is
        kept before the peer hears of it."""
        if alert not in initiation.WHY:
            raise SessionError(f"a session cannot open with Alert {int(alert)}: expected 1200 or 1201")
        self.tree = tree
        self.server_id = account.server_id
        self.session_id = session_id
        self.alert = alert
        self.state = State.IDLE
        self.settings = settings or SessionSettings()
        self.operations: Mapping[str, Operation] = operations or {}
        self.user = user
        self.peer = Peer(
            binding.address(account.addr, account.addr_type, account.port),
            self.settings.encoding,
            ver_proto or first_version(tree, account, self.settings),
        )
        self._account = account
        self._on_end = on_end
        self._on_change = on_change
        self._dev_id = str(tree.value("./DevInfo/DevId") or "")
        large = devdetail.large_objects(tree)
        self._packages = Packages(chunks=large)
        self._incoming = Incoming(supported=large, limit=self.settings.max_obj_size)
        self.mutual = Mutual(account, random, self.settings, nonce)
        self._reports = Reports(alerts if alerts is not None else AlertQueue(), account.server_id)
        self._jobs = jobs if jobs is not None else []
        self._unsupported = 0
        self._cancelled: str | None = None
        self._ending: Ended | None = None
        self._reading = Reading()
        self._notes: list[Noted] = []
        self._message: SyncML | None = None
        self._body = b""
        self._resent = 0

    @property
    def url(self) -> str:
        """Where the next message goes; a RespURI of the server changes it."""
        return self.peer.url

    @property
    def encoding(self) -> Encoding:
        """Of the next message; the server's answers may change it."""
        return self.peer.encoding

    # -- what the caller does

    def start(self, now: datetime) -> list[Event]:
        """Send package 1."""
        self.tree.now = now
        return self._step(Input.START)

    def receive(
        self,
        status: int,
        content_type: str | None,
        body: bytes,
        now: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> list[Event]:
        """Take the HTTP answer to the last `Send`. ``headers``: its others, of which integrity has one."""
        self.tree.now = now
        if self.state is State.CLOSING:
            return self._step(Input.EMPTY)
        if self.state in (State.IDLE, State.ENDED):
            return self._step(Input.PACKAGE)
        try:
            unusable = binding.unusable_answer(status, body)
            if unusable is not None:
                return self._end_broken(unusable)
            message, self.peer.encoding = decode(body, content_type)
        except CodecError as error:
            return self._end_broken(f"the server's answer is damaged: {error}")
        if body == self._body:
            # Nothing happens twice, whatever made it come twice.
            self._resent += 1
            if self._resent > RESENT:
                return self._end_broken("the server sends the same message again and again")
            note = Noted("the same message came again; it is not executed again", "", message.sync_hdr.msg_id)
            return [Received(message), note, *self._step(Input.RESENT)]
        self._body = body
        amount = self._consider(message, body, content_type, headers or {})
        events: list[Event] = [Received(message), *self._notes, *self._reports.take_answered()]
        self._notes = []
        return [*events, *self._step(amount)]

    def fail(self, reason: str, now: datetime) -> list[Event]:
        """The last `Send` got no answer."""
        self.tree.now = now
        return self._end_broken(reason)

    def abort(self, reason: str) -> list[Event]:
        """End the session at the next opportunity: with Alert 1223 instead of the next answer."""
        self._cancelled = reason
        if self.state in (State.SETUP, State.MANAGEMENT):
            return []
        self._ending = self._ending or Ended(Outcome.ABORTED_BY_CLIENT, reason)
        return self._step(Input.CANCEL)

    # -- how a message is taken

    def _end_broken(self, reason: str) -> list[Event]:
        if self.state is not State.CLOSING:
            self._ending = Ended(Outcome.FAILED, reason)
        return self._step(Input.BROKEN)

    def _consider(
        self, message: SyncML, body: bytes, content_type: str | None, headers: Mapping[str, str]
    ) -> Input:
        """Everything but the commands: credentials, addresses, sizes. Returns what the message amounts to."""
        self._message = message
        found = self._reading = reading.read(message, self.settings)
        self._notes = strict.notes(
            strict.Heard(
                message,
                self.session_id,
                self.settings,
                number=self.peer.messages + 1,
                dev_id=self._dev_id,
                body=body,
                content_type=content_type,
                encoding=self.encoding,
                sent=self._packages.sent,
                sent_id=str(self._packages.msg_id),
                client_goes_on=self._packages.unfinished,
                signed=self.mutual.client.signs,
            )
        )
        self._unsupported += found.unsupported is not None
        self._packages.came(found.commands, final=message.sync_body.final)
        for status in found.answers:
            self._reports.answered(self._packages.answered(status), reading.status_code(status))
        self._notes += self.peer.follow(message.sync_hdr, self._packages, self.settings)
        refusal = self.mutual.heard(message.sync_hdr, found, body, headers, self.peer.ver_proto)
        self._notes += self.mutual.store_nonces(self.tree)
        amount = self._amounts_to(found, refusal)
        completed = self._ending is not None and self._ending.outcome is Outcome.COMPLETED
        if self.mutual.server.trusted or completed:
            # A server that nobody challenged may have proved nothing, and yet it is the one.
            self._reports.settle()
        return amount

    def _amounts_to(self, found: Reading, refusal: str | None) -> Input:
        """Which line of the transition table applies. The order is the rules' own."""
        code = found.header_code or StatusCode.OK
        verdict = self.mutual.verdict
        if found.aborted:
            self._ending = Ended(Outcome.ABORTED_BY_SERVER, "the server sent Alert 1223")
            return Input.ABORT
        if refusal is not None:
            self._ending = Ended(Outcome.CLIENT_REFUSED, refusal)
            return Input.REFUSED
        unknown = code == StatusCode.PROTOCOL_VERSION_NOT_SUPPORTED and self.state is State.SETUP
        if unknown and self.peer.fall_back(self._packages.ver_proto, self.settings.fallback_proto):
            return Input.OTHER_VERSION
        challenged = code in reading.CREDENTIAL_CODES
        if code >= StatusCode.MULTIPLE_CHOICES and not challenged:
            self._ending = Ended(
                Outcome.REJECTED, f"the server answered the client's message with {code} ({meaning(code)})"
            )
            return Input.REFUSED
        if not found.commands and not challenged and self._nothing_to_say():
            # A stranger that wants nothing is not even challenged (DM Protocol §9).
            if self.mutual.server.challenges and not verdict.trusted:
                self._ending = Ended(Outcome.SERVER_REFUSED, self.mutual.why_not())
            else:
                self._ending = Ended(Outcome.COMPLETED)
                if not verdict.trusted:
                    self._note(f"the session ends with a server that is not trusted: {verdict.why}")
            return Input.EMPTY
        self._cancelled = self._cancelled or self._endless()
        if self._cancelled is not None:
            self._ending = Ended(Outcome.ABORTED_BY_CLIENT, self._cancelled)
            return Input.CANCEL
        if verdict.hopeless:
            self._ending = Ended(Outcome.SERVER_REFUSED, self.mutual.why_not())
            return Input.IMPOSTOR
        if challenged:
            return Input.CHALLENGE
        return Input.PACKAGE if verdict.trusted else Input.UNTRUSTED

    def _nothing_to_say(self) -> bool:
        news = self.mutual.verdict.trusted and self._reports.news
        return self._packages.nothing_to_say and not self._incoming.open and not news

    def _endless(self) -> str | None:
        """Why a server that keeps sending is not listened to any longer."""
        if self._unsupported > 1:
            return "the server goes on with versions that it was told are not supported"
        return self._packages.endless(self.settings.max_messages)

    def _note(self, text: str) -> None:
        assert self._message is not None
        self._notes.append(Noted(text, message=self._message.sync_hdr.msg_id))

    # -- what the client then does

    def _step(self, what: Input) -> list[Event]:
        before = self.state
        self.state, action = TRANSITIONS[before][what]
        if action is Action.MISUSE:
            raise SessionError(f"a session that is {before} takes no {what}")
        try:
            events = _ACTIONS[action](self)
        except EncodeError as error:
            self.state = State.ENDED
            events = [Ended(Outcome.FAILED, f"the client's message has no encoding: {error}")]
        except SessionError as error:
            self.state = State.ENDED
            events = [Ended(Outcome.FAILED, str(error))]
        if self.state is State.ENDED and before is not State.ENDED and self._on_end is not None:
            self._on_end(self)
        self._on_change()
        return events

    def _open(self) -> list[Event]:
        self._packages.say(initiation.commands(self.tree, self.alert))
        return self._send(news=True)

    def _answer(self) -> list[Event]:
        return [*self._execute(), *self._send(news=True)]

    def _resend(self) -> list[Event]:
        self._packages.say_again()
        return self._send()

    def _repeat(self) -> list[Event]:
        """The same package again, now with credentials; commands that came along are answered after it."""
        self._packages.say_again()
        return [*self._execute(), *self._send()]

    def _demand(self) -> list[Event]:
        why = f"nothing of this message is executed: the server is not trusted, {self.mutual.verdict.why}"
        return [Noted(why), *self._execute(), *self._send()]

    def _abort(self) -> list[Event]:
        self._packages.head = [self._answer_to_header()]
        self._packages.abort()
        return self._send()

    def _end(self) -> list[Event]:
        assert self._ending is not None
        return [self._ending]

    def _ignore(self) -> list[Event]:
        return []

    # -- how a message is made

    def _execute(self) -> list[Event]:
        """Carry out this message's commands and queue what they are answered with.

        From a server that is not trusted, or whose versions are not known, none is carried out: each gets the
        status of the header.
        """
        assert self._message is not None
        context = self._context(self._message.sync_hdr.msg_id)
        verdict = self.mutual.verdict
        refused = self._reading.unsupported or (None if verdict.trusted else verdict.status)
        self._packages.head = [self._answer_to_header()]
        stopped = False
        for command in self._reading.commands:
            if refused is not None:
                answers = context.refuse(command, refused)
            elif stopped and not is_next_message(command):
                answers = context.not_executed(command)
            else:
                answers = context.execute(command)
                stopped = stopped or cancelled(command, answers)
            self._packages.put(command, answers)
        if refused is None:
            self._incoming.message_ended(final=self._message.sync_body.final)
        for partial in self._incoming.take_lost():
            self._packages.say([broken_off(partial)])
            context.notes.append(Noted(partial.complaint, "DM Protocol §7.3", context.msg_ref))
        return [*context.notes, *context.executed]

    def _context(self, msg_ref: str) -> Context:
        return Context(
            tree=self.tree,
            server_id=self.server_id,
            msg_ref=msg_ref,
            encoding=self.encoding,
            handlers=HANDLERS,
            operations=self.operations,
            user=self.user,
            incoming=self._incoming,
            jobs=self._jobs,
            fits=lambda units: self._packages.fit(units, self._header(), self.encoding),
            object_limit=self._packages.object_limit,
            room=Room(self.settings.max_unsent, self._packages.waiting),
            irreversible=self.settings.irreversible,
            done=self._on_change,
        )

    def _send(self, *, news: bool = False) -> list[Event]:
        """The next message; ``news``: with the device's own alerts."""
        notes = self._reports.say(self._packages, self._header(), self.encoding) if news else []
        packed = self._packages.pack(self._header(), self.encoding)
        headers = binding.headers(
            self.encoding, user_agent=self.settings.user_agent, cache_control=self.settings.cache_control
        )
        signature = self.mutual.client.sign(packed.body, self.mutual.integrity(self.peer.ver_proto))
        if signature is not None:
            headers[mac.HEADER] = signature
        return [*notes, Send(self.url, headers, packed.body, packed.message)]

    def _answer_to_header(self) -> Status:
        assert self._message is not None
        code = self._reading.unsupported or self.mutual.verdict.status
        return heading.answer(self._message.sync_hdr, code, self.mutual.challenge())

    def _header(self) -> SyncHdr:
        # It holds until it is changed (DM Representation §7.4), so that the set-up phase says it once.
        sizes = self.settings.sizes(objects=self._incoming.supported) if self.state is State.SETUP else None
        addresses = self._account.addr, self._dev_id
        settings, version = self.settings, self.peer.ver_proto
        return heading.own(settings.ver_dtd, version, self.session_id, addresses, self.mutual.client, sizes)


# All but MISUSE, which is an exception.
_ACTIONS: dict[Action, Callable[[ClientSession], list[Event]]] = {
    Action.OPEN: ClientSession._open,
    Action.ANSWER: ClientSession._answer,
    Action.REPEAT: ClientSession._repeat,
    Action.RESEND: ClientSession._resend,
    Action.DEMAND: ClientSession._demand,
    Action.ABORT: ClientSession._abort,
    Action.END: ClientSession._end,
    Action.IGNORE: ClientSession._ignore,
}
