"""A DM server without I/O and clock: a request body in, a reply out, `now` as an argument.

    server = DmServer(ServerSettings(), MemoryStore({ANY_DEVICE: account}), random=os.urandom)
    batch = server.queue(commands({"get": "./DevInfo/Man"}))
    reply = server.receive(body, content_type, now)

Not safe for several threads at once: whoever carries requests to it holds a lock (``hil.server.host``).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hil.server import reports, strict
from hil.server.answer import Batch, pending
from hil.server.authentication import Carried
from hil.server.commands import ServerCommand
from hil.server.events import MAX_KEPT, MessageSeen, Report, Reported, ServerEvent, SessionRecord
from hil.server.mistake import Mistake
from hil.server.reading import alerts
from hil.server.session import BEGINNINGS, ServerSession
from hil.server.settings import ServerSettings
from hil.server.store import Store
from hil.server.transcript import words
from hil.server.transitions import Outcome, State
from simulator.codes import mime
from simulator.errors import CodecError, EncodeError
from simulator.security import mac
from simulator.security.nonce import Random
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, decode, encode

Subscriber = Callable[[ServerEvent], None]

MAX_DEVICE_ID = 512
MAX_SESSION_ID = 64
"""The standard says 4 bytes; clients in the field send more."""

REPORTS_REMEMBERED = 100
"""Digests of reports: what an HTTP client sends again is the same report."""

ACCEPTED_TYPES = frozenset(
    {
        mime.DM_XML,
        mime.DM_WBXML,
        # SyncML's own names, which some clients use for DM.
        "application/vnd.syncml+xml",
        "application/vnd.syncml+wbxml",
    }
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP. Only status 200 carries a DM message."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    session: ServerSession
    digest: bytes = b""
    """Of the last request body…"""
    reply: Reply | None = None
    """…and what it was answered with."""


class DmServer:
    def __init__(
        self,
        settings: ServerSettings,
        store: Store,
        *,
        random: Random,
        subscriber: Subscriber | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.sessions: deque[SessionRecord] = deque(maxlen=settings.max_kept)
        """In the order in which they were opened, open ones among them; the oldest are forgotten."""
        self.reports: deque[Report] = deque(maxlen=settings.max_kept)
        """Sessionless reports, oldest first."""
        self._reports_seen: deque[bytes] = deque(maxlen=REPORTS_REMEMBERED)
        self._random = random
        self.keep_messages = False
        """Whether records of sessions keep each message whole: right for a run, too much for one that stays."""
        self._subscribers: list[Subscriber] = [subscriber] if subscriber is not None else []
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()
        """By device id and session id; the one that was silent longest comes first."""

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call ``subscriber`` with every event, in the thread that calls `receive`."""
        self._subscribers.append(subscriber)

    def queue(self, commands: Iterable[ServerCommand], device_id: str | None = None) -> Batch:
        """Commands for a device, or for the next one that comes; a session that is open takes them as well.

        They are sent once, and only to a device that has authenticated itself. Alert 1223 among them aborts
        the session when its turn comes.
        """
        batch = Batch(tuple(commands))
        self.store.queue(pending(batch), device_id)
        return batch

    def receive(
        self,
        body: bytes,
        content_type: str | None,
        now: datetime,
        headers: Mapping[str, str] | None = None,
        path: str = "",
    ) -> Reply:
        """Answer one request of a device. Never raises for what stands in it.

        ``headers`` are the request's, ``path`` its URL's; without them nothing is noted about either.
        """
        self.expire(now)
        if content_type is not None and mime.parse_media_type(content_type)[0] not in ACCEPTED_TYPES:
            return _refuse(415, f"{content_type[:80]!r} is no media type of a DM message; {mime.DM_WBXML} is")
        if not body:
            return _refuse(400, "the request is empty; a DM message was expected")
        try:
            message, encoding = decode(body, content_type)
        except CodecError as error:
            return _refuse(400, f"this is no DM message: {error}")
        header = message.sync_hdr
        if not header.source.loc_uri or len(header.source.loc_uri) > MAX_DEVICE_ID:
            return _refuse(400, "SyncHdr/Source/LocURI does not name a device")
        if not header.session_id or len(header.session_id) > MAX_SESSION_ID:
            return _refuse(400, "SyncHdr/SessionID does not name a session")
        request = None if headers is None else {name.lower(): value for name, value in headers.items()}
        carried = Carried(body, (request or {}).get(mac.HEADER))
        if reports.is_report(message):
            return self._report(message, carried, now)
        mistakes = [] if request is None else strict.http_mistakes(request, body)
        if self.settings.strict:
            mistakes += strict.order_mistakes(message, body, encoding)
        return self._session(message, carried, encoding, now, mistakes, path)

    def _report(self, message: dm.SyncML, carried: Carried, now: datetime) -> Reply:
        """A sessionless report: kept, and answered without a message (DM Sessionless Reporting §5.1)."""
        digest = hashlib.sha256(carried.body).digest()
        if digest not in self._reports_seen:
            report = reports.read(message, carried, self.store, self.settings, now)
            self.reports.append(report)
            self._reports_seen.append(digest)
            self._tell(Reported(report))
        return Reply(self.settings.report_status, "text/plain; charset=utf-8", b"")

    def _session(
        self,
        message: dm.SyncML,
        carried: Carried,
        encoding: Encoding,
        now: datetime,
        mistakes: list[Mistake],
        path: str,
    ) -> Reply:
        digest = hashlib.sha256(carried.body).digest()
        known = self._find(message, digest, encoding, now)
        if known.reply is not None and known.digest == digest:
            # The device did not get our answer and asks again: the same answer, and nothing happens twice.
            return known.reply
        session, own = known.session, self.settings.encoding or encoding
        self._log(session, "device", message, len(carried.body), path)
        try:
            answer = session.receive(
                message,
                carried,
                own,
                now,
                lambda reply: _too_large(reply, own, session.max_msg_size),
                mistakes,
            )
            encoded = encode(answer, own)
            proof = session.identity.sign(encoded)
        except EncodeError as error:
            # A name in the message that can be read but not written, which its Status would have to echo.
            return _refuse(400, f"this message cannot be answered: {error}")
        more = {"Cache-Control": "private"} if proof is None else {"Cache-Control": "private", mac.HEADER: proof}
        self._log(session, "server", answer, len(encoded))
        known.digest, known.reply = digest, Reply(200, own.mime, encoded, more)
        return known.reply

    def _log(self, session: ServerSession, who: str, message: dm.SyncML, octets: int, path: str = "") -> None:
        if len(session.record.log) < MAX_KEPT:
            kept = message if self.keep_messages else None
            seen = MessageSeen(who, message.sync_hdr.msg_id, octets, tuple(words(message)), path, kept)
            session.record.log.append(seen)

    def expire(self, now: datetime) -> None:
        """End the sessions whose devices have stayed away too long; forget those that ended long ago."""
        while self._open:
            key, oldest = next(iter(self._open.items()))
            if now - oldest.session.last_seen < self.settings.session_timeout:
                return
            self._forget(key, now)

    def _find(self, message: dm.SyncML, digest: bytes, encoding: Encoding, now: datetime) -> _Open:
        """The session that a message belongs to, a new one if need be."""
        header = message.sync_hdr
        key = header.source.loc_uri, header.session_id
        known = self._open.get(key)
        if known is not None and _begins_anew(message, known.session, again=known.digest == digest):
            self._forget(key, now)
            known = None
        if known is None:
            while len(self._open) >= self.settings.max_sessions:
                self._forget(next(iter(self._open)), now)
            session = ServerSession(header, encoding, self.settings, self.store, self._random, now, self._tell)
            self.sessions.append(session.record)
            known = self._open[key] = _Open(session)
        self._open.move_to_end(key)
        return known

    def _forget(self, key: tuple[str, str], now: datetime) -> None:
        session = self._open.pop(key).session
        if session.state is not State.ENDED:
            session.close(Outcome.ABANDONED, now)

    def _tell(self, event: ServerEvent) -> None:
        for subscriber in self._subscribers:
            subscriber(event)


def _begins_anew(message: dm.SyncML, session: ServerSession, *, again: bool) -> bool:
    """Whether a message opens another session under an id that is known: some clients always use the same.

    While it is being challenged, a device that repeats its package from MsgID 1 is still in the same session;
    so is one whose HTTP client sends the latest message again (``again``), unless that session has ended: the
    first message of a device without nonces is always the same.
    """
    match session.state:
        case State.NEW | State.CHALLENGED:
            return False
        case State.ENDED:
            return message.sync_hdr.msg_id == "1" or any(code in BEGINNINGS for code, _ in alerts(message))
        case _:
            return message.sync_hdr.msg_id == "1" and not again


def _too_large(reply: dm.SyncML, encoding: Encoding, limit: int | None) -> str | None:
    try:
        size = len(encode(reply, encoding))
    except EncodeError as error:
        return str(error)
    if limit is not None and size > limit:
        return f"it makes a message of {size} bytes, and the device takes {limit} (MaxMsgSize)"
    return None


def _refuse(status: int, sentence: str) -> Reply:
    return Reply(status, "text/plain; charset=utf-8", f"{sentence}\n".encode())
