"""The client's side of one DM session: answers come in, messages and events go out (DM Protocol §5 to §9).

    events = session.start(now)
    while the last event is Send:
        events = session.receive(status, content_type, body, now)   # or session.fail(reason, now)

The last event of every call that moves the session is a `Send` or an `Ended`. A message of the server is
executed only after it was decoded whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode, meaning
from simulator.errors import CodecError, EncodeError, SessionError, TreeError
from simulator.objects import dmacc
from simulator.security.nonce import Random
from simulator.session import binding, initiation, reading
from simulator.session.authentication import ClientProof, ServerProof, Verdict, usable
from simulator.session.commands import HANDLERS
from simulator.session.commands.context import Context, Operation
from simulator.session.events import Ended, Event, Noted, Outcome, Received, Send
from simulator.session.packages import Packages
from simulator.session.reading import Reading
from simulator.session.settings import SessionSettings
from simulator.session.transitions import TRANSITIONS, Action, Input, State
from simulator.syncml.encoding import Encoding, decode
from simulator.syncml.message import Meta, Source, Status, SyncHdr, SyncML, Target
from simulator.tree import Tree

IDLE_MESSAGES = 5
"""Messages without a command that a server may send in a row before it closes its package."""


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
        nonce: bytes | None = None,
        on_end: Callable[[ClientSession], None] | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """``nonce`` replaces both nonces of the account: after a notification with the default nonce both
        sides go on with it (DM Security §5.7). ``on_change`` is called after each command, and before any
        events are given out: what has to be kept is kept before the peer hears of it."""
        if alert not in initiation.WHY:
            raise SessionError(f"a session cannot open with Alert {int(alert)}: expected 1200 or 1201")
        self.tree = tree
        self.server_id = account.server_id
        self.session_id = session_id
        self.alert = alert
        self.state = State.IDLE
        self.settings = settings or SessionSettings()
        self.operations = dict(operations or {})
        self.url = binding.address(account.addr, account.addr_type, account.port)
        """Where the next message goes; a RespURI of the server changes it."""
        self.encoding: Encoding = self.settings.encoding
        # Changed credentials count from the next session on (DM Security §5.3): these are taken once.
        self.client_proof = ClientProof(usable(account.client, dmacc.CLIENT), nonce)
        self.server_proof = ServerProof(
            usable(account.server, dmacc.SERVER), random, self.settings.accepted_status, nonce
        )
        self._account = account
        self._on_end = on_end
        self._on_change = on_change
        self._dev_id = str(tree.value("./DevInfo/DevId") or "")
        self._packages = Packages()
        self._unsupported = 0
        self._cancelled: str | None = None
        self._ending: Ended | None = None
        self._reading = Reading()
        self._verdict = Verdict(StatusCode.OK)
        self._peer: SyncHdr | None = None

    # -- what the caller does

    def start(self, now: datetime) -> list[Event]:
        """Send package 1."""
        self.tree.now = now
        return self._step(Input.START)

    def receive(self, status: int, content_type: str | None, body: bytes, now: datetime) -> list[Event]:
        """Take the HTTP answer to the last `Send`."""
        self.tree.now = now
        if self.state is State.CLOSING:
            return self._step(Input.EMPTY)
        if self.state in (State.IDLE, State.ENDED):
            return self._step(Input.PACKAGE)
        try:
            unusable = binding.unusable_answer(status, body)
            if unusable is not None:
                return self._end_broken(unusable)
            message, self.encoding = decode(body, content_type)
        except CodecError as error:
            return self._end_broken(f"the server's answer is damaged: {error}")
        amount = self._consider(message, len(body))
        notes = [Noted(note) for note in self._reading.notes]
        return [Received(message), *notes, *self._step(amount)]

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

    def _consider(self, message: SyncML, size: int) -> Input:
        """Everything but the commands: credentials, addresses, sizes. Returns what the message amounts to."""
        header = self._peer = message.sync_hdr
        found = self._reading = reading.read(
            message,
            session_id=self.session_id,
            our_msg_id=str(self._packages.msg_id),
            settings=self.settings,
        )
        if size > self.settings.max_msg_size:
            found.notes.append(
                f"a message of {size} octets; the client's MaxMsgSize is {self.settings.max_msg_size}"
            )
        if found.unsupported is not None:
            self._unsupported += 1
        self._packages.came(found.commands, final=message.sync_body.final)
        self._follow(header, found)
        return self._amounts_to(found, self._authenticate(header, found))

    def _follow(self, header: SyncHdr, found: Reading) -> None:
        """RespURI and MaxMsgSize count from now on."""
        limit, wrong = reading.max_msg_size(header)
        self._packages.limit = limit or self._packages.limit
        if wrong:
            found.notes.append(wrong)
        if not header.resp_uri:
            return
        why_not = binding.unusable_url(header.resp_uri, instead_of=self.url)
        if why_not:
            found.notes.append(f"the server's RespURI {header.resp_uri[:200]!r} is passed over: {why_not}")
        else:
            self.url = header.resp_uri

    def _authenticate(self, header: SyncHdr, found: Reading) -> str | None:
        """Both proofs. Returns why the server will not have the client, if it will not."""
        self.server_proof.message_came()
        refusal = None
        if found.header_code is not None:
            refusal = self.client_proof.answered(found.header_code, found.chal)
        self._verdict = self.server_proof.judge(header.cred)
        self._store_nonces(found)
        return refusal

    def _store_nonces(self, found: Reading) -> None:
        if not self.server_proof.trusted:
            return
        for level, proof in ((dmacc.CLIENT, self.client_proof), (dmacc.SERVER, self.server_proof)):
            if proof.settled is None:
                continue
            try:
                dmacc.store_nonce(self.tree, self._account.uri, level, proof.settled)
            except TreeError as error:
                # The server may have changed or deleted its own account in this session.
                found.notes.append(f"the account has no place for its next {level} nonce: {error}")
            proof.settled = None

    def _amounts_to(self, found: Reading, refusal: str | None) -> Input:
        """Which line of the transition table applies. The order is the rules' own."""
        code = found.header_code or StatusCode.OK
        if found.aborted:
            self._ending = Ended(Outcome.ABORTED_BY_SERVER, "the server sent Alert 1223")
            return Input.ABORT
        if refusal is not None:
            self._ending = Ended(Outcome.CLIENT_REFUSED, refusal)
            return Input.REFUSED
        challenged = code in reading.CREDENTIAL_CODES
        if code >= StatusCode.MULTIPLE_CHOICES and not challenged:
            self._ending = Ended(
                Outcome.REJECTED, f"the server answered the client's message with {code} ({meaning(code)})"
            )
            return Input.REFUSED
        if not found.commands and not challenged and self._packages.nothing_to_say:
            # A stranger that wants nothing is not even challenged (DM Protocol §9).
            if self.server_proof.challenges and not self._verdict.trusted:
                self._ending = Ended(Outcome.SERVER_REFUSED, self._why_not_trusted())
            else:
                self._ending = Ended(Outcome.COMPLETED)
                if not self._verdict.trusted:
                    found.notes.append(f"the session ends with a server that is not trusted: {self._verdict.why}")
            return Input.EMPTY
        self._cancelled = self._cancelled or self._endless()
        if self._cancelled is not None:
            self._ending = Ended(Outcome.ABORTED_BY_CLIENT, self._cancelled)
            return Input.CANCEL
        if self._verdict.hopeless:
            self._ending = Ended(Outcome.SERVER_REFUSED, self._why_not_trusted())
            return Input.IMPOSTOR
        if challenged:
            return Input.CHALLENGE
        return Input.PACKAGE if self._verdict.trusted else Input.UNTRUSTED

    def _why_not_trusted(self) -> str:
        return f"the server was challenged {self.server_proof.challenges} times, and {self._verdict.why}"

    def _endless(self) -> str | None:
        """Why a server that keeps sending is not listened to any longer."""
        if self._packages.msg_id >= self.settings.max_messages:
            return f"the session went on for {self._packages.msg_id} messages"
        if self._packages.idle > IDLE_MESSAGES:
            return f"the server sent {self._packages.idle} messages in a row without a command or an end"
        if self._unsupported > 1:
            return "the server goes on with versions that it was told are not supported"
        return None

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
        if self.state is State.ENDED and before is not State.ENDED and self._on_end is not None:
            self._on_end(self)
        self._on_change()
        return events

    def _open(self) -> list[Event]:
        self._packages.say(initiation.commands(self.tree, self.alert))
        return self._send()

    def _answer(self) -> list[Event]:
        return [*self._execute(), *self._send()]

    def _repeat(self) -> list[Event]:
        """The same package again, now with credentials; commands that came along are answered after it."""
        self._packages.say_again()
        return [*self._execute(), *self._send()]

    def _demand(self) -> list[Event]:
        why = Noted(f"nothing of this message is executed: the server is not trusted, {self._verdict.why}")
        return [why, *self._execute(), *self._send()]

    def _abort(self) -> list[Event]:
        self._packages.head = [self._header_status()]
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
        assert self._peer is not None
        context = Context(
            tree=self.tree,
            server_id=self.server_id,
            msg_ref=self._peer.msg_id,
            encoding=self.encoding,
            handlers=HANDLERS,
            operations=self.operations,
            done=self._on_change,
        )
        refused = self._reading.unsupported or (None if self._verdict.trusted else self._verdict.status)
        self._packages.head = [self._header_status()]
        for command in self._reading.commands:
            answers = context.execute(command) if refused is None else context.refuse(command, refused)
            self._packages.put(command, answers)
        return list(context.executed)

    def _header_status(self) -> Status:
        """The Status for the server's header, with a challenge or the next nonce."""
        assert self._peer is not None
        status = self._reading.unsupported or self._verdict.status
        if self._verdict.chal is not None and not self._verdict.trusted:
            self.server_proof.challenged()
        return Status(
            "",
            self._peer.msg_id,
            "0",
            "SyncHdr",
            target_ref=[self._peer.target.loc_uri],
            source_ref=[self._peer.source.loc_uri],
            chal=self._verdict.chal,
            data=str(int(status)),
        )

    def _send(self) -> list[Event]:
        packed = self._packages.pack(self._header(), self.encoding)
        headers = binding.headers(
            self.encoding, user_agent=self.settings.user_agent, cache_control=self.settings.cache_control
        )
        notes = [Noted(note) for note in packed.notes]
        return [*notes, Send(self.url, headers, packed.body, packed.message)]

    def _header(self) -> SyncHdr:
        cred = self.client_proof.cred()
        in_setup = self.state is State.SETUP
        return SyncHdr(
            ver_dtd=self.settings.ver_dtd,
            ver_proto=self.settings.ver_proto,
            session_id=self.session_id,
            msg_id="",
            target=Target(self._account.addr),
            source=Source(self._dev_id, self.client_proof.loc_name),
            cred=cred,
            # It holds until it is changed (DM Representation §7.4), so that the set-up phase says it once.
            meta=Meta(max_msg_size=str(self.settings.max_msg_size)) if in_setup else None,
        )


# All but MISUSE, which is an exception.
_ACTIONS: dict[Action, Callable[[ClientSession], list[Event]]] = {
    Action.OPEN: ClientSession._open,
    Action.ANSWER: ClientSession._answer,
    Action.REPEAT: ClientSession._repeat,
    Action.DEMAND: ClientSession._demand,
    Action.ABORT: ClientSession._abort,
    Action.END: ClientSession._end,
    Action.IGNORE: ClientSession._ignore,
}
