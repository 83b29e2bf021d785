"""A DM device without hardware: bootstraps and pushes come in, events and sessions come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.bootstrap import fetch
from simulator.bootstrap import message as bootstraps
from simulator.bootstrap.mac import Secrets
from simulator.codes.alert import AlertCode
from simulator.device import pushed
from simulator.device.agenda import Agenda, Behaviour
from simulator.device.consent import ask
from simulator.device.events import (
    AccountAdded,
    AccountRemoved,
    BootstrapRefused,
    DeviceEvent,
    Happened,
    PushIgnored,
    SessionDue,
)
from simulator.device.occasional import Occasional, let_go
from simulator.device.origins import CONFIGURATION, Entry, Origins, is_card
from simulator.device.wakeup import Assumptions, Memory, read
from simulator.errors import BootstrapError, NotificationError, SessionError, SimulatorError
from simulator.notification.model import Format
from simulator.objects import dmacc
from simulator.security.nonce import Random
from simulator.session.alerts import AlertItem, AlertQueue, ClientAlert, Job
from simulator.session.client import ClientSession
from simulator.session.commands.context import Operation
from simulator.session.interaction import User
from simulator.session.peer import DM_1_2
from simulator.session.sessionless import SessionlessReport
from simulator.session.settings import SessionSettings
from simulator.session.transitions import State
from simulator.syncml.encoding import Encoding
from simulator.tree import Model, Tree

USUAL = {encoding: SessionSettings(encoding=encoding) for encoding in Encoding}
NO_OPERATIONS: Mapping[str, Operation] = {}
NO_SECRETS = Secrets()
ASSUMED = Assumptions()
"""What devices share that were not given their own."""


def _keep_nothing() -> None:
    """What a device does whose state is not kept."""


class Device:
    """One device. It has one session at a time, as a real client has one radio and one user."""

    __slots__ = (
        "_random",
        "_resync",
        "_session",
        "assumed",
        "occasions",
        "on_change",
        "operations",
        "secrets",
        "session_count",
        "settings",
        "tree",
        "user",
    )

    origins = Occasional(Origins)
    alerts = Occasional(AlertQueue)
    """What the device has to tell its servers, until they have answered it."""
    jobs: Occasional[list[Job]] = Occasional(list)
    """Execs that were answered 202, until `complete` tells their end."""
    agenda = Occasional(Agenda)
    behaviours: Occasional[list[Behaviour[Device]]] = Occasional(list)
    due: Occasional[list[SessionDue]] = Occasional(list)
    """Sessions that were asked for and not opened yet. Clear it when they are not to be any more."""
    resync_nonces: Occasional[dict[str, bytes]] = Occasional(dict)
    """By server: what its next session goes on with, after a notification made with the default nonce."""
    memory = Occasional(Memory)
    versions: Occasional[dict[tuple[str, str], str]] = Occasional(dict)
    """By server and session: a server that wakes the device as DM 1.2 does is spoken to in DM 1.2."""

    def __init__(
        self,
        tree: Tree | Model,
        *,
        random: Random,
        encoding: Encoding = Encoding.WBXML,
        settings: SessionSettings | None = None,
        operations: Mapping[str, Operation] | None = None,
        resync: bool = True,
        secrets: Secrets | None = None,
        assumed: Assumptions | None = None,
        user: User | None = None,
    ) -> None:
        """``settings`` takes the place of ``encoding``. ``operations``: what Exec starts, by node URI.
        ``resync``: a notification made with the default nonce is followed (DM Security §5.7).
        ``secrets``: what the MAC of a bootstrap that is pushed is checked with.
        ``assumed``: how notifications are read. ``user``: who answers user-interaction alerts."""
        self.tree = tree if isinstance(tree, Tree) else Tree(tree)
        self.settings = settings or USUAL[encoding]
        self.operations: Mapping[str, Operation] = operations if operations is not None else NO_OPERATIONS
        self.secrets = secrets or NO_SECRETS
        self.user = user
        """None: there is no screen to show anything on, neither alerts nor what a notification's UI-MODE says."""
        self.assumed = assumed or ASSUMED
        self.occasions: dict[str, Any] | None = None
        self.on_change: Callable[[], None] = _keep_nothing
        """Called whenever something that outlives the device's power may have changed (`device.state`): after
        each command of a session, and before anything that follows from the change is given out."""
        self._random = random
        self._resync = resync
        self.session_count = 0
        """Of the sessions whose id the device chose."""
        self._session: ClientSession | None = None

    # -- bootstrap

    def bootstrap(self, message: bytes, *, origin: str, now: datetime) -> list[DeviceEvent]:
        """Apply a bootstrap message, all or nothing; the same one again changes nothing and gives no events.

        ``origin`` says where it comes from: ``card:<ICCID>`` for one that was read from a smart card.
        """
        return self._tell(self._apply(message, origin, now))

    def _apply(self, message: bytes, origin: str, now: datetime) -> list[DeviceEvent]:
        self.tree.now = now
        try:
            bootstrap = bootstraps.read(message)
            if self._stands(origin, bootstrap.fingerprint):
                return []
            applied = bootstraps.apply(self.tree, bootstrap, from_card=is_card(origin))
        except BootstrapError as error:
            return [BootstrapRefused(str(error))]
        events: list[DeviceEvent] = [self._removed(account.server_id, account.uri) for account in applied.replaced]
        for account in applied.accounts:
            self.origins.put(Entry(account.uri, account.server_id, origin, bootstrap.fingerprint))
            events.append(AccountAdded(account.server_id, account.uri, origin))
        for uri in applied.configurations:
            self.origins.put(Entry(uri, CONFIGURATION, origin, bootstrap.fingerprint))
        # A session at the next opportunity is what the standard asks for (DM Bootstrap §5.4).
        due = dict.fromkeys(account.server_id for account in applied.accounts)
        return events + [SessionDue(server_id, AlertCode.CLIENT_INITIATED_MGMT) for server_id in due]

    def _stands(self, origin: str, fingerprint: bytes) -> bool:
        """Whether what this message brought is still there, as the servers have changed it since."""
        known = self.origins.of_message(origin, fingerprint)
        return bool(known) and all(self._is_there(entry) for entry in known)

    def _is_there(self, entry: Entry) -> bool:
        if entry.server_id == CONFIGURATION:
            return self.tree.exists(entry.uri)
        return self.tree.value(f"{entry.uri}/ServerID") == entry.server_id

    def fetched(
        self,
        url: str,
        status: int,
        content_type: str | None,
        body: bytes,
        now: datetime,
        *,
        origin: str | None = None,
    ) -> list[DeviceEvent]:
        """Take what a bootstrap server answered to a GET of ``url`` (DM Bootstrap §5.5.7).

        ``origin``: where that server is, if not somewhere in the network.
        """
        try:
            message = fetch.message_of(url, status, content_type, body, self.secrets)
        except BootstrapError as error:
            return [BootstrapRefused(str(error))]
        return [] if message is None else self.bootstrap(message, origin=origin or fetch.origin(url), now=now)

    def power_on(
        self,
        origin: str | None,
        messages: Sequence[bytes],
        now: datetime,
        *,
        cards: bool = True,
        whole: bool = True,
    ) -> list[DeviceEvent]:
        """What a client does with its card each time it is switched on (DM Bootstrap §5.5.6).

        ``origin`` is the card in the device (None: there is none), ``messages`` what was read from it. Its
        messages are applied, and accounts that earlier came from a card and are on this one no more are
        removed. When a message of the card is refused, or it was not read ``whole`` (there may be more messages
        on it), the accounts it brought earlier stay: a card that reads badly once does not cost a device its
        servers. Its behaviours begin anew.

        ``cards`` False: the device does not care about cards, and keeps what one brought earlier.
        """
        events = self._take_card(origin, messages, now, whole) if cards else []
        self.agenda.clear()
        for behaviour in self.behaviours:
            due = tuple(self.due)
            events += self._tell_all(due, behaviour.start(self, now))
        return events + self.wake(now)

    def _take_card(
        self, origin: str | None, messages: Sequence[bytes], now: datetime, whole: bool
    ) -> list[DeviceEvent]:
        events: list[DeviceEvent] = []
        if origin is not None:
            for message in messages:
                events += self.bootstrap(message, origin=origin, now=now)
        if origin is None or not whole or any(isinstance(event, BootstrapRefused) for event in events):
            return self.retain_card_accounts(origin, now) + events
        present = {bootstraps.read(message).fingerprint for message in messages}
        gone = [*self.origins.of_other_cards(origin), *self.origins.not_among(origin, present)]
        return self._remove(gone, now) + events

    def retain_card_accounts(self, origin: str | None, now: datetime) -> list[DeviceEvent]:
        """Remove the accounts that came from cards other than ``origin`` (None: from any card)."""
        return self._remove(self.origins.of_other_cards(origin), now)

    def power_off(self) -> None:
        """Sessions that were due are not opened any more; a notification may ask for them again."""
        for due in self.due:
            self._waits_no_longer(due.server_id, due.session_id or "")
        self.due.clear()
        self.agenda.clear()
        self.on_change()

    # -- what goes on by itself

    def wake(self, now: datetime) -> list[DeviceEvent]:
        """Do what is due; `Agenda.next` says when there is more."""
        self.tree.now = now
        events: list[DeviceEvent] = []
        while (action := self.agenda.take(now)) is not None:
            due = tuple(self.due)
            try:
                said = action(now)
            except SimulatorError as error:
                said = [Happened(f"it could not be done: {error}")]
            events += self._tell_all(due, said or [])
        return events

    def _tell_all(self, before: Sequence[SessionDue], said: list[DeviceEvent]) -> list[DeviceEvent]:
        """What a behaviour says came of its work, and the sessions that became due and that it does not speak of.

        A session that nobody is told of is never opened, and what waits for it is never sent.
        """
        unsaid = [due for due in self.due if due not in before and due not in said]
        return [*self._tell(said), *unsaid]

    def happen(self, name: str, now: datetime) -> list[DeviceEvent]:
        """Something happened to the device. Raises `SessionError` for a name that no behaviour of it knows."""
        self.tree.now = now
        due = tuple(self.due)
        answers = [behaviour.happen(self, name, now) for behaviour in self.behaviours]
        if all(answer is None for answer in answers):
            known = sorted(frozenset().union(*(behaviour.names for behaviour in self.behaviours)))
            knows = ", ".join(known) or "no events"
            raise SessionError(f"{name!r} means nothing to this device; it knows {knows}")
        said = [event for answer in answers for event in answer or ()]
        return self._tell_all(due, said) + self.wake(now)

    # -- what came from cards

    def _remove(self, entries: Sequence[Entry], now: datetime) -> list[DeviceEvent]:
        self.tree.now = now
        events: list[DeviceEvent] = []
        for entry in entries:
            if entry.server_id == CONFIGURATION and self._is_there(entry):
                self.tree.delete(entry.uri)
                self.origins.forget(entry.uri)
            elif self._is_there(entry):
                with self.tree.transaction():
                    self.tree.delete(entry.uri)
                    self.tree.forget_server(entry.server_id)
                self.alerts.forget(entry.server_id)
                self.jobs[:] = [job for job in self.jobs if job.server_id != entry.server_id]
                events.append(self._removed(entry.server_id, entry.uri))
            else:
                self.origins.forget(entry.uri)
        return self._tell(events)

    def _removed(self, server_id: str, uri: str) -> AccountRemoved:
        removed = AccountRemoved(server_id, uri, self.origins.origin_of(uri))
        self.origins.forget(uri)
        return removed

    def _tell(self, events: list[DeviceEvent]) -> list[DeviceEvent]:
        """Give out what has happened; the sessions that are due are remembered until they are opened."""
        self.due += [event for event in events if isinstance(event, SessionDue)]
        self.on_change()
        return events

    # -- pushes

    def receive_push(
        self, content_type: str, application_id: str | int | None, body: bytes, now: datetime
    ) -> list[DeviceEvent]:
        """Take the content of a push: a good notification makes a session due, unless the user does not want it;
        a bootstrap that proves its origin is applied; anything else is passed over. ``content_type`` with its
        parameters.

        While a session runs, a notification for another one makes that one due too: it is opened when the
        running one has ended.
        """
        self.tree.now = now
        if pushed.is_bootstrap(content_type):
            return self._bootstrap_pushed(content_type, application_id, body, now)
        try:
            found = read(
                self.tree, content_type, application_id, body, now, resync=self._resync, assumed=self.assumed
            )
            server_id, session_id = found.account.server_id, found.notification.session_text
            self.memory.take(server_id, session_id, body)
        except NotificationError as error:
            return [PushIgnored(str(error))]
        try:
            ask(self.user, found.notification, server_id)
        except NotificationError as error:
            # The same octets are no new question; another notification with this session id is one.
            self.memory.over(server_id, session_id)
            return self._tell([PushIgnored(str(error))])
        if found.resync is not None:
            self.resync_nonces[server_id] = found.resync
        if found.notification.format is Format.DM_1_2:
            self.versions[server_id, session_id] = DM_1_2
        alert, mode = AlertCode.SERVER_INITIATED_MGMT, found.notification.ui_mode
        return self._tell([SessionDue(server_id, alert, session_id, mode)])

    def _bootstrap_pushed(
        self, content_type: str, application_id: str | int | None, body: bytes, now: datetime
    ) -> list[DeviceEvent]:
        try:
            method = pushed.check(content_type, application_id, body, self.secrets)
        except BootstrapError as error:
            return [PushIgnored(str(error))]
        return self.bootstrap(body, origin=f"push:{method}", now=now)

    # -- what the device tells of its own accord

    def alert(
        self,
        server_id: str,
        *items: AlertItem,
        code: AlertCode = AlertCode.GENERIC_ALERT,
        correlator: str | None = None,
    ) -> list[DeviceEvent]:
        """Tell a server something, with a Generic Alert or a Client Event (DM Protocol §6.7, §8.1).

        It goes with the session that is running with that server or is due, else a session becomes due; it is
        sent again until the server has answered it. Raises `SessionError` for what the standard does not allow.
        """
        self._account(server_id)
        if code is AlertCode.SESSIONLESS_REPORT:
            raise SessionError("Alert 1230 belongs to no session: use report")
        self.alerts.put(server_id, ClientAlert(code, items, correlator))
        if self._will_be_told(server_id):
            return self._tell([])
        return self._tell([SessionDue(server_id, AlertCode.CLIENT_INITIATED_MGMT)])

    def _will_be_told(self, server_id: str) -> bool:
        running = self._session is not None and self._session.server_id == server_id
        if running and self._session is not None and self._session.state not in (State.CLOSING, State.ENDED):
            return True
        return any(due.server_id == server_id for due in self.due)

    def complete(self, uri: str, item: AlertItem, *, correlator: str | None = None) -> list[DeviceEvent]:
        """Tell the end of an Exec of ``uri`` that was answered 202: the oldest one, or that with ``correlator``.

        ``item`` says how it ended; its Source is the executed node if it names no other. Raises `SessionError`
        when there is no such.
        """
        jobs = (job for job in self.jobs if job.uri == uri and correlator in (None, job.correlator))
        job = next(jobs, None)
        if job is None:
            raise SessionError(f"no Exec of {uri} is waiting for its end")
        self.jobs.remove(job)
        return self.alert(job.server_id, replace(item, source=item.source or uri), correlator=job.correlator)

    def report(self, server_id: str, *items: AlertItem) -> SessionlessReport:
        """A report without a session (Alert 1230), not yet sent; it may go while a session runs."""
        report = SessionlessReport(
            self.tree,
            self._account(server_id),
            items,
            session_id=self._next_session_id(),
            settings=self.settings,
        )
        self.on_change()
        return report

    def _account(self, server_id: str) -> dmacc.Account:
        account = dmacc.find(self.tree, server_id)
        if account is None:
            known = ", ".join(account.server_id for account in dmacc.accounts(self.tree)) or "none"
            raise SessionError(f"the device has no account for the server {server_id!r}; it knows {known}")
        return account

    # -- sessions

    def open_session(
        self, server_id: str, *, alert: AlertCode, session_id: str | None = None, now: datetime
    ) -> ClientSession:
        """A session with that server, not yet started. ``session_id`` None: the device chooses one.

        Raises `SessionError`: no such account, or the last session has not ended.
        """
        self.tree.now = now
        if self._session is not None and self.in_session:
            raise SessionError(f"the session with {self._session.server_id} has not ended")
        self.due = [due for due in self.due if (due.server_id, due.session_id) != (server_id, session_id)]
        try:
            account = self._account(server_id)
        except SessionError:
            # The account has gone since it was asked for: nothing of this session is left to be waited for.
            self._waits_no_longer(server_id, session_id or "")
            self.on_change()
            raise
        self._session = ClientSession(
            self.tree,
            account,
            session_id=session_id or self._next_session_id(),
            alert=alert,
            random=self._random,
            settings=self.settings,
            operations=self.operations,
            user=self.user,
            alerts=self.alerts,
            jobs=self.jobs,
            ver_proto=self.versions.pop((server_id, session_id or ""), None),
            nonce=self.resync_nonces.pop(server_id, None),
            on_end=self._over,
            on_change=lambda: self.on_change(),
        )
        self.on_change()
        return self._session

    @property
    def in_session(self) -> bool:
        """Whether a session was opened and has not ended."""
        return self._session is not None and self._session.state is not State.ENDED

    def _next_session_id(self) -> str:
        """Hexadecimal, at most four characters, as a notification's would be."""
        self.session_count = self.session_count % 0xFFFF + 1
        return f"{self.session_count:X}"

    def _waits_no_longer(self, server_id: str, session_id: str) -> None:
        self.memory.over(server_id, session_id)
        self.versions.pop((server_id, session_id), None)

    def _over(self, session: ClientSession) -> None:
        self.memory.over(session.server_id, session.session_id)
        if session is self._session:
            self._session = None
        self.tree.store.rest()
        let_go(self)
